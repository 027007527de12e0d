/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/lockdown.c: the whole sequence; on worse machines: lockdown_less. */
#include "sandbox/lockdown.h"

#include <sys/utsname.h>
#include <time.h>

#include "locked.h"

static void
test_lockdown__computes_and_nothing_else(void **state)
{
    (void)state;
    check_basics();
    assert_true(has(STK_LAYER_LANDLOCK) || has(STK_LAYER_MOUNT));
}

static void
test_lockdown__the_same_for_an_ordinary_user(void **state)
{
    (void)state;
    c.nobody = true;
    check_basics();
    assert_true(has(STK_LAYER_UNROOT));
}

static void
test_lockdown__denied_calls_are_named_in_order(void **state)
{
    static const char *const texts[] = {
        "openat(AT_FDCWD, ..., O_RDONLY)",
        NULL, /* stat(2) by the name that its C library likes */
        "socket(AF_INET, SOCK_STREAM, 0)",
    };

    (void)state;
    check_basics();
    if (!has(STK_LAYER_NOTIFY))
        unit_skip(out.report.layers[STK_LAYER_NOTIFY].reason);
    assert_true(out.notified);
    assert_int_equal(out.n_denials, UNIT_COUNT(basics) - 1);
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        if (texts[i])
            assert_string_equal(out.denials[i].text, texts[i]);
    for (size_t i = 0; i < out.n_denials; i++)
        assert_int_equal(out.denials[i].count, i + 1);
}

/* ---- every call -----------------------------------------------------------
 */

#define CALLS_MAX 600 /* more than any architecture has */

static bool
is_of_compute(long number)
{
    size_t n;
    const stk_call_rule *rules = stk_syscalls_rules(&n);

    for (size_t i = 0; i < n; i++)
        if (rules[i].group == STK_CALLS_COMPUTE && rules[i].number == number)
            return true;
    return false;
}

/* The kernel's own trampolines for probes: from anywhere else they are an
 * illegal instruction, whatever a filter says. */
static bool
is_probe(long number)
{
#ifdef __x86_64__
    return number == 335 || number == 336;
#else
    return number < 0;
#endif
}

static long
try_all(long a, long b)
{
    for (long nr = 0; nr < CALLS_MAX; nr++)
        if (!is_of_compute(nr) && !is_probe(nr) &&
            (syscall(nr, a, b, a, b, a, b) != -1 || errno != EPERM))
            return nr;
    return -1;
}

static long
try_all_zero(void)
{
    return try_all(0, 0);
}

static long
try_all_socket(void)
{
    return try_all(STK_WORKER_FD, STK_WORKER_FD);
}

static long
try_all_minus_one(void)
{
    return try_all(-1, 1);
}

static const confined_fn every_call[] = { try_all_zero, try_all_socket,
                                          try_all_minus_one };

static void
check_every_call(void)
{
    run(every_call, UNIT_COUNT(every_call));
    for (size_t i = 0; i < out.n; i++)
        assert_int_equal(out.results[i], -1);
}

static void
test_lockdown__every_other_call_is_denied(void **state)
{
    (void)state;
    c.cripple = lack_notify; /* 1800 denials are the quiet filter's */
    check_every_call();
    assert_false(has(STK_LAYER_NOTIFY));
    assert_false(out.notified);
}

static long
try_receive_other(void)
{
    char byte;

    return confined_errno(
        syscall(SYS_recvfrom, 0x100000003, &byte, 1, MSG_DONTWAIT, 0, 0));
}

static long
try_send_elsewhere(void)
{
    struct sockaddr at = { .sa_family = AF_UNIX };

    return confined_errno(sendto(3, "", 0, 0, &at, sizeof at));
}

static long
try_advise(void)
{
    return confined_errno(syscall(SYS_madvise, 0, 0, 12 /* MADV_MERGEABLE */));
}

static void
test_lockdown__arguments_are_checked_too(void **state)
{
    static const confined_fn attempts[] = { try_receive_other,
                                            try_send_elsewhere, try_advise,
                                            try_exec_memory };

    (void)state;
    run(attempts, UNIT_COUNT(attempts));
    for (size_t i = 0; i < out.n; i++)
        assert_int_equal(out.results[i], -EPERM);
}

/* ---- threads ---------------------------------------------------------------
 */

static void *
wait_a_little(void *payload)
{
    struct timespec little = { 0, 50000000 };

    nanosleep(&little, NULL);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &little, NULL);
    return payload;
}

/* How many of six threads there can be at once. */
static long
count_threads(void)
{
    pthread_t threads[6];
    pthread_attr_t small;
    long n = 0;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    while (n < 6 &&
           pthread_create(&threads[n], &small, wait_a_little, NULL) == 0)
        n++;
    for (long i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return n;
}

/* Since Linux 5.14. */
static bool
counts_alone(void)
{
    struct utsname name;
    int major = 0, minor = 0;

    return uname(&name) == 0 &&
           sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 14));
}

