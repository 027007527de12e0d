/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/lockdown.c: the whole sequence, on this machine and on worse. */
#include "sandbox/lockdown.h"

#include <pthread.h>
#include <time.h>

#include "sandbox/landlock.h"

#include "confined.h"

static confined c;
static confined_result out;

static int
begin(void **state)
{
    (void)state;
    confined_init(&c, NULL);
    stk_landlock_newest = STK_LANDLOCK_ANY;
    return 0;
}

static void
set(const char *key, const char *value)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_profile_set(&c.profile, key, value, &err) < 0)
        fail_msg("%s: %s", key, err.message);
}

/* Runs it; a lock-down that fails fails the test. */
static void
run(const confined_fn *attempts, size_t n)
{
    if (!confined_run(&out, &c, attempts, n))
        unit_skip("this machine lets nobody be another user");
    if (out.code)
        fail_msg("lock-down failed: %s", out.message);
    assert_int_equal(out.n, n);
    assert_true(WIFEXITED(out.status));
    assert_int_equal(WEXITSTATUS(out.status), 0);
}

static bool
has(enum stk_layer layer)
{
    return out.report.layers[layer].state == STK_LAYER_ACTIVE;
}

static const confined_fn basics[] = {
    try_plain_memory, try_open_passwd, try_stat_passwd, try_socket_inet,
    try_fork,         try_exec_memory, try_getpid,
};

static void
check_basics(void)
{
    run(basics, UNIT_COUNT(basics));
    assert_int_equal(out.results[0], 0);
    for (size_t i = 1; i < out.n; i++)
        assert_int_equal(out.results[i], -EPERM);
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        if (STK_LAYERS_MUST & STK_LAYER_BIT(i))
            assert_true(has((enum stk_layer)i));
}

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
lack_notify(void)
{
    /* NEW_LISTENER is the fourth bit of the flags: as on an old kernel */
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (!filter ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 1,
                         SCMP_A1(SCMP_CMP_MASKED_EQ, 8, 8)) < 0 ||
        seccomp_load(filter) < 0)
        _exit(CONFINED_SKIP);
    seccomp_release(filter);
}

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

static void
test_lockdown__threads_are_as_many_as_processes_says(void **state)
{
    static const confined_fn attempts[] = { count_threads, try_fork };

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    unit_skip("the sanitizer makes more system calls for a thread");
#endif
    c.nobody = true;
    set("syscalls", "@threads @time");
    set("processes", "4");
    run(attempts, UNIT_COUNT(attempts));
    if (has(STK_LAYER_USER))
        assert_int_equal(out.results[0], 3);
    assert_int_equal(out.results[1], -EPERM);
}

static void
test_lockdown__there_are_no_threads_without_the_group(void **state)
{
    static const confined_fn attempts[] = { count_threads };

    (void)state;
    run(attempts, UNIT_COUNT(attempts));
    assert_int_equal(out.results[0], 0);
}

static void *
wait_for_byte(void *payload)
{
    char byte;

    return read(*(int *)payload, &byte, 1) == 1 ? payload : NULL;
}

static void
test_lockdown__a_process_with_threads_is_refused(void **state)
{
    stk_filter filter = STK_FILTER_INIT;
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_locking what = { &c.profile, &filter, -1, -1 };
    stk_error err = STK_ERROR_INIT;
    pthread_t thread;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_byte, &ends[0]),
                     0);
    assert_int_equal(stk_lockdown(&what, &report, &err), -STK_E_STATE);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(ends[0]);
    close(ends[1]);
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
try_at(const char *name, int flags)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return confined_errno(syscall(SYS_openat, AT_FDCWD, path, flags, 0600)) < 0
               ? -errno
               : 0;
}

static long
try_read_in(void)
{
    return try_at("in", O_RDONLY | O_DIRECTORY);
}

static long
try_write_in(void)
{
    return try_at("in/new", O_WRONLY | O_CREAT);
}

static long
try_write_out(void)
{
    return try_at("out/new", O_WRONLY | O_CREAT);
}

static long
try_other(void)
{
    return try_at("other", O_RDONLY);
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
    c.namespaces = c.alone = false;
    if (stk_landlock_abi() == 0)
        unit_skip("this machine has no Landlock");
    check_files();
    assert_int_equal(out.results[1], -EACCES);
    assert_int_equal(out.results[4], -EACCES);
}

static void
lack_landlock(void)
{
    static const int calls[] = { SCMP_SYS(landlock_create_ruleset) };

    confined_take_away(calls, 1, ENOSYS);
}

