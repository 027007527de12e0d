/* SPDX-License-Identifier: Apache-2.0 */
/* A denied system call as text, from its registers alone. */
#include "sandbox/denial.h"

#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sandbox/syscalls.h"

/*
 * What the arguments of a call are, a letter each:
 *   d number  x hexadecimal  p pointer  @ folder  f family  t socket type
 *   o open flags  e mode  c mode, if the flags before it create
 *   m protection  s signal
 */
static const struct signature {
    const char *name, *arguments;
} signatures[] = {
    { "accept", "dpp" },
    { "accept4", "dppx" },
    { "access", "pd" },
    { "alarm", "d" },
    { "bind", "dpd" },
    { "bpf", "dpd" },
    { "capget", "pp" },
    { "capset", "pp" },
    { "chdir", "p" },
    { "chmod", "pe" },
    { "chown", "pdd" },
    { "chroot", "p" },
    { "clock_adjtime", "dp" },
    { "clock_getres", "dp" },
    { "clock_gettime", "dp" },
    { "clock_nanosleep", "dxpp" },
    { "clock_settime", "dp" },
    { "clone", "xpppp" },
    { "clone3", "pd" },
    { "close", "d" },
    { "close_range", "ddx" },
    { "connect", "dpd" },
    { "copy_file_range", "dpdpdx" },
    { "creat", "pe" },
    { "dup", "d" },
    { "dup2", "dd" },
    { "dup3", "ddx" },
    { "epoll_create1", "x" },
    { "epoll_ctl", "dddp" },
    { "epoll_pwait", "dpddpd" },
    { "epoll_wait", "dpdd" },
    { "eventfd2", "dx" },
    { "execve", "ppp" },
    { "execveat", "@pppx" },
    { "faccessat", "@pd" },
    { "faccessat2", "@pdx" },
    { "fadvise64", "dddd" },
    { "fallocate", "dxdd" },
    { "fchdir", "d" },
    { "fchmod", "de" },
    { "fchmodat", "@pe" },
    { "fchown", "ddd" },
    { "fchownat", "@pddx" },
    { "fcntl", "ddx" },
    { "fdatasync", "d" },
    { "fgetxattr", "dppd" },
    { "flistxattr", "dpd" },
    { "flock", "dx" },
    { "fork", "" },
    { "fremovexattr", "dp" },
    { "fsetxattr", "dppdx" },
    { "fstat", "dp" },
    { "fstatfs", "dp" },
    { "fsync", "d" },
    { "ftruncate", "dd" },
    { "futex", "pxdppd" },
    { "getcwd", "pd" },
    { "getdents64", "dpd" },
    { "getegid", "" },
    { "geteuid", "" },
    { "getgid", "" },
    { "getgroups", "dp" },
    { "getitimer", "dp" },
    { "getpeername", "dpp" },
    { "getpgid", "d" },
    { "getpgrp", "" },
    { "getpid", "" },
    { "getppid", "" },
    { "getpriority", "dd" },
    { "getrandom", "pdx" },
    { "getresgid", "ppp" },
    { "getresuid", "ppp" },
    { "getrlimit", "dp" },
    { "getrusage", "dp" },
    { "getsid", "d" },
    { "getsockname", "dpp" },
    { "getsockopt", "dddpp" },
    { "gettid", "" },
    { "gettimeofday", "pp" },
    { "getuid", "" },
    { "getxattr", "pppd" },
    { "inotify_init1", "x" },
    { "io_uring_setup", "dp" },
    { "ioctl", "dxx" },
    { "kill", "ds" },
    { "lchown", "pdd" },
    { "lgetxattr", "pppd" },
    { "link", "pp" },
    { "linkat", "@p@px" },
    { "listen", "dd" },
    { "listxattr", "ppd" },
    { "llistxattr", "ppd" },
    { "lremovexattr", "pp" },
    { "lseek", "ddd" },
    { "lsetxattr", "pppdx" },
    { "lstat", "pp" },
    { "madvise", "pdd" },
    { "memfd_create", "px" },
    { "mkdir", "pe" },
    { "mkdirat", "@pe" },
    { "mknod", "pex" },
    { "mknodat", "@pex" },
    { "mlock", "pd" },
    { "mlock2", "pdx" },
    { "mmap", "pdmxdd" },
    { "mount", "pppxp" },
    { "mprotect", "pdm" },
    { "mremap", "pddxp" },
    { "msync", "pdx" },
    { "munmap", "pd" },
    { "nanosleep", "pp" },
    { "newfstatat", "@ppx" },
    { "open", "poc" },
    { "openat", "@poc" },
    { "openat2", "@ppd" },
    { "perf_event_open", "pdddx" },
    { "personality", "x" },
    { "pidfd_open", "dx" },
    { "pidfd_send_signal", "dspx" },
    { "pipe", "p" },
    { "pipe2", "px" },
    { "pivot_root", "pp" },
    { "poll", "pdd" },
    { "ppoll", "pdppd" },
    { "prctl", "dxxxx" },
    { "pread64", "dpdd" },
    { "preadv", "dpdd" },
    { "prlimit64", "ddpp" },
    { "process_vm_readv", "dpdpdx" },
    { "process_vm_writev", "dpdpdx" },
    { "pselect6", "dppppp" },
    { "ptrace", "ddpx" },
    { "pwrite64", "dpdd" },
    { "pwritev", "dpdd" },
    { "read", "dpd" },
    { "readlink", "ppd" },
    { "readlinkat", "@ppd" },
    { "readv", "dpd" },
    { "recvfrom", "dpdxpp" },
    { "recvmmsg", "dpdxp" },
    { "recvmsg", "dpx" },
    { "removexattr", "pp" },
    { "rename", "pp" },
    { "renameat", "@p@p" },
    { "renameat2", "@p@px" },
    { "rmdir", "p" },
    { "rt_sigaction", "sppd" },
    { "rt_sigpending", "pd" },
    { "rt_sigprocmask", "dppd" },
    { "rt_sigsuspend", "pd" },
    { "rt_sigtimedwait", "pppd" },
    { "sched_getaffinity", "ddp" },
    { "sched_getparam", "dp" },
    { "sched_getscheduler", "d" },
    { "sched_setaffinity", "ddp" },
    { "sched_setparam", "dp" },
    { "sched_setscheduler", "ddp" },
    { "sched_yield", "" },
    { "seccomp", "dxp" },
    { "select", "dpppp" },
    { "sendfile", "ddpd" },
    { "sendmmsg", "dpdx" },
    { "sendmsg", "dpx" },
    { "sendto", "dpdxpd" },
    { "setdomainname", "pd" },
    { "setgid", "d" },
    { "setgroups", "dp" },
    { "sethostname", "pd" },
    { "setitimer", "dpp" },
    { "setns", "dx" },
    { "setpgid", "dd" },
    { "setpriority", "ddd" },
    { "setregid", "dd" },
    { "setresgid", "ddd" },
    { "setresuid", "ddd" },
    { "setreuid", "dd" },
    { "setrlimit", "dp" },
    { "setsid", "" },
    { "setsockopt", "dddpd" },
    { "setuid", "d" },
    { "setxattr", "pppdx" },
    { "shmget", "xdx" },
    { "shutdown", "dd" },
    { "sigaltstack", "pp" },
    { "socket", "ftd" },
    { "socketpair", "ftdp" },
    { "stat", "pp" },
    { "statfs", "pp" },
    { "statx", "@pxxp" },
    { "symlink", "pp" },
    { "symlinkat", "p@p" },
    { "sync", "" },
    { "sysfs", "dxx" },
    { "sysinfo", "p" },
    { "tgkill", "dds" },
    { "times", "p" },
    { "tkill", "ds" },
    { "truncate", "pd" },
    { "umask", "e" },
    { "umount2", "px" },
    { "uname", "p" },
    { "unlink", "p" },
    { "unlinkat", "@px" },
    { "unshare", "x" },
    { "userfaultfd", "x" },
    { "utime", "pp" },
    { "utimensat", "@ppx" },
    { "utimes", "pp" },
    { "vfork", "" },
    { "wait4", "dpdp" },
    { "waitid", "ddpdp" },
    { "write", "dpd" },
    { "writev", "dpd" },
};