static void
test_lockdown__threads_are_as_many_as_processes_says(void **state)
{
    static const confined_fn attempts[] = { count_threads, try_fork };

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    unit_skip("the sanitizer makes more system calls for a thread");
#endif
    set("syscalls", "@threads @time");
    set("processes", "4");
    for (int nobody = 0; nobody < 2; nobody++) {
        c.nobody = nobody;
        run(attempts, UNIT_COUNT(attempts));
        /* elsewhere all of that user's are counted: there may be none */
        if (has(STK_LAYER_USER) && has(STK_LAYER_UNROOT) && counts_alone())
            assert_int_equal(out.results[0], 3);
        assert_int_equal(out.results[1], -EPERM);
    }
}

static void
test_lockdown__there_are_no_threads_without_the_group(void **state)
{
    static const confined_fn attempts[] = { count_threads };

    (void)state;
    run(attempts, UNIT_COUNT(attempts));
    assert_int_equal(out.results[0], 0);
}

static void
test_lockdown__a_process_with_threads_is_refused(void **state)
{
    stk_filter filter = STK_FILTER_INIT;
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_locking what = { &c.profile, &filter, -1, -1 };
    stk_error err = STK_ERROR_INIT;
    confined_thread thread;

    (void)state;
    assert_true(confined_thread_start(&thread));
    assert_int_equal(stk_lockdown(&what, &report, &err), -STK_E_STATE);
    confined_thread_end(&thread);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
}

static void
test_lockdown__a_profile_without_a_name_is_none(void **state)
{
    stk_profile none;
    stk_filter filter = STK_FILTER_INIT;
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_locking what = { &none, &filter, -1, -1 };
    stk_error err = STK_ERROR_INIT;

    (void)state;
    memset(&none, 0, sizeof none);
    assert_int_equal(stk_lockdown(&what, &report, &err), -STK_E_INVALID);
}

/* ---- files ----------------------------------------------------------------
 */

static char folder[PATH_MAX];

static long
try_read_in(void)
{
    return confined_open(folder, "in", O_RDONLY | O_DIRECTORY);
}

static long
try_write_in(void)
{
    return confined_open(folder, "in/new", O_WRONLY | O_CREAT);
}

static long
try_write_out(void)
{
    return confined_open(folder, "out/new", O_WRONLY | O_CREAT);
}

static long
try_other(void)
{
    return confined_open(folder, "other", O_RDONLY);
}

static void
make_folder(const char *name)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(chmod(path, 0777), 0);
}

static void
set_folder(const char *key, const char *name)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    set(key, path);
}

static const confined_fn files[] = { try_read_in, try_write_in, try_write_out,
                                     try_other, try_open_passwd };

static void
prepare_files(void **state)
{
    assert_int_equal(begin(state), 0);
    snprintf(folder, sizeof folder, "%s", (char *)*state);
    assert_int_equal(chmod(folder, 0755), 0);
    make_folder("in");
    make_folder("out");
    make_folder("other");
    set("syscalls", "@files-write");
    set_folder("read", "in");
    set_folder("write", "out");
}

static void
check_files(void)
{
    run(files, UNIT_COUNT(files));
    assert_int_equal(out.results[0], 0);
    assert_true(out.results[1] < 0);
    assert_int_equal(out.results[2], 0);
    assert_true(out.results[3] < 0);
    assert_true(out.results[4] < 0);
}

static void
test_lockdown__files_by_landlock_and_the_root(void **state)
{
    prepare_files(state);
    check_files();
    c.nobody = true;
    check_files();
}

static void
test_lockdown__files_by_landlock_alone(void **state)
{
    prepare_files(state);
    c.namespaces = false;
    if (stk_landlock_abi() == 0)
        unit_skip("this machine has no Landlock");
    check_files();
    assert_int_equal(out.results[1], -EACCES);
    assert_int_equal(out.results[4], -EACCES);
}

static void
test_lockdown__files_by_the_root_alone(void **state)
{
    prepare_files(state);
    c.cripple = lack_landlock;
    if (!confined_run(&out, &c, files, UNIT_COUNT(files)) ||
        out.code == -STK_E_UNSUPPORTED)
        unit_skip("this machine has no mount namespaces");
    check_files();
    assert_int_equal(out.results[1], -EROFS);
    assert_int_equal(out.results[4], -ENOENT);
    assert_string_equal(out.report.layers[STK_LAYER_LANDLOCK].reason,
                        "landlock_create_ruleset: Function not implemented");
}

/* ---- the end of others -----------------------------------------------------
 */

static long
sleep_on(void)
{
    struct timespec long_time = { 60, 0 };

    return clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL);
}

