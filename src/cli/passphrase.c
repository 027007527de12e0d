/* SPDX-License-Identifier: Apache-2.0 */
/* Passphrases: asked for on the terminal, or read from a file. */
#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/output.h"

void
cli_passphrase_clear(cli_passphrase *passphrase)
{
    sodium_free(passphrase->text); /* zeroes */
    passphrase->text = NULL;
    passphrase->length = 0;
}

static char *
allocate(void)
{
    char *text =
        sodium_init() < 0 ? NULL : sodium_malloc(CLI_PASSPHRASE_MAX + 1);

    if (!text)
        die(CLI_MACHINE, "out of memory");
    return text;
}

/* ---- a line --------------------------------------------------------- */

static volatile sig_atomic_t caught;

/*
 * One byte, as read(2) says. Signals come in only while it waits, with `open`
 * as the mask: one that came before is not slept over. NULL: they always may.
 */
static ssize_t
read_byte(int fd, char *byte, const sigset_t *open)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };

    if (open && ppoll(&wanted, 1, NULL, open) < 0)
        return -1;
    return read(fd, byte, 1);
}

/*
 * One line without its end, byte by byte: what is behind it is the next
 * reader's. `open` as of read_byte(). Returns its length; -1 when it is too
 * long, cannot be read or a signal came; -2 at the end of the file.
 */
static int
read_line(int fd, char text[CLI_PASSPHRASE_MAX + 1], const sigset_t *open)
{
    size_t used = 0;
    char byte;
    ssize_t n;

    for (;;) {
        n = read_byte(fd, &byte, open);
        if (n < 0 && errno == EINTR && !caught)
            continue;
        if (n < 0)
            return -1;
        if (n == 0 || byte == '\n')
            break;
        if (used == CLI_PASSPHRASE_MAX) {
            errno = EMSGSIZE;
            return -1;
        }
        text[used++] = byte;
    }
    if (n == 0 && used == 0)
        return -2;
    if (used && text[used - 1] == '\r')
        used--;
    text[used] = '\0';
    return (int)used;
}

/* ---- the terminal --------------------------------------------------- */

/*
 * What would end or stop the program while the terminal does not echo. The
 * last two come of reading itself: it fails where they are blocked.
 */
static const int signals[] = { SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                               SIGTSTP, SIGTTIN, SIGTTOU };

#define N_SIGNALS     (sizeof signals / sizeof signals[0])
#define N_FROM_OTHERS (N_SIGNALS - 2)

static void
on_signal(int number)
{
    caught = number;
}

/* One line from a terminal that does not show it; as read_line(). */
static int
read_hidden(int fd, char text[CLI_PASSPHRASE_MAX + 1])
{
    struct sigaction action, before[N_SIGNALS];
    struct termios shown, hidden;
    sigset_t from_others, mask;
    int length;

    sigemptyset(&from_others);
    for (size_t i = 0; i < N_FROM_OTHERS; i++)
        sigaddset(&from_others, signals[i]);
    sigprocmask(SIG_BLOCK, &from_others, &mask);
    memset(&action, 0, sizeof action);
    action.sa_handler =
        on_signal; /* without SA_RESTART: read(2) must return */
    caught = 0;
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &action, &before[i]);
    if (tcgetattr(fd, &shown) < 0) {
        length = -1;
    } else {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
        /*
         * What was typed ahead was typed in the open. TCSAFLUSH drops what
         * the terminal has taken in; tcflush() what is still on its way.
         */
        tcflush(fd, TCIFLUSH);
        length = tcsetattr(fd, TCSAFLUSH, &hidden) < 0
                     ? -1
                     : read_line(fd, text, &mask);
        tcsetattr(fd, TCSAFLUSH, &shown);
    }
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return length;
}

