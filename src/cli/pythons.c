/* SPDX-License-Identifier: Apache-2.0 */
/* Which supported Pythons this machine has beside the one it was built for. */
#include "cli/pythons.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"

#define OLDEST     8
#define NEWEST     13
#define PATIENCE_S 5

static char question[] = "import sys\n"
                         "print('.'.join(map(str, sys.version_info[:3])), "
                         "sys.implementation.name)\n"
                         "print(sys.executable)";

/* ---- asking one ----------------------------------------------------- */

static pid_t
start_python(char *const *argv, int answer)
{
    posix_spawn_file_actions_t actions;
    pid_t child = -1;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, answer, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(&child, argv[0], &actions, NULL, argv, environ) != 0)
        child = -1;
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

/* What it prints until it ends; false when that takes too long. */
static bool
read_answer(int fd, char text[CLI_PYTHON_ANSWER])
{
    uint64_t end = stk_clock_monotonic_ns() + PATIENCE_S * 1000000000ull;
    struct pollfd waiting = { fd, POLLIN, 0 };
    size_t used = 0;

    while (used + 1 < CLI_PYTHON_ANSWER) {
        uint64_t now = stk_clock_monotonic_ns();
        ssize_t n;

        if (now >= end ||
            poll(&waiting, 1, (int)((end - now) / 1000000u) + 1) <= 0)
            return false;
        n = read(fd, text + used, CLI_PYTHON_ANSWER - 1 - used);
        if (n < 0)
            return false;
        if (n == 0)
            break;
        used += (size_t)n;
    }
    text[used] = '\0';
    return true;
}

bool
cli_python_ask(char *const *argv, char text[CLI_PYTHON_ANSWER])
{
    STK_CLEANUP(stk_closep) int ours = -1;
    int ends[2];
    pid_t child;
    bool answered;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    ours = ends[0];
    child = start_python(argv, ends[1]);
    close(ends[1]);
    if (child < 0)
        return false;
    answered = read_answer(ours, text);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return answered;
}

/* Who it is: nothing but itself has a say in that. */
static bool
ask_version(const char *file, char text[CLI_PYTHON_ANSWER])
{
    static char isolated[] = "-I", no_site[] = "-S", run[] = "-c";
    char *argv[] = { (char *)file, isolated, no_site, run, question, NULL };

    return cli_python_ask(argv, text);
}

/* "3.11.7 cpython\n/usr/bin/python3.11\n", of the version wanted. */
static bool
take_answer(char *text, int minor, cli_python *found)
{
    char *kind = strchr(text, ' '), *file = strchr(text, '\n'), *end;
    char wanted[16];

    if (!kind || !file || kind > file)
        return false;
    *kind++ = *file++ = '\0';
    end = strchr(file, '\n');
    if (!end || file[0] != '/')
        return false;
    *end = '\0';
    snprintf(wanted, sizeof wanted, "3.%d.", minor);
    found->version = text;
    found->executable = file;
    return !strncmp(text, wanted, strlen(wanted)) && !strcmp(kind, "cpython");
}

/* ---- finding them --------------------------------------------------- */

typedef struct search {
    cli_python_fn each;
    void *payload;
    int minor;
    char *told[16]; /* owned: what was found of this version */
    size_t n_told;
} search;

static void
try_python(search *s, const char *file)
{
    char text[CLI_PYTHON_ANSWER];
    cli_python found;

    if (s->n_told == sizeof s->told / sizeof s->told[0] ||
        access(file, X_OK) < 0 || !ask_version(file, text) ||
        !take_answer(text, s->minor, &found))
        return;
    for (size_t i = 0; i < s->n_told; i++)
        if (!strcmp(s->told[i], found.executable))
            return;
    s->told[s->n_told] = stk_text_dup(found.executable);
    if (!s->told[s->n_told++])
        die(CLI_MACHINE, "out of memory");
    s->each(s->payload, &found);
}

/* On PATH the first counts, as for whoever types its name. */
static void
search_path(search *s)
{
    const char *path = getenv("PATH");

    for (const char *at = path ? path : ""; *at && !s->n_told;) {
        size_t n = strcspn(at, ":");
        STK_CLEANUP(stk_freep)
        char *file = stk_text_printf("%.*s/python3.%d", (int)n, at, s->minor);

        if (!file)
            die(CLI_MACHINE, "out of memory");
        /* a relative folder is whose the working folder is */
        if (*at == '/')
            try_python(s, file);
        at += n + (at[n] == ':');
    }
}

static void
search_pyenv(search *s)
{
    const char *root = getenv("PYENV_ROOT"), *home = getenv("HOME");
    STK_CLEANUP(stk_freep) char *pattern = NULL;
    glob_t found;

    if (!root && !home)
        return;
    pattern = stk_text_printf("%s%s/versions/3.%d.*/bin/python3.%d",
                              root ? root : home, root ? "" : "/.pyenv",
                              s->minor, s->minor);
    if (!pattern)
        die(CLI_MACHINE, "out of memory");
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            try_python(s, found.gl_pathv[i]);
    globfree(&found);
}

void
cli_each_python(cli_python_fn each, void *payload)
{
    for (int minor = OLDEST; minor <= NEWEST; minor++) {
        search s = { each, payload, minor, { NULL }, 0 };

        search_path(&s);
        search_pyenv(&s);
        for (size_t i = 0; i < s.n_told; i++)
            free(s.told[i]);
    }
}
