/* SPDX-License-Identifier: Apache-2.0 */
/* Source to code by another Python, in a child that runs nothing of it. */
#include "cli/compile.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/interrupt.h"

#define CODE_MAX  (256u << 20) /* bytes of an answer */
#define TAG_MAX   63u
#define HELLO_MAX 8192u

/*
 * What the compiler shares with nobody but itself marshal would write down as
 * shared: of code that was read back, it takes a tenth less to read.
 *
 * Imports nothing but what is built in: the folder that `-c` puts first on
 * sys.path may have anything. What is compiled may be anything, too, so that
 * whatever compile() raises is an answer.
 */
static char program[] =
    "import sys\n"
    "sys.path[:] = [p for p in sys.path if p]\n"
    "import marshal, _frozen_importlib_external as e\n"
    "i, o = sys.stdin.buffer, sys.stdout.buffer\n"
    "def say(what, data):\n"
    "    o.write(what + len(data).to_bytes(4, 'little') + data)\n"
    "    o.flush()\n"
    "def number():\n"
    "    return int.from_bytes(i.read(4), 'little')\n"
    "v = sys.version_info[:2]\n"
    "say(b'p', e.MAGIC_NUMBER + b'%d.%d' % v + b'\\0' +\n"
    "    (sys.implementation.cache_tag or '').encode() + b'\\0' +\n"
    "    sys.modules['encodings'].__path__[0].rpartition('/')[0].encode(\n"
    "        'utf-8', 'surrogateescape'))\n"
    "while True:\n"
    "    level = i.read(1)\n"
    "    if not level:\n"
    "        break\n"
    "    n, m = number(), number()\n"
    "    path, source = i.read(n).decode(), i.read(m)\n"
    "    try:\n"
    "        code = compile(source, path, 'exec', dont_inherit=True,\n"
    "                       optimize=level[0])\n"
    "        code = marshal.loads(marshal.dumps(code))\n"
    "        answer = b'c', marshal.dumps(code)\n"
    "    except BaseException as error:\n"
    "        text = '%s: %s' % (type(error).__name__, error)\n"
    "        answer = b'e', text.encode('utf-8', 'replace')[:800]\n"
    "    say(*answer)\n"
    "    source = code = answer = None\n";

struct cli_compiler {
    cli_compiler_python python;
    char *file;
    char tag[TAG_MAX + 1];
    char *library;
    pid_t child;
    int socket;
};

/* ---- starting ------------------------------------------------------- */

/* A name without a slash on PATH; freed by free(). */
static char *
find_program(const char *name)
{
    const char *path = getenv("PATH");

    if (strchr(name, '/'))
        return stk_text_dup(name);
    for (const char *at = path ? path : ""; *at;) {
        size_t n = strcspn(at, ":");
        char *file = stk_text_printf("%.*s/%s", (int)n, at, name);

        /* a relative folder is whose the working folder is */
        if (file && *at == '/' && access(file, X_OK) == 0)
            return file;
        free(file);
        at += n + (at[n] == ':');
    }
    return stk_text_dup(name);
}

/* Ours, without what changes how a Python behaves; of pointers that are
 * borrowed, freed by free(). */
static char **
clean_environment(void)
{
    static char seed[] = "PYTHONHASHSEED=0"; /* the order of sets */
    size_t n = 0, kept = 0;
    char **clean;

    while (environ && environ[n])
        n++;
    clean = calloc(n + 2, sizeof *clean);
    if (!clean)
        return NULL;
    clean[kept++] = seed;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "PYTHON", 6) != 0)
            clean[kept++] = environ[i];
    return clean;
}

/* Returns an errno. */
static int
spawn_python(cli_compiler *c, int socket)
{
    static char no_site[] = "-S", no_user[] = "-s", no_cache[] = "-B",
                quiet[] = "-Wignore", run[] = "-c";
    char *argv[] = { c->file, no_site, no_user, no_cache,
                     quiet,   run,     program, NULL };
    STK_CLEANUP(stk_freep) char **clean = clean_environment();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t blocked;
    int failed;

    if (!clean)
        return ENOMEM;
    /* ours to tell of, and to end it by: a terminal sends it to both */
    cli_interrupt_signals(&blocked);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &blocked);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, socket, 0);
    posix_spawn_file_actions_adddup2(&actions, socket, 1);
    failed =
        posix_spawn(&c->child, c->file, &actions, &attributes, argv, clean);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed)
        c->child = -1;
    return failed;
}

/* ---- talking -------------------------------------------------------- */

