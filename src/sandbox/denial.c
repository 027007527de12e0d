/* SPDX-License-Identifier: Apache-2.0 */
/* A denied system call as text, from its registers alone. */
#include "sandbox/denial.h"

#include <fcntl.h>
#include <seccomp.h>
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
 *   o open flags  c mode, if the flags before it create  m protection
 *   s signal
 */
static const struct signature {
    const char *name, *arguments;
} signatures[] = {
    { "accept", "dpp" },
    { "accept4", "dppx" },
    { "access", "pd" },
    { "bind", "dpd" },
    { "bpf", "dpd" },
    { "chdir", "p" },
    { "chmod", "px" },
    { "chroot", "p" },
    { "clone", "xpppp" },
    { "clone3", "pd" },
    { "close", "d" },
    { "connect", "dpd" },
    { "creat", "px" },
    { "dup", "d" },
    { "dup2", "dd" },
    { "execve", "ppp" },
    { "execveat", "@pppx" },
    { "faccessat", "@pd" },
    { "faccessat2", "@pdx" },
    { "fcntl", "ddx" },
    { "fork", "" },
    { "fstat", "dp" },
    { "ftruncate", "dd" },
    { "getcwd", "pd" },
    { "getdents64", "dpd" },
    { "getegid", "" },
    { "geteuid", "" },
    { "getgid", "" },
    { "getpid", "" },
    { "getppid", "" },
    { "getrusage", "dp" },
    { "gettid", "" },
    { "getuid", "" },
    { "ioctl", "dxx" },
    { "io_uring_setup", "dp" },
    { "kill", "ds" },
    { "link", "pp" },
    { "linkat", "@p@px" },
    { "listen", "dd" },
    { "lseek", "ddd" },
    { "lstat", "pp" },
    { "madvise", "pdd" },
    { "memfd_create", "px" },
    { "mkdir", "px" },
    { "mkdirat", "@px" },
    { "mmap", "pdmxdd" },
    { "mount", "pppxp" },
    { "mprotect", "pdm" },
    { "newfstatat", "@ppx" },
    { "open", "poc" },
    { "openat", "@poc" },
    { "openat2", "@ppd" },
    { "pidfd_open", "dx" },
    { "pipe", "p" },
    { "pipe2", "px" },
    { "pivot_root", "pp" },
    { "prctl", "dxxxx" },
    { "prlimit64", "ddpp" },
    { "ptrace", "ddpx" },
    { "read", "dpd" },
    { "readlink", "ppd" },
    { "readlinkat", "@ppd" },
    { "recvfrom", "dpdxpp" },
    { "recvmsg", "dpx" },
    { "rename", "pp" },
    { "rt_sigaction", "sppd" },
    { "sched_getaffinity", "ddp" },
    { "seccomp", "dxp" },
    { "sendmsg", "dpx" },
    { "sendto", "dpdxpd" },
    { "setgid", "d" },
    { "setns", "dx" },
    { "setuid", "d" },
    { "shmget", "xdx" },
    { "socket", "ftd" },
    { "socketpair", "ftdp" },
    { "stat", "pp" },
    { "statx", "@pxxp" },
    { "symlink", "pp" },
    { "sysinfo", "p" },
    { "tgkill", "dds" },
    { "umask", "x" },
    { "umount2", "px" },
    { "uname", "p" },
    { "unlink", "p" },
    { "unlinkat", "@px" },
    { "unshare", "x" },
    { "userfaultfd", "x" },
    { "vfork", "" },
    { "write", "dpd" },
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