#define N_SIGNATURES (sizeof signatures / sizeof signatures[0])

typedef struct word {
    uint64_t value;
    const char *name;
} word;

static const word families[] = {
    { AF_UNIX, "AF_UNIX" },     { AF_INET, "AF_INET" },
    { AF_INET6, "AF_INET6" },   { AF_NETLINK, "AF_NETLINK" },
    { AF_PACKET, "AF_PACKET" }, { AF_ALG, "AF_ALG" },
    { AF_VSOCK, "AF_VSOCK" },   { 0, NULL },
};

static const word types[] = {
    { SOCK_STREAM, "SOCK_STREAM" },
    { SOCK_DGRAM, "SOCK_DGRAM" },
    { SOCK_RAW, "SOCK_RAW" },
    { SOCK_SEQPACKET, "SOCK_SEQPACKET" },
    { SOCK_CLOEXEC, "SOCK_CLOEXEC" },
    { SOCK_NONBLOCK, "SOCK_NONBLOCK" },
    { 0, NULL },
};

static const word opens[] = {
    { O_CREAT, "O_CREAT" },       { O_EXCL, "O_EXCL" },
    { O_TRUNC, "O_TRUNC" },       { O_APPEND, "O_APPEND" },
    { O_NONBLOCK, "O_NONBLOCK" }, { O_DIRECTORY, "O_DIRECTORY" },
    { O_NOFOLLOW, "O_NOFOLLOW" }, { O_CLOEXEC, "O_CLOEXEC" },
    { O_PATH, "O_PATH" },         { 0, NULL },
};

static const word protections[] = {
    { PROT_READ, "PROT_READ" },
    { PROT_WRITE, "PROT_WRITE" },
    { PROT_EXEC, "PROT_EXEC" },
    { 0, NULL },
};