static int
send_all(int fd, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        /* a child that died is an error, not a signal to us */
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

static int
receive_all(int fd, void *data, size_t length)
{
    char *at = data;

    while (length > 0) {
        ssize_t n = cli_interrupt_wait(fd) ? recv(fd, at, length, 0) : 0;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

static int
fail_gone(const cli_compiler *c, stk_error *err)
{
    return stk_error_set(err, STK_E_IO, "%s: the Python ended unexpectedly",
                         c->file);
}

/* One answer, with a NUL behind it. Freed by free(). */
static int
receive_answer(char *what, char **data, size_t *length, const cli_compiler *c,
               stk_error *err)
{
    unsigned char head[5];
    STK_CLEANUP(stk_freep) char *text = NULL;

    if (receive_all(c->socket, head, sizeof head) < 0)
        return fail_gone(c, err);
    *what = (char)head[0];
    *length = head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 |
              (size_t)head[4] << 24;
    if (*length > CODE_MAX)
        return stk_error_set(err, STK_E_LIMIT, "%s: answered %zu bytes",
                             c->file, *length);
    text = malloc(*length + 1);
    if (!text)
        return stk_error_memory(err);
    if (receive_all(c->socket, text, *length) < 0)
        return fail_gone(c, err);
    text[*length] = '\0';
    *data = STK_STEAL(text);
    return 0;
}

/* What is behind the NUL of a text, "" behind the last one. */
static const char *
next_text(const char *text, const char *end)
{
    const char *next = text + strlen(text);

    return next < end ? next + 1 : end;
}

/* "p", then the magic number, the version, NUL, the cache tag, NUL, the
 * folder of the standard library. */
static int
receive_hello(cli_compiler *c, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    const char *version, *tag, *library;
    size_t length;
    char what;
    int minor;

    if (receive_answer(&what, &data, &length, c, err) < 0)
        return stk_error_set(err, STK_E_IO, "%s: is no Python that answers",
                             c->file);
    if (what != 'p' || length < 8 || length > HELLO_MAX)
        return stk_error_set(err, STK_E_IO, "%s: is no Python that answers",
                             c->file);
    version = data + sizeof c->python.magic;
    tag = next_text(version, data + length);
    library = next_text(tag, data + length);
    if (!*tag || strlen(tag) > TAG_MAX)
        return stk_error_set(err, STK_E_UNSUPPORTED,
                             "%s: has no cache tag: no code of it is told "
                             "from another's",
                             c->file);
    if (sscanf(version, "3.%d", &minor) != 1 || minor < 8)
        return stk_error_set(err, STK_E_UNSUPPORTED,
                             "%s: is Python %s, 3.8 is the oldest", c->file,
                             version);
    memcpy(c->python.magic, data, sizeof c->python.magic);
    memcpy(c->tag, tag, strlen(tag) + 1);
    c->library = stk_text_dup(library);
    return c->library ? 0 : stk_error_memory(err);
}

int
cli_compiler_new(cli_compiler **out, const char *python, stk_error *err)
{
    STK_CLEANUP(cli_compiler_freep) cli_compiler *c = calloc(1, sizeof *c);
    STK_CLEANUP(stk_closep) int theirs = -1;
    int pair[2], failed;

    if (!c)
        return stk_error_memory(err);
    c->child = c->socket = -1;
    c->file = find_program(python);
    if (!c->file)
        return stk_error_memory(err);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "no socket");
    c->socket = pair[0];
    theirs = pair[1];
    failed = spawn_python(c, theirs);
    if (failed)
        return stk_error_set_errno(err, STK_E_IO, failed, "%s: cannot run",
                                   c->file);
    /* ours must not keep it open: its end is how a death is seen */
    stk_closep(&theirs);
    failed = receive_hello(c, err);
    if (failed < 0)
        return failed;
    c->python.file = c->file;
    c->python.cache_tag = c->tag;
    c->python.library = c->library;
    *out = STK_STEAL(c);
    return 0;
}

void
cli_compiler_freep(cli_compiler **compiler)
{
    cli_compiler *c = *compiler;

    if (!c)
        return;
    /* it reads the end of its input and ends, once it reads again */
    if (c->socket >= 0)
        close(c->socket);
    if (c->child > 0 && cli_interrupt_waits())
        kill(c->child, SIGKILL);
    while (c->child > 0 && waitpid(c->child, NULL, 0) < 0 && errno == EINTR)
        ;
    free(c->file);
    free(c->library);
    free(c);
    *compiler = NULL;
}

const cli_compiler_python *
cli_compiler_of(const cli_compiler *compiler)
{
    return &compiler->python;
}

/* ---- compiling ------------------------------------------------------ */

static int
send_source(const cli_compiler *c, const char *path, const void *source,
            size_t length, unsigned optimisation)
{
    size_t lengths[2] = { strlen(path), length };
    unsigned char head[9] = { (unsigned char)optimisation };

    for (unsigned i = 0; i < 8; i++)
        head[1 + i] = (unsigned char)(lengths[i / 4] >> (8 * (i % 4)));
    return send_all(c->socket, head, sizeof head) < 0 ||
                   send_all(c->socket, path, lengths[0]) < 0 ||
                   send_all(c->socket, source, length) < 0
               ? -1
               : 0;
}

/* Some source ends a Python: 3.8 has no bound for how deep it nests. */
static int
fail_at(const cli_compiler *c, const char *path, stk_error *err)
{
    stk_error_set(err, STK_E_IO,
                  "%s ended unexpectedly while it compiled this file; leave "
                  "the file out, or have no code (--no-code)",
                  c->file);
    return stk_error_at(err, path, 0);
}

int
cli_compile(void **code, size_t *code_length, cli_compiler *c,
            const char *path, const void *source, size_t length,
            unsigned optimisation, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    char what;
    int failed;

    if (length > CODE_MAX)
        return stk_error_set(err, STK_E_LIMIT, "%s: is larger than %u MiB",
                             path, CODE_MAX >> 20);
    if (send_source(c, path, source, length, optimisation) < 0)
        return fail_at(c, path, err);
    failed = receive_answer(&what, &data, code_length, c, err);
    if (failed == -STK_E_IO)
        return fail_at(c, path, err);
    if (failed < 0)
        return failed;
    if (what == 'e') {
        stk_error_set(err, STK_E_INVALID, "%s: %s: %s", path, c->tag, data);
        return 1;
    }
    if (what != 'c')
        return fail_at(c, path, err);
    *code = STK_STEAL(data);
    return 0;
}
