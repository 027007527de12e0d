/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups of system calls: one table, with what their arguments must be.
 *
 * The kernel takes an int from the lower half of a register, the filter
 * compares all of it: an equality is only ever too strict, but "is not 3"
 * would be no test at all. What must not be 3 is tested for a bit that none
 * of 0 to 3 has.
 */
#include "sandbox/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/text.h"

#define NUMBERS_MAX 1024 /* no machine has as many calls */
#define NEAR_MOST   2u   /* edits */

/* clang-format off */
#define CALL(group, call, n, ...) \
    { STK_CALLS_##group, SCMP_SYS(call), n, { __VA_ARGS__ }, 0 }
#define ANY(group, call)          CALL(group, call, 0, { 0 })
#define REFUSED(group, call, number) \
    { STK_CALLS_##group, SCMP_SYS(call), 0, { { 0 } }, number }

#define IS(argument, value)       { argument, SCMP_CMP_EQ, value, 0 }
#define MASKED(argument, mask, v) { argument, SCMP_CMP_MASKED_EQ, mask, v }

#define LOWER_HALF     0xFFFFFFFFu
#define NEW_NAMESPACES 0x7E020000u /* every CLONE_NEW* of clone(2) */
#define THREAD_FLAGS   ((uint64_t)CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
#define TMPFILE_BIT    020000000u  /* O_TMPFILE without its O_DIRECTORY */
#define OPEN_CHANGES   ((uint64_t)O_ACCMODE | O_CREAT | O_TRUNC | TMPFILE_BIT)
#define MAP_ODDITIES   ((uint64_t)MAP_HUGETLB | MAP_LOCKED)

#define ADVISE_FREE     8  /* MADV_FREE */
#define ADVISE_HUGEPAGE 14 /* MADV_HUGEPAGE */
#define TERMINAL_GET    0x5401 /* TCGETS: isatty() asks with it */
#define SET_NONBLOCKING 0x5421 /* FIONBIO */
#define SET_INHERITED   0x5450 /* FIONCLEX: what F_SETFD does */
#define SET_CLOEXEC     0x5451 /* FIOCLEX: Python's way for opener= */
#define FAST_OPEN       0x20000000u /* MSG_FASTOPEN: a connect() unseen */
#define TYPE_MASK       0xFu        /* of socket(2), without its flags */
#define DUP_CLOEXEC     1030        /* F_DUPFD_CLOEXEC */

/* A descriptor from 4 to 1023, which is more than RLIMIT_NOFILE gives. */
#define NOT_THE_SOCKET(group, call) \
    CALL(group, call, 1, MASKED(0, 1u << 2, 1u << 2)), \
    CALL(group, call, 1, MASKED(0, 1u << 3, 1u << 3)), \
    CALL(group, call, 1, MASKED(0, 1u << 4, 1u << 4)), \
    CALL(group, call, 1, MASKED(0, 1u << 5, 1u << 5)), \
    CALL(group, call, 1, MASKED(0, 1u << 6, 1u << 6)), \
    CALL(group, call, 1, MASKED(0, 1u << 7, 1u << 7)), \
    CALL(group, call, 1, MASKED(0, 1u << 8, 1u << 8)), \
    CALL(group, call, 1, MASKED(0, 1u << 9, 1u << 9))

#define TCP_SOCKET(family) \
    CALL(NETWORK, socket, 3, IS(0, family), \
         MASKED(1, TYPE_MASK, SOCK_STREAM), IS(2, 0)), \
    CALL(NETWORK, socket, 3, IS(0, family), \
         MASKED(1, TYPE_MASK, SOCK_STREAM), IS(2, IPPROTO_TCP))

/* A file that runs as its owner outlives the worker: the host's user. Who
 * makes none has no mode, and the C library writes 0. */
#define AS_ITSELF(mode) MASKED(mode, S_ISUID | S_ISGID, 0)

#define OPTION(level, name) \
    CALL(NETWORK, setsockopt, 2, IS(1, level), IS(2, name))

#define ASKED(group, level, name) \
    CALL(group, getsockopt, 2, IS(1, level), IS(2, name))

static const stk_call_rule rules[] = {
    /* ---- @compute: what an interpreter needs to go on ------------------ */
    ANY(COMPUTE, brk),
    ANY(COMPUTE, munmap),
    ANY(COMPUTE, mremap),
    ANY(COMPUTE, futex),
    ANY(COMPUTE, clock_gettime),
    ANY(COMPUTE, clock_nanosleep),
    ANY(COMPUTE, getrandom),
    ANY(COMPUTE, exit_group),
    ANY(COMPUTE, rt_sigreturn),
    ANY(COMPUTE, restart_syscall),
    /* anonymous memory that is never executed; descriptor -1 maps no file,
     * whatever the flags say */
    CALL(COMPUTE, mmap, 3, MASKED(2, PROT_EXEC, 0), MASKED(3, MAP_ODDITIES, 0),
         MASKED(4, LOWER_HALF, LOWER_HALF)),
    CALL(COMPUTE, mprotect, 1, MASKED(2, PROT_EXEC, 0)),
    CALL(COMPUTE, madvise, 1, IS(2, MADV_DONTNEED)),
    CALL(COMPUTE, madvise, 1, IS(2, ADVISE_FREE)),
    CALL(COMPUTE, madvise, 1, IS(2, ADVISE_HUGEPAGE)),
    /* of no descriptors: how Python up to 3.10 sleeps */
    CALL(COMPUTE, select, 4, IS(0, 0), IS(1, 0), IS(2, 0), IS(3, 0)),
    CALL(COMPUTE, pselect6, 4, IS(0, 0), IS(1, 0), IS(2, 0), IS(3, 0)),
    CALL(COMPUTE, recvfrom, 1, IS(0, STK_WORKER_FD)),
    CALL(COMPUTE, sendto, 2, IS(0, STK_WORKER_FD), IS(4, 0)),

    /* ---- @threads ------------------------------------------------------ */
    /* a thread, in no new namespace; clone3(2) has its flags in memory */
    CALL(THREADS, clone, 1,
         MASKED(0, NEW_NAMESPACES | THREAD_FLAGS, THREAD_FLAGS)),
    REFUSED(THREADS, clone3, ENOSYS),
    ANY(THREADS, set_robust_list),
    ANY(THREADS, rseq),
    ANY(THREADS, exit),
    ANY(THREADS, rt_sigprocmask),
    ANY(THREADS, sched_yield),
    ANY(THREADS, gettid),
    ANY(THREADS, sched_getaffinity),
    CALL(THREADS, prctl, 1, IS(0, PR_SET_NAME)),

    /* ---- @time --------------------------------------------------------- */
    ANY(TIME, clock_getres),
    ANY(TIME, nanosleep),
    ANY(TIME, gettimeofday),
    ANY(TIME, time),
    ANY(TIME, times),

    /* ---- @process-info ------------------------------------------------- */
    ANY(PROCESS, getpid),
    ANY(PROCESS, gettid),
    ANY(PROCESS, getppid),
    ANY(PROCESS, getuid),
    ANY(PROCESS, geteuid),
    ANY(PROCESS, getgid),
    ANY(PROCESS, getegid),
    ANY(PROCESS, getresuid),
    ANY(PROCESS, getresgid),
    ANY(PROCESS, getgroups),
    ANY(PROCESS, uname),
    ANY(PROCESS, times),
    ANY(PROCESS, getrusage),
    ANY(PROCESS, getrlimit),
    ANY(PROCESS, getcpu),
    ANY(PROCESS, sched_getaffinity),
    CALL(PROCESS, prlimit64, 2, IS(0, 0), IS(2, 0)), /* its own, read */

    /* ---- @buffers: sealed memory, mapped read-only --------------------- */
    CALL(BUFFERS, recvmsg, 1, IS(0, STK_WORKER_FD)),
    CALL(BUFFERS, mmap, 2, MASKED(2, ~(uint64_t)PROT_READ, 0),
         MASKED(3, MAP_ODDITIES, 0)),
    ANY(BUFFERS, close),

    /* ---- @files-read: which files, Landlock and the root say ----------- */
    CALL(FILES_READ, openat, 1, MASKED(2, OPEN_CHANGES, O_RDONLY)),
    CALL(FILES_READ, open, 1, MASKED(1, OPEN_CHANGES, O_RDONLY)),
    ANY(FILES_READ, close),
    ANY(FILES_READ, read),
    ANY(FILES_READ, readv),
    ANY(FILES_READ, pread64),
    ANY(FILES_READ, preadv),
    ANY(FILES_READ, lseek),
    ANY(FILES_READ, stat),
    ANY(FILES_READ, lstat),
    ANY(FILES_READ, fstat),
    ANY(FILES_READ, newfstatat),
    ANY(FILES_READ, statx),
    ANY(FILES_READ, getdents64),
    ANY(FILES_READ, readlink),
    ANY(FILES_READ, readlinkat),
    ANY(FILES_READ, access),
    ANY(FILES_READ, faccessat),
    ANY(FILES_READ, faccessat2),
    ANY(FILES_READ, getcwd),
    ANY(FILES_READ, fadvise64),
    ANY(FILES_READ, dup),
    CALL(FILES_READ, fcntl, 1, IS(1, F_GETFD)),
    CALL(FILES_READ, fcntl, 1, IS(1, F_SETFD)),
    CALL(FILES_READ, fcntl, 1, IS(1, F_GETFL)),
    CALL(FILES_READ, fcntl, 1, IS(1, DUP_CLOEXEC)),
    CALL(FILES_READ, ioctl, 1, IS(1, TERMINAL_GET)),
    CALL(FILES_READ, ioctl, 1, IS(1, SET_INHERITED)),
    CALL(FILES_READ, ioctl, 1, IS(1, SET_CLOEXEC)),
    CALL(FILES_READ, mmap, 2, MASKED(2, ~(uint64_t)PROT_READ, 0),
         MASKED(3, MAP_ODDITIES, 0)),

    /* ---- @files-write: no links, no modes, no owners ------------------- */
    /* nor times: fchmod(2) and futimens(3) take a descriptor that is open
     * for reading, and Landlock sees neither */
    /* not O_RDONLY with O_TRUNC: Landlock before ABI 3 takes it for reading */
    CALL(FILES_WRITE, openat, 2, MASKED(2, O_ACCMODE, O_WRONLY), AS_ITSELF(3)),
    CALL(FILES_WRITE, openat, 2, MASKED(2, O_ACCMODE, O_RDWR), AS_ITSELF(3)),
    CALL(FILES_WRITE, open, 2, MASKED(1, O_ACCMODE, O_WRONLY), AS_ITSELF(2)),
    CALL(FILES_WRITE, open, 2, MASKED(1, O_ACCMODE, O_RDWR), AS_ITSELF(2)),
    ANY(FILES_WRITE, write),
    ANY(FILES_WRITE, writev),
    ANY(FILES_WRITE, pwrite64),
    ANY(FILES_WRITE, pwritev),
    ANY(FILES_WRITE, ftruncate),
    /* another mode takes space that RLIMIT_FSIZE does not count */
    CALL(FILES_WRITE, fallocate, 1, IS(1, 0)),
    ANY(FILES_WRITE, fsync),
    ANY(FILES_WRITE, fdatasync),
    ANY(FILES_WRITE, mkdir),
    ANY(FILES_WRITE, mkdirat),
    ANY(FILES_WRITE, rmdir),
    ANY(FILES_WRITE, unlink),
    ANY(FILES_WRITE, unlinkat),
    ANY(FILES_WRITE, rename),
    ANY(FILES_WRITE, renameat),
    ANY(FILES_WRITE, renameat2),
    ANY(FILES_WRITE, flock),
    CALL(FILES_WRITE, fcntl, 1, IS(1, F_GETLK)),
    CALL(FILES_WRITE, fcntl, 1, IS(1, F_SETLK)),
    CALL(FILES_WRITE, fcntl, 1, IS(1, F_SETLKW)),

    /* ---- @asyncio ------------------------------------------------------ */
    ANY(ASYNCIO, getpid), /* asyncio does with each step, until 3.11 */
    ANY(ASYNCIO, epoll_create),
    ANY(ASYNCIO, epoll_create1),
    ANY(ASYNCIO, epoll_ctl),
    ANY(ASYNCIO, epoll_wait),
    ANY(ASYNCIO, epoll_pwait),
    ANY(ASYNCIO, poll),
    ANY(ASYNCIO, ppoll),
    ANY(ASYNCIO, select),
    ANY(ASYNCIO, pselect6),
    ANY(ASYNCIO, eventfd2),
    ANY(ASYNCIO, pipe),
    ANY(ASYNCIO, pipe2),
    CALL(ASYNCIO, socketpair, 2, IS(0, AF_UNIX),
         MASKED(1, TYPE_MASK, SOCK_STREAM)),
    ANY(ASYNCIO, getsockname),
    /* not SO_PEERPIDFD: a handle on the host */
    ASKED(ASYNCIO, SOL_SOCKET, SO_TYPE),
    ASKED(ASYNCIO, SOL_SOCKET, SO_ERROR),
    ASKED(ASYNCIO, SOL_SOCKET, SO_DOMAIN),
    ASKED(ASYNCIO, SOL_SOCKET, SO_PROTOCOL),
    ASKED(ASYNCIO, SOL_SOCKET, SO_ACCEPTCONN),
    ANY(ASYNCIO, recvfrom),
    CALL(ASYNCIO, sendto, 2, MASKED(3, FAST_OPEN, 0), IS(4, 0)),
    ANY(ASYNCIO, read),
    ANY(ASYNCIO, readv),
    ANY(ASYNCIO, write),
    ANY(ASYNCIO, writev),
    ANY(ASYNCIO, close),
    CALL(ASYNCIO, fcntl, 1, IS(1, F_GETFD)),
    CALL(ASYNCIO, fcntl, 1, IS(1, F_SETFD)),
    CALL(ASYNCIO, fcntl, 1, IS(1, F_GETFL)),
    CALL(ASYNCIO, fcntl, 1, IS(1, F_SETFL)),
    CALL(ASYNCIO, ioctl, 1, IS(1, SET_NONBLOCKING)),

    /* ---- @network: TCP; which ports, Landlock says --------------------- */
    /* listen(2) not where it may listen on none: see seccomp.c */
    TCP_SOCKET(AF_INET),
    TCP_SOCKET(AF_INET6),
    NOT_THE_SOCKET(NETWORK, connect),
    NOT_THE_SOCKET(NETWORK, bind),
    NOT_THE_SOCKET(NETWORK, listen),
    ANY(NETWORK, accept),
    ANY(NETWORK, accept4),
    ANY(NETWORK, shutdown),
    ANY(NETWORK, getpeername),
    ASKED(NETWORK, SOL_SOCKET, SO_REUSEADDR),
    ASKED(NETWORK, SOL_SOCKET, SO_KEEPALIVE),
    ASKED(NETWORK, SOL_SOCKET, SO_SNDBUF),
    ASKED(NETWORK, SOL_SOCKET, SO_RCVBUF),
    ASKED(NETWORK, IPPROTO_TCP, 1), /* TCP_NODELAY */
    OPTION(SOL_SOCKET, SO_REUSEADDR),
    OPTION(SOL_SOCKET, SO_KEEPALIVE),
    OPTION(SOL_SOCKET, SO_LINGER),
    OPTION(SOL_SOCKET, SO_SNDBUF),
    OPTION(SOL_SOCKET, SO_RCVBUF),
    OPTION(IPPROTO_TCP, 1), /* TCP_NODELAY */
    OPTION(IPPROTO_IPV6, 26), /* IPV6_V6ONLY */
};
/* clang-format on */

#define N_RULES (sizeof rules / sizeof rules[0])

const stk_call_rule *
stk_syscalls_rules(size_t *n)
{
    *n = N_RULES;
    return rules;
}

static const struct {
    uint32_t group, extends;
} extensions[] = {
    { STK_CALLS_FILES_WRITE, STK_CALLS_FILES_READ },
    { STK_CALLS_NETWORK, STK_CALLS_ASYNCIO },
};

char *
stk_syscalls_text(char *out, size_t size, uint32_t groups)
{
    size_t at = 0;

    out[0] = '\0';
    for (uint32_t bit = 1; bit & STK_CALLS_ALL && at < size; bit <<= 1)
        if (groups & bit)
            at += (size_t)snprintf(out + at, size - at, "%s%s", at ? " " : "",
                                   stk_calls_name((enum stk_calls)bit));
    return out;
}

uint32_t
stk_syscalls_closure(uint32_t groups)
{
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (groups & extensions[i].group)
            groups |= extensions[i].extends;
    return groups | STK_CALLS_COMPUTE;
}

static bool
holds(const struct scmp_arg_cmp *test, const uint64_t arguments[6])
{
    uint64_t value = arguments[test->arg];

    if (test->op == SCMP_CMP_MASKED_EQ)
        return (value & test->datum_a) == test->datum_b;
    return test->op == SCMP_CMP_EQ && value == test->datum_a;
}

uint32_t
stk_syscalls_allowing(int number, const uint64_t arguments[6])
{
    uint32_t groups = 0;

    for (size_t i = 0; i < N_RULES; i++) {
        unsigned held = 0;

        if (rules[i].number != number || rules[i].refusal || number < 0)
            continue;
        while (held < rules[i].n_tests &&
               holds(&rules[i].tests[held], arguments))
            held++;
        if (held == rules[i].n_tests)
            groups |= rules[i].group;
    }
    return groups;
}

int
stk_syscalls_named(stk_call_groups *out, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);

    if (number < 0) /* others have it, under a number of libseccomp's */
        return -1;
    *out = (stk_call_groups){ 0, 0 };
    for (size_t i = 0; i < N_RULES; i++) {
        if (rules[i].number != number || rules[i].refusal)
            continue;
        if (rules[i].n_tests)
            out->sometimes |= rules[i].group;
        else
            out->always |= rules[i].group;
    }
    out->sometimes &= ~out->always;
    return 0;
}

bool
stk_syscalls_nearest(char *out, size_t size, const char *name)
{
    size_t least = NEAR_MOST + 1;

    out[0] = '\0';
    for (int number = 0; number < NUMBERS_MAX; number++) {
        char *known =
            seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        size_t far = known ? stk_text_distance(name, known, least) : least;

        if (known && far < least && strlen(name) > 2 * far) {
            snprintf(out, size, "%s", known);
            least = far;
        }
        free(known);
    }
    return out[0] != '\0';
}
