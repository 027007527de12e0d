/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls of a bare process under one layer alone.
 *
 *     escape_alone --numbers NAME...           what libseccomp calls them
 *     escape_alone LAYER FOLDER < calls        what each returned
 *
 * A line is a number and up to six arguments: d and a number, x and bytes in
 * hexadecimal, or b for the buffer. LAYER is nothing, limits, landlock,
 * namespaces or seccomp. Each call is made by a fork of its own, as nobody
 * where we are root, with a socket as descriptor 3; FOLDER gets its `victim`
 * anew and loses `new`. Printed is the result, "died", or for a layer that
 * this machine does not have "absent" for all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/profile.h"
#include "sandbox/landlock.h"
#include "sandbox/layers.h"
#include "sandbox/limits.h"
#include "sandbox/namespaces.h"
#include "sandbox/seccomp.h"
#include "sandbox/spawn.h"

#define NOBODY          65534
#define LINE_MAX_LENGTH 8192
#define PAGE            4096u
#define DIED            LONG_MIN
#define ABSENT          (LONG_MIN + 1)

typedef struct attempt {
    long number, arguments[6];
} attempt;

static unsigned char *buffers; /* 6 pages, writable */
static long *result;           /* shared with the forks */

/* ---- a line ------------------------------------------------------------- */

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

static long
read_bytes(const char *text, unsigned char *to)
{
    for (size_t i = 0; text[2 * i] && i < PAGE; i++)
        to[i] = (unsigned char)(hex_digit(text[2 * i]) << 4 |
                                hex_digit(text[2 * i + 1]));
    return (long)(intptr_t)to;
}

static void
read_line(attempt *out, char *line)
{
    char *rest = NULL, *word = strtok_r(line, " \n", &rest);

    memset(out, 0, sizeof *out);
    memset(buffers, 0, 6 * PAGE);
    out->number = word ? strtol(word, NULL, 10) : -1;
    for (size_t i = 0; i < 6 && (word = strtok_r(NULL, " \n", &rest)); i++) {
        unsigned char *at = buffers + i * PAGE;

        if (*word == 'd')
            out->arguments[i] = strtol(word + 1, NULL, 10);
        else
            out->arguments[i] =
                *word == 'x' ? read_bytes(word + 1, at) : (long)(intptr_t)at;
    }
}

/* ---- one call ----------------------------------------------------------- */

static void
become_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) < 0)
        _exit(1);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* /proc/self is ours again */
}

/* Whether the layer is there; it is around us then. */
static bool
apply(const char *layer, stk_sandbox_report *report)
{
    stk_filter filter = STK_FILTER_INIT;
    stk_profile profile;

    stk_profile_init(&profile, "strict");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!strcmp(layer, "limits"))
        return stk_limits_resources(&profile, report, NULL) == 0;
    if (!strcmp(layer, "landlock"))
        return stk_landlock_restrict(&profile, report, NULL) == 0 &&
               report->layers[STK_LAYER_LANDLOCK].state == STK_LAYER_ACTIVE;
    if (!strcmp(layer, "namespaces"))
        return stk_namespaces_enter(&profile, report, NULL) == 0 &&
               report->layers[STK_LAYER_USER].state == STK_LAYER_ACTIVE;
    if (!strcmp(layer, "seccomp"))
        return stk_filter_build(&filter, &profile, NULL) == 0 &&
               stk_filter_load(&filter, NULL, report, NULL) == 0;
    return true;
}

static void
make_call(const attempt *what)
{
    const long *a = what->arguments;
    long r, self = syscall(SYS_gettid);

    r = syscall(what->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (r == 0 && syscall(SYS_gettid) != self)
        syscall(SYS_exit_group, 0); /* a fork of ours */
    *result = r < 0 ? -errno : r;
}

static void
run_fork(const attempt *what, const char *layer)
{
    static stk_sandbox_report report;
    stk_child child = STK_CHILD_INIT;
    bool inside = !strcmp(layer, "namespaces");
    int ends[2], status, null = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    alarm(100);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0 ||
        (ends[1] != 3 && dup2(ends[0], 3) < 0))
        _exit(1);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    become_nobody();
    if (!apply(layer, &report)) {
        *result = ABSENT;
        syscall(SYS_exit_group, 0);
    }
    /* who enters a pid namespace is its first child */
    if (inside && stk_spawn_fork(&child, true, NULL) != 0) {
        if (child.pid)
            stk_child_wait(&child, 5000, &status, NULL);
        syscall(SYS_exit_group, 0);
    }
    make_call(what);
    syscall(SYS_exit_group, 0);
}

static void
renew(const char *folder)
{
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof path, "%s/new", folder);
    unlink(path);
    rmdir(path);
    snprintf(path, sizeof path, "%s/victim", folder);
    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    fchmod(fd, 0666);
    if (geteuid() == 0 && fchown(fd, NOBODY, NOBODY) < 0)
        abort();
    if (write(fd, "as it was", 9) != 9)
        abort();
    close(fd);
}

static long
try_call(const attempt *what, const char *layer, const char *folder)
{
    int status;
    pid_t pid;

    renew(folder);
    *result = DIED;
    pid = fork();
    if (pid == 0)
        run_fork(what, layer);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return *result;
}

/* ---- the program -------------------------------------------------------- */

static int
print_numbers(char **names)
{
    for (; *names; names++)
        printf("%s %d\n", *names, seccomp_syscall_resolve_name(*names));
    return 0;
}

int
main(int argc, char **argv)
{
    char line[LINE_MAX_LENGTH];
    attempt what;

    if (argc > 1 && !strcmp(argv[1], "--numbers"))
        return print_numbers(argv + 2);
    if (argc != 3)
        return 2;
    umask(0);
    buffers = mmap(NULL, 6 * PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    result = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (buffers == MAP_FAILED || result == MAP_FAILED)
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        long r;

        read_line(&what, line);
        r = try_call(&what, argv[1], argv[2]);
        if (r == DIED || r == ABSENT)
            puts(r == DIED ? "died" : "absent");
        else
            printf("%ld\n", r);
        fflush(stdout);
    }
    return 0;
}