/* Asks once, and again after the program was stopped and goes on. */
static int
ask(int fd, const char *prompt, char text[CLI_PASSPHRASE_MAX + 1])
{
    for (;;) {
        int length, signal;

        dprintf(fd, "%s", prompt);
        length = read_hidden(fd, text);
        dprintf(fd, "\n");
        signal = caught;
        if (!signal)
            return length;
        /* now that the terminal shows again what is typed */
        caught = 0;
        kill(getpid(), signal);
        if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)
            return -1;
    }
}

static bool
is_same(int fd, const char *text, int length)
{
    char *again = allocate();
    int again_length = ask(fd, "again: ", again);
    bool same = again_length == length &&
                sodium_memcmp(again, text, (size_t)length) == 0;

    sodium_free(again);
    return same;
}

static int
ask_terminal(cli_passphrase *out, const char *prompt, bool twice)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    char *text = allocate();
    const char *wrong = NULL;
    int length;

    fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        sodium_free(text);
        cli_say("there is no terminal to ask for the passphrase; give it "
                "with --passphrase-file FILE");
        return CLI_MACHINE;
    }
    length = ask(fd, prompt, text);
    if (length < 0)
        wrong = "no passphrase was given";
    else if (twice && length == 0)
        wrong = "an empty passphrase protects nothing; for a key in the "
                "open there is --no-passphrase";
    else if (twice && !is_same(fd, text, length))
        wrong = "the two passphrases differ";
    if (wrong) {
        sodium_free(text);
        cli_say("%s", wrong);
        return CLI_NO;
    }
    *out = (cli_passphrase){ text, (size_t)length };
    return CLI_GOOD;
}

/* ---- a file --------------------------------------------------------- */

static int
read_file(cli_passphrase *out, const char *file, bool fresh)
{
    STK_CLEANUP(stk_closep) int opened = -1;
    char *text = allocate();
    int length, fd = STDIN_FILENO;

    if (strcmp(file, "-"))
        fd = opened = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    length = fd < 0 ? -1 : read_line(fd, text, NULL);
    if (length < 0 || (fresh && length == 0)) {
        sodium_free(text);
        cli_say("%s: %s", file,
                length == -1 ? strerror(errno) : "holds no passphrase");
        return CLI_NO;
    }
    *out = (cli_passphrase){ text, (size_t)length };
    return CLI_GOOD;
}

int
cli_passphrase_get(cli_passphrase *out, const char *file, const char *prompt,
                   int twice)
{
    return file ? read_file(out, file, twice)
                : ask_terminal(out, prompt, twice);
}

/* ---- a key ---------------------------------------------------------- */

static int
open_key(stk_secret_key **out, const stk_secret_text *text, const char *path,
         const char *file)
{
    cli_passphrase passphrase = { NULL, 0 };
    stk_error err = STK_ERROR_INIT;
    int status = CLI_GOOD;
    char prompt[256];

    snprintf(prompt, sizeof prompt, "passphrase of %.200s: ", path);
    if (stk_secret_text_is_encrypted(text))
        status = cli_passphrase_get(&passphrase, file, prompt, 0);
    if (status != CLI_GOOD)
        return status;
    if (stk_secret_key_read(out, text, passphrase.text, passphrase.length,
                            &err) < 0) {
        cli_say("%s: %s", path, err.message);
        status = err.code == STK_E_MEMORY ? CLI_MACHINE : CLI_NO;
    }
    cli_passphrase_clear(&passphrase);
    return status;
}

int
cli_secret_key_load(stk_secret_key **out, const char *path, const char *file)
{
    STK_CLEANUP(stk_secret_text_clear)
    stk_secret_text text = { NULL, 0, false };
    stk_error err = STK_ERROR_INIT;
    int status;

    if (stk_secret_text_load(&text, path, &err) < 0)
        return cli_say_error(&err);
    status = open_key(out, &text, path, file);
    /* of what is no secret key there is nothing to be said */
    if (status == CLI_GOOD && text.exposed)
        cli_say("%s: others can read this secret key; run: chmod go-rwx",
                path);
    return status;
}