/* Until the other end is gone; false when it is not, in time. */
static bool
await_hang_up(int sock)
{
    struct pollfd waiting = { sock, 0, 0 };

    return poll(&waiting, 1, CONFINED_WAIT) == 1 && waiting.revents & POLLHUP;
}

static void
check_death(int signal_number)
{
    static const confined_fn attempts[] = { sleep_on };
    stk_error err = STK_ERROR_INIT;
    int ends[2], listener = -1, status;
    pid_t zygote;

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    zygote = fork();
    assert_true(zygote >= 0);
    if (zygote == 0) {
        close(ends[0]);
        confined_zygote(&c, ends[1], attempts, 1);
    }
    close(ends[1]);
    assert_int_equal(
        stk_lockdown_receive(&listener, ends[0], CONFINED_WAIT, &err), 0);
    assert_int_equal(kill(zygote, signal_number), 0);
    assert_int_equal(waitpid(zygote, &status, 0), zygote);
    /* the worker is the last who has the other end open */
    assert_true(await_hang_up(ends[0]));
    close(ends[0]);
    if (listener >= 0)
        close(listener);
}

static void
test_lockdown__a_worker_dies_with_who_forked_it(void **state)
{
    (void)state;
    check_death(SIGKILL);
    c.namespaces = false;
    check_death(SIGKILL);
}

static void
test_lockdown__as_an_ordinary_user_too(void **state)
{
    (void)state;
    c.nobody = true;
    check_death(SIGKILL);
}

/* ---- the host's end --------------------------------------------------------
 */

static void
test_receive__another_message_is_refused(void **state)
{
    stk_error err = STK_ERROR_INIT;
    int ends[2], listener = -2;

    (void)state;
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(stk_lockdown_receive(&listener, ends[0], 10, &err),
                     -STK_E_IO);
    assert_int_equal(send(ends[1], "X", 1, 0), 1);
    assert_int_equal(stk_lockdown_receive(&listener, ends[0], 10, &err),
                     -STK_E_INVALID);
    assert_int_equal(send(ends[1], "LL", 2, 0), 2);
    assert_int_equal(stk_lockdown_receive(&listener, ends[0], 10, &err),
                     -STK_E_INVALID);
    assert_int_equal(send(ends[1], "L", 1, 0), 1);
    assert_int_equal(stk_lockdown_receive(&listener, ends[0], 10, &err), 0);
    assert_int_equal(listener, -1);
    close(ends[1]);
    assert_int_equal(stk_lockdown_receive(&listener, ends[0], 10, &err),
                     -STK_E_IO);
    close(ends[0]);
}

/* Sends two descriptors where one is wanted: the ends of a pipe. */
static void
send_two(int sock)
{
    char byte = STK_LOCKDOWN_HELLO;
    struct iovec data = { &byte, 1 };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } beside = { .bytes = "" };
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = beside.bytes,
                              .msg_controllen = sizeof beside.bytes };
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    beside.header.cmsg_level = SOL_SOCKET;
    beside.header.cmsg_type = SCM_RIGHTS;
    beside.header.cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(&beside.header), fds, sizeof fds);
    assert_int_equal(sendmsg(sock, &message, 0), 1);
    close(fds[0]);
    close(fds[1]);
}

static void
test_receive__more_descriptors_than_one_are_closed(void **state)
{
    stk_error err = STK_ERROR_INIT;
    int ends[2], listener = -2, before, after;

    (void)state;
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    before = dup(ends[0]);
    close(before);
    send_two(ends[1]);
    assert_int_equal(stk_lockdown_receive(&listener, ends[0], 10, &err),
                     -STK_E_INVALID);
    assert_int_equal(listener, -2);
    after = dup(ends[0]); /* the lowest that is free, as before */
    close(after);
    assert_int_equal(after, before);
    close(ends[0]);
    close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_lockdown__computes_and_nothing_else),
        CASE(test_lockdown__the_same_for_an_ordinary_user),
        CASE(test_lockdown__denied_calls_are_named_in_order),
        CASE(test_lockdown__every_other_call_is_denied),
        CASE(test_lockdown__arguments_are_checked_too),
        CASE(test_lockdown__threads_are_as_many_as_processes_says),
        CASE(test_lockdown__there_are_no_threads_without_the_group),
        CASE(test_lockdown__a_process_with_threads_is_refused),
        CASE(test_lockdown__a_profile_without_a_name_is_none),
        unit_test_in_folder(test_lockdown__files_by_landlock_and_the_root),
        unit_test_in_folder(test_lockdown__files_by_landlock_alone),
        unit_test_in_folder(test_lockdown__files_by_the_root_alone),
        CASE(test_lockdown__a_worker_dies_with_who_forked_it),
        CASE(test_lockdown__as_an_ordinary_user_too),
        CASE(test_receive__another_message_is_refused),
        CASE(test_receive__more_descriptors_than_one_are_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
