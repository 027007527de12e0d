/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/namespaces.c: a world of its own alone, without any other layer. */
#include "sandbox/namespaces.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/utsname.h>

#include "confined.h"

static stk_profile profile;
static stk_sandbox_report *report; /* shared with the children */
static bool nobody, ahead;

static int
begin(void **state)
{
    (void)state;
    nobody = ahead = false;
    stk_profile_init(&profile, "p");
    report = confined_share(sizeof *report);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    return munmap(report, sizeof *report);
}

/* Neither who made them nor what was open is there any more. */
static int
join(stk_namespaces *made)
{
    stk_error err = STK_ERROR_INIT;
    int r;

    if (waitpid(-1, NULL, __WALL) != -1)
        _exit(8);
    r = stk_namespaces_join(made, &profile, report, &err);
    for (unsigned i = 0; i < STK_NAMESPACES_AHEAD; i++)
        if (made->fds[i] >= 0)
            _exit(8);
    return r;
}

static void
enter(void *payload)
{
    stk_namespaces made = STK_NAMESPACES_INIT;
    stk_error err = STK_ERROR_INIT;
    int r;

    (void)payload;
    if (nobody)
        confined_become_nobody();
    if (ahead)
        stk_namespaces_make(&made, &profile);
    r = ahead ? join(&made) : stk_namespaces_enter(&profile, report, &err);
    if (r < 0)
        _exit(9);
}

static long
inside(confined_fn try)
{
    return confined_try(enter, NULL, try);
}

/* The machine, as it is seen by root or whoever we are, then by nobody. */
static void
need(bool as_nobody, enum stk_layer layer)
{
    nobody = as_nobody;
    inside(try_getpid);
    if (report->layers[layer].state != STK_LAYER_ACTIVE)
        unit_skip(report->layers[layer].reason);
}

static long
try_connect_out(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(9),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return confined_errno(connect(fd, (struct sockaddr *)&at, sizeof at));
}

static long
try_make_file(void)
{
    return confined_errno(open("/new", O_CREAT | O_WRONLY, 0600));
}

static long
try_host_name(void)
{
    struct utsname name;

    return uname(&name) == 0 && !strcmp(name.nodename, "sandbox") ? 0 : -1;
}

static int shared_key;

static long
try_shared_memory(void)
{
    return confined_errno(shmget(shared_key, 4096, 0));
}

static long
try_unmount(void)
{
    return confined_errno(umount2("/", MNT_DETACH));
}

static long
try_work_folder(void)
{
    char path[64];

    return getcwd(path, sizeof path) && !strcmp(path, "/") ? 0 : -1;
}

static long
try_who(void)
{
    return (long)getuid();
}

/* As root and as nobody, made by another process and not. */
#define BOTH(body)                                                            \
    for (int as_nobody = 0; as_nobody < 2; as_nobody++)                       \
        for (int i = 0; i < 2; i++) {                                         \
            ahead = i;                                                        \
            body                                                              \
        }

static void
test_enter__the_root_is_empty_and_read_only(void **state)
{
    (void)state;
    BOTH({
        need(as_nobody, STK_LAYER_MOUNT);
        assert_int_equal(inside(try_open_passwd), -ENOENT);
        assert_int_equal(inside(try_stat_passwd), -ENOENT);
        assert_int_equal(inside(try_make_file), -EROFS);
        assert_int_equal(inside(try_work_folder), 0);
        assert_true(inside(try_unmount) < 0);
    });
}

static void
test_enter__there_is_no_network(void **state)
{
    (void)state;
    BOTH({
        need(as_nobody, STK_LAYER_NET);
        assert_int_equal(inside(try_connect_out), -ENETUNREACH);
    });
}

static void
test_enter__under_network_the_network_stays(void **state)
{
    (void)state;
    profile.calls |= STK_CALLS_NETWORK;
    for (int i = 0; i < 2; i++) {
        ahead = i;
        assert_int_equal(inside(try_connect_out), try_connect_out());
        assert_int_equal(report->layers[STK_LAYER_NET].state,
                         STK_LAYER_UNUSED);
    }
}

static void
test_enter__the_host_has_no_name(void **state)
{
    (void)state;
    BOTH({
        need(as_nobody, STK_LAYER_UTS);
        assert_int_equal(inside(try_host_name), 0);
    });
}

static void
test_enter__shared_memory_is_not_the_machines(void **state)
{
    int id;

    (void)state;
    shared_key = 0x57000000 | (getpid() & 0xFFFFFF);
    need(false, STK_LAYER_IPC);
    id = shmget(shared_key, 4096, IPC_CREAT | IPC_EXCL | 0600);
    if (id < 0)
        unit_skip("this machine has no shared memory");
    assert_int_equal(inside(try_shared_memory), -ENOENT);
    assert_int_equal(shmctl(id, IPC_RMID, NULL), 0);
}

static void
test_enter__an_ordinary_user_stays_who_he_is(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        ahead = i;
        need(true, STK_LAYER_USER);
        assert_int_equal(inside(try_who),
                         geteuid() == 0 ? CONFINED_NOBODY : (long)geteuid());
    }
}

static void
try_map_nobody(void *payload)
{
    enter(payload);
    if (geteuid() == 0 &&
        setresuid(CONFINED_NOBODY, CONFINED_NOBODY, CONFINED_NOBODY) < 0)
        _exit(8);
}

static void
test_enter__root_can_become_nobody_inside(void **state)
{
    (void)state;
    if (geteuid() != 0)
        unit_skip("not root");
    for (int i = 0; i < 2; i++) {
        ahead = i;
        need(false, STK_LAYER_USER);
        assert_int_equal(confined_try(try_map_nobody, NULL, try_who),
                         CONFINED_NOBODY);
    }
}