static const word signals[] = {
    { SIGHUP, "SIGHUP" },   { SIGINT, "SIGINT" },   { SIGQUIT, "SIGQUIT" },
    { SIGABRT, "SIGABRT" }, { SIGKILL, "SIGKILL" }, { SIGUSR1, "SIGUSR1" },
    { SIGUSR2, "SIGUSR2" }, { SIGTERM, "SIGTERM" }, { SIGCHLD, "SIGCHLD" },
    { SIGCONT, "SIGCONT" }, { SIGSTOP, "SIGSTOP" }, { 0, NULL },
};

/* ---- one argument ------------------------------------------------------- */

typedef struct line {
    char *text;
    size_t size, used;
} line;

static void
put(line *out, const char *text)
{
    int n;

    if (out->used >= out->size)
        return;
    n = snprintf(out->text + out->used, out->size - out->used, "%s", text);
    out->used += (size_t)n;
}

static void
put_number(line *out, const char *format, unsigned long long value)
{
    char text[32];

    if (format[0] == 'x')
        snprintf(text, sizeof text, "%#llx", value);
    else if (format[0] == 'o')
        snprintf(text, sizeof text, "%#llo", value);
    else
        snprintf(text, sizeof text, "%lld", (long long)value);
    put(out, text);
}

/* An int is in the lower half of its register; the rest is the caller's. */
static int
as_int(uint64_t value)
{
    return (int)(uint32_t)value;
}

static void
put_word(line *out, const word *words, uint64_t value)
{
    for (; words->name; words++)
        if (words->value == value) {
            put(out, words->name);
            return;
        }
    put_number(out, "d", (unsigned long long)value);
}

/* The bits that have names, then the rest. */
static void
put_bits(line *out, const word *words, uint64_t value, const char *first)
{
    put(out, first);
    for (; words->name; words++) {
        if (!words->value || (value & words->value) != words->value)
            continue;
        if (*first)
            put(out, "|");
        put(out, words->name);
        value &= ~words->value;
        first = "|";
    }
    if (value && *first)
        put(out, "|");
    if (value || !*first)
        put_number(out, "x", (unsigned long long)value);
}

static void
put_type(line *out, uint64_t value)
{
    const char *first = "";

    for (const word *w = types; w->name && w->value <= SOCK_SEQPACKET; w++)
        if (w->value == (value & 0xF))
            first = w->name;
    put_bits(out, types + 4, *first ? value & ~(uint64_t)0xF : value, first);
}

static void
put_open_flags(line *out, uint64_t value)
{
    static const char *const access[] = { "O_RDONLY", "O_WRONLY", "O_RDWR",
                                          "3" };

    put_bits(out, opens, (uint32_t)value & ~(uint32_t)O_ACCMODE,
             access[value & O_ACCMODE]);
}

static void
put_argument(line *out, char kind, uint64_t value)
{
    switch (kind) {
    case '@':
        if (as_int(value) == AT_FDCWD)
            put(out, "AT_FDCWD");
        else
            put_number(out, "d", (unsigned long long)as_int(value));
        break;
    case 'p':
        put(out, value ? "..." : "NULL");
        break;
    case 'f':
        put_word(out, families, (uint32_t)value);
        break;
    case 't':
        put_type(out, (uint32_t)value);
        break;
    case 'o':
        put_open_flags(out, (uint32_t)value);
        break;
    case 'm':
        put_bits(out, protections, value, value ? "" : "PROT_NONE");
        break;
    case 'c':
    case 'e':
        put_number(out, "o", (uint32_t)value);
        break;
    case 's':
        put_word(out, signals, (uint32_t)value);
        break;
    case 'x':
        put_number(out, "x", (unsigned long long)value);
        break;
    default:
        put_number(out, "d", (unsigned long long)(long long)as_int(value));
    }
}

/* ---- the call ----------------------------------------------------------- */

/* Without, the mode is whatever the register held. */
static bool
creates(uint64_t flags)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

static const char *
find_arguments(const char *name)
{
    for (size_t i = 0; i < N_SIGNATURES; i++)
        if (!strcmp(signatures[i].name, name))
            return signatures[i].arguments;
    return "xxxxxx";
}

static void
name_call(stk_denial *denial)
{
    STK_CLEANUP(stk_freep)
    char *name =
        seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, denial->number);

    if (name)
        snprintf(denial->name, sizeof denial->name, "%s", name);
    else
        snprintf(denial->name, sizeof denial->name, "syscall %d",
                 denial->number);
}

void
stk_denial_describe(stk_denial *denial)
{
    line out = { denial->text, sizeof denial->text, 0 };
    const char *kinds;

    denial->groups = stk_syscalls_allowing(denial->number, denial->arguments);
    name_call(denial);
    kinds = find_arguments(denial->name);
    put(&out, denial->name);
    put(&out, "(");
    for (size_t i = 0; kinds[i] && i < 6; i++) {
        if (kinds[i] == 'c' && !creates(denial->arguments[i - 1]))
            break;
        if (i)
            put(&out, ", ");
        put_argument(&out, kinds[i], denial->arguments[i]);
    }
    put(&out, ")");
}