static void
test_lockdown__files_by_the_root_alone(void **state)
{
    prepare_files(state);
    c.cripple = lack_landlock;
    if (!confined_run(&out, &c, files, UNIT_COUNT(files)) || out.code)
        unit_skip("this machine has no mount namespaces");
    check_files();
    assert_int_equal(out.results[1], -EROFS);
    assert_int_equal(out.results[4], -ENOENT);
    assert_string_equal(out.report.layers[STK_LAYER_LANDLOCK].reason,
                        "landlock_create_ruleset: Function not implemented");
}

/* ---- worse machines
 * ---------------------------------------------------------
 */

static void
lack_namespaces(void)
{
    static const int calls[] = { SCMP_SYS(unshare) };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    confined_take_away(calls, 1, EPERM);
    if (!filter ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                         SCMP_A0(SCMP_CMP_MASKED_EQ, 0x20000000, 0x20000000)) <
            0 ||
        seccomp_load(filter) < 0)
        _exit(CONFINED_SKIP);
    seccomp_release(filter);
}

static void
lack_both(void)
{
    lack_landlock();
    lack_namespaces();
}

static void
refused(const char *start)
{
    if (!confined_run(&out, &c, basics, UNIT_COUNT(basics)))
        unit_skip("this machine lets nobody be another user");
    assert_int_equal(out.code, -STK_E_UNSUPPORTED);
    assert_int_equal(out.n, 0);
    if (strncmp(out.message, start, strlen(start)))
        fail_msg("\"%s\" does not begin with \"%s\"", out.message, start);
}

static void
test_lockdown__without_namespaces_it_goes_on_and_says_so(void **state)
{
    (void)state;
    if (stk_landlock_abi() == 0)
        unit_skip("this machine has no Landlock");
    c.cripple = lack_namespaces;
    check_basics();
    assert_true(has(STK_LAYER_LANDLOCK));
    assert_false(has(STK_LAYER_USER) || has(STK_LAYER_PID) ||
                 has(STK_LAYER_MOUNT) || has(STK_LAYER_NET));
    assert_string_equal(out.report.layers[STK_LAYER_USER].reason,
                        "unshare: Operation not permitted");
    assert_string_equal(out.report.layers[STK_LAYER_PID].reason,
                        "it sees other processes");
}

static void
test_lockdown__namespaces_that_are_required_are_a_must(void **state)
{
    (void)state;
    c.cripple = lack_namespaces;
    set("require", "namespaces");
    if (stk_landlock_abi() == 0)
        unit_skip("this machine has no Landlock");
    refused("the profile strict requires user: unshare: Operation not "
            "permitted");
}

static void
test_lockdown__without_landlock_and_the_root_it_is_refused(void **state)
{
    (void)state;
    c.cripple = lack_both;
    refused("the profile strict requires landlock: landlock_create_ruleset: "
            "Function not implemented");
}

static void
test_lockdown__an_old_landlock_is_refused_where_ports_matter(void **state)
{
    (void)state;
    stk_landlock_newest = 3;
    if (stk_landlock_abi() != 3)
        unit_skip("this machine's Landlock is older still");
    set("syscalls", "@network");
    refused("the profile strict requires landlock_network: Landlock has ABI "
            "3, it came with 4");
    set("network", "443");
    refused("the profile strict requires landlock_network");
}

static void
test_lockdown__notify_that_is_required_is_a_must(void **state)
{
    (void)state;
    c.cripple = lack_notify;
    check_basics();
    assert_int_equal(out.n_denials, 0);
    assert_string_equal(out.report.layers[STK_LAYER_NOTIFY].reason,
                        "seccomp: Invalid argument");
    set("require", "notify");
    refused("the profile strict requires notify: seccomp: Invalid argument");
}

static void
lack_seccomp(void)
{
    static const int calls[] = { SCMP_SYS(seccomp) };

    confined_take_away(calls, 1, ENOSYS);
}

static void
test_lockdown__without_seccomp_nothing_runs(void **state)
{
    (void)state;
    c.cripple = lack_seccomp;
    refused("cannot load the filter of system calls: Function not "
            "implemented");
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

#define CASE(function) cmocka_unit_test_setup(function, begin)

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
        CASE(test_lockdown__without_namespaces_it_goes_on_and_says_so),
        CASE(test_lockdown__namespaces_that_are_required_are_a_must),
        CASE(test_lockdown__without_landlock_and_the_root_it_is_refused),
        CASE(test_lockdown__an_old_landlock_is_refused_where_ports_matter),
        CASE(test_lockdown__notify_that_is_required_is_a_must),
        CASE(test_lockdown__without_seccomp_nothing_runs),
        CASE(test_receive__another_message_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