/* ---- machines that lack something --------------------------------------- */

static void
lack_unshare(void *payload)
{
    static const int calls[] = { SCMP_SYS(unshare) };

    confined_take_away(calls, 1, *(int *)payload);
    enter(NULL);
}

static void
test_enter__without_namespaces_nothing_changes_and_it_is_told(void **state)
{
    static int numbers[] = { EPERM, ENOSPC, ENOSYS };
    static const enum stk_layer layers[] = { STK_LAYER_USER, STK_LAYER_MOUNT,
                                             STK_LAYER_NET, STK_LAYER_IPC,
                                             STK_LAYER_UTS };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        char reason[STK_LAYER_REASON_MAX];

        snprintf(reason, sizeof reason, "unshare: %s", strerror(numbers[i]));
        assert_int_equal(
            confined_try(lack_unshare, &numbers[i], try_stat_passwd), 0);
        for (size_t j = 0; j < UNIT_COUNT(layers); j++)
            assert_string_equal(report->layers[layers[j]].reason, reason);
    }
}

/* As AppArmor does on some machines: unshare(2) is fine, mount(2) is not. */
static void
lack_mount(void *payload)
{
    static const int calls[] = { SCMP_SYS(mount) };

    (void)payload;
    confined_take_away(calls, 1, EACCES);
    enter(NULL);
}

static void
test_enter__a_root_that_cannot_be_changed_is_told(void **state)
{
    (void)state;
    need(false, STK_LAYER_MOUNT);
    assert_int_equal(confined_try(lack_mount, NULL, try_stat_passwd), 0);
    assert_int_equal(report->layers[STK_LAYER_MOUNT].state, STK_LAYER_ABSENT);
    assert_string_equal(report->layers[STK_LAYER_MOUNT].reason,
                        "mount: Permission denied");
    assert_int_equal(report->layers[STK_LAYER_USER].state, STK_LAYER_ACTIVE);
}

/* ---- made ahead ------------------------------------------------------- */

static void
make_and_lack(void *payload)
{
    static const int calls[] = { SCMP_SYS(unshare) };
    stk_namespaces made;

    (void)payload;
    stk_namespaces_make(&made, &profile);
    confined_take_away(calls, 1, EPERM);
    if (join(&made) < 0)
        _exit(9);
}

static void
test_join__they_are_those_that_the_other_process_made(void **state)
{
    static const enum stk_layer layers[] = { STK_LAYER_USER, STK_LAYER_NET,
                                             STK_LAYER_IPC, STK_LAYER_UTS };

    (void)state;
    need(false, STK_LAYER_USER);
    need(false, STK_LAYER_NET);
    assert_int_equal(confined_try(make_and_lack, NULL, try_host_name), 0);
    for (size_t i = 0; i < UNIT_COUNT(layers); i++)
        assert_int_equal(report->layers[layers[i]].state, STK_LAYER_ACTIVE);
    /* that one is the caller's own */
    assert_int_equal(report->layers[STK_LAYER_MOUNT].state, STK_LAYER_ABSENT);
    assert_int_equal(confined_try(make_and_lack, NULL, try_connect_out),
                     -ENETUNREACH);
}

static void
make_and_close(void *payload)
{
    stk_namespaces made;

    (void)payload;
    stk_namespaces_make(&made, &profile);
    close(made.fds[1]);
    made.fds[1] = -1;
    if (join(&made) < 0)
        _exit(9);
}

static void
lack_setns(void *payload)
{
    static const int calls[] = { SCMP_SYS(setns) };
    stk_namespaces made;

    (void)payload;
    confined_take_away(calls, 1, EPERM);
    stk_namespaces_make(&made, &profile);
    if (join(&made) < 0)
        _exit(9);
}

static void
test_join__what_it_could_not_make_is_entered_one_by_one(void **state)
{
    static void (*const hows[])(void *) = { make_and_close, lack_setns };

    (void)state;
    need(false, STK_LAYER_MOUNT);
    need(false, STK_LAYER_NET);
    for (size_t i = 0; i < UNIT_COUNT(hows); i++) {
        memset(report, 0, sizeof *report);
        assert_int_equal(confined_try(hows[i], NULL, try_stat_passwd),
                         -ENOENT);
        assert_int_equal(report->layers[STK_LAYER_NET].state,
                         STK_LAYER_ACTIVE);
        assert_int_equal(confined_try(hows[i], NULL, try_connect_out),
                         -ENETUNREACH);
    }
}

/* ---- threads --------------------------------------------------------------
 */

static void
test_enter__a_process_with_threads_is_refused(void **state)
{
    stk_error err = STK_ERROR_INIT;
    confined_thread thread;

    (void)state;
    assert_true(confined_thread_start(&thread));
    assert_int_equal(stk_namespaces_enter(&profile, report, &err),
                     -STK_E_STATE);
    assert_string_equal(err.message,
                        "a process with threads cannot be locked down");
    confined_thread_end(&thread);
    assert_int_equal(try_stat_passwd(), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_enter__the_root_is_empty_and_read_only),
        CASE(test_enter__there_is_no_network),
        CASE(test_enter__under_network_the_network_stays),
        CASE(test_enter__the_host_has_no_name),
        CASE(test_enter__shared_memory_is_not_the_machines),
        CASE(test_enter__an_ordinary_user_stays_who_he_is),
        CASE(test_enter__root_can_become_nobody_inside),
        CASE(test_enter__without_namespaces_nothing_changes_and_it_is_told),
        CASE(test_enter__a_root_that_cannot_be_changed_is_told),
        CASE(test_join__they_are_those_that_the_other_process_made),
        CASE(test_join__what_it_could_not_make_is_entered_one_by_one),
        CASE(test_enter__a_process_with_threads_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
