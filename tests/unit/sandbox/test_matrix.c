/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each layer stops alone, as an ordinary user: the table of SECURITY.md,
 * tried. `test_sandbox_matrix --table` prints it.
 */
#include <netinet/in.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/un.h>
#include <sys/utsname.h>

#include "sandbox/landlock.h"
#include "sandbox/limits.h"

#include "confined.h"

enum column { NOTHING = -1, LIMITS, LANDLOCK, NAMESPACES, SECCOMP, COLUMNS };

static const char *const titles[COLUMNS] = { "rlimits", "Landlock",
                                             "namespaces", "seccomp" };

/* What there is outside, made before anything is tried. */
static struct outside {
    char folder[128], file[160], socket[160], abstract[64], host[65];
    pid_t process;
    uint16_t port;
    int key;
} outside;

/* What a try came to: all have it, and no filter stands before it. */
static long *result;

/* ---- attempts ------------------------------------------------------------
 */

static long
try_read_file(void)
{
    return confined_errno(open("/etc/passwd", O_RDONLY));
}

static long
try_make_file(void)
{
    return confined_errno(open(outside.file, O_CREAT | O_WRONLY, 0600));
}

static long
connect_to(int domain, int type, const void *address, size_t size)
{
    int fd = socket(domain, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    return confined_errno(connect(fd, address, (socklen_t)size));
}

static long
connect_inet(int type)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(outside.port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    return connect_to(AF_INET, type, &at, sizeof at);
}

static long
try_tcp(void)
{
    return connect_inet(SOCK_STREAM);
}

static long
try_udp(void)
{
    return connect_inet(SOCK_DGRAM);
}

static long
connect_unix(const char *path, bool abstract)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    memcpy(at.sun_path + abstract, path, strlen(path));
    return connect_to(AF_UNIX, SOCK_STREAM, &at,
                      abstract ? offsetof(struct sockaddr_un, sun_path) + 1 +
                                     strlen(path)
                               : sizeof at);
}

static long
try_unix(void)
{
    return connect_unix(outside.socket, false);
}

static long
try_abstract(void)
{
    return connect_unix(outside.abstract, true);
}

static long
try_signal(void)
{
    return confined_errno(kill(outside.process, 0));
}

static long
try_shared_memory(void)
{
    return confined_errno(shmget(outside.key, 1, 0));
}

static long
try_host_name(void)
{
    struct utsname name;

    return uname(&name) == 0 && !strcmp(name.nodename, outside.host) ? 0 : -1;
}

static long
try_memfd(void)
{
    return confined_errno(syscall(SYS_memfd_create, "x", 0));
}

static long
try_large_memory(void)
{
    void *at = mmap(NULL, 1ul << 30, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return at == MAP_FAILED ? -errno : 0;
}

static long
try_many_files(void)
{
    for (int i = 0; i < 20; i++)
        if (fcntl(2, F_DUPFD, 0) < 0)
            return -errno;
    return 0;
}

static long
try_rename(void)
{
    return confined_errno(syscall(SYS_prctl, PR_SET_NAME, "other"));
}

/* ---- the table ------------------------------------------------------------
 */

static const struct row {
    const char *what;
    confined_fn try;
    bool stops[COLUMNS];
} rows[] = {
    { "read a file", try_read_file, { false, true, true, true } },
    { "make a file", try_make_file, { false, true, true, true } },
    { "see that a file is there",
      try_stat_passwd,
      { false, false, true, true } },
    { "connect by TCP", try_tcp, { false, true, true, true } },
    { "send by UDP", try_udp, { false, false, true, true } },
    { "connect to a socket in the file system",
      try_unix,
      { false, false, true, true } },
    { "connect to an abstract socket",
      try_abstract,
      { false, true, true, true } },
    { "signal a process of the same user",
      try_signal,
      { false, true, true, true } },
    { "attach to shared memory of others",
      try_shared_memory,
      { false, false, true, true } },
    { "learn the name of the host",
      try_host_name,
      { false, false, true, true } },
    { "start a process", try_fork, { true, false, false, true } },
    { "make memory executable",
      try_exec_memory,
      { false, false, false, true } },
    { "make a file in memory", try_memfd, { false, false, false, true } },
    { "rename itself", try_rename, { false, false, false, true } },
    { "take a gigabyte", try_large_memory, { true, false, false, false } },
    { "open 20 files more", try_many_files, { true, false, false, true } },
};

static void
print_table(void)
{
    printf("| attempt |");
    for (int i = 0; i < COLUMNS; i++)
        printf(" %s |", titles[i]);
    printf("\n| --- |");
    for (int i = 0; i < COLUMNS; i++)
        printf(" --- |");
    puts("");
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        printf("| %s |", rows[i].what);
        for (int j = 0; j < COLUMNS; j++)
            printf(" %s |", rows[i].stops[j] ? "stops it" : "-");
        puts("");
    }
}

/* ---- one cell -------------------------------------------------------------
 */

static void
apply(enum column column, stk_sandbox_report *report)
{
    stk_filter filter = STK_FILTER_INIT;
    stk_profile profile;
    int r = 0;

    stk_profile_init(&profile, "p");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (column == LIMITS)
        r = stk_limits_resources(&profile, report, NULL);
    else if (column == LANDLOCK)
        r = stk_landlock_restrict(&profile, report, NULL);
    else if (column == NAMESPACES)
        r = stk_namespaces_enter(&profile, report, NULL);
    else if (column == SECCOMP &&
             (r = stk_filter_build(&filter, &profile, NULL)) == 0)
        r = stk_filter_load(&filter, NULL, report, NULL);
    if (r < 0)
        syscall(SYS_exit_group, 1);
}

static void
run_cell(enum column column, confined_fn try)
{
    static stk_sandbox_report report;
    stk_child child = STK_CHILD_INIT;
    int status;

    alarm(120);
    confined_become_nobody();
    apply(column, &report);
    /* who enters a pid namespace is its first child */
    if (column == NAMESPACES && stk_spawn_fork(&child, true, NULL) != 0) {
        if (child.pid)
            stk_child_wait(&child, CONFINED_WAIT, &status, NULL);
        syscall(SYS_exit_group, 0);
    }
    *result = try();
    syscall(SYS_exit_group, 0);
}

static long
cell(enum column column, confined_fn try)
{
    int status;
    pid_t pid;

    *result = CONFINED_DIED;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        run_cell(column, try);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return *result;
}

/* ---- what is outside ------------------------------------------------------
 */

static int
listen_on(int domain, const void *address, size_t size)
{
    int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, address, (socklen_t)size) < 0 || listen(fd, 64) < 0)
        return -1;
    return fd;
}

static int
listen_unix(const char *path, bool abstract)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    memcpy(at.sun_path + abstract, path, strlen(path));
    return listen_on(AF_UNIX, &at,
                     abstract ? offsetof(struct sockaddr_un, sun_path) + 1 +
                                    strlen(path)
                              : sizeof at);
}

static int
listen_tcp(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int fd = listen_on(AF_INET, &at, sizeof at);

    if (fd >= 0 && getsockname(fd, (struct sockaddr *)&at, &size) == 0)
        outside.port = ntohs(at.sin_port);
    return fd;
}

static pid_t
start_process(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        confined_become_nobody();
        for (;;)
            pause();
    }
    return pid;
}

static int servers[3], segment;

static void
make_outside(const char *folder)
{
    struct utsname name;

    snprintf(outside.folder, sizeof outside.folder, "%s", folder);
    chmod(folder, 0777);
    snprintf(outside.file, sizeof outside.file, "%s/new", outside.folder);
    snprintf(outside.socket, sizeof outside.socket, "%s/s", outside.folder);
    snprintf(outside.abstract, sizeof outside.abstract, "stk-unit-%d",
             (int)getpid());
    uname(&name);
    snprintf(outside.host, sizeof outside.host, "%s", name.nodename);
    outside.key = 0x58000000 | (getpid() & 0xFFFFFF);
    segment = shmget(outside.key, 4096, IPC_CREAT | IPC_EXCL | 0666);
    servers[0] = listen_unix(outside.socket, false);
    servers[1] = listen_unix(outside.abstract, true);
    servers[2] = listen_tcp();
    chmod(outside.socket, 0777);
    outside.process = start_process();
}

static void
end_outside(void)
{
    int status;

    for (size_t i = 0; i < UNIT_COUNT(servers); i++)
        close(servers[i]);
    shmctl(segment, IPC_RMID, NULL);
    kill(outside.process, SIGKILL);
    waitpid(outside.process, &status, 0);
}

/* ---- the tests ------------------------------------------------------------
 */

static int
begin(void **state)
{
    result = confined_share(sizeof *result);
    if (unit_folder_make(state) < 0)
        return -1;
    make_outside(*state);
    return 0;
}

static int
end(void **state)
{
    end_outside();
    munmap(result, sizeof *result);
    return unit_folder_remove(state);
}

/* Where the machine refuses it anyway, nothing is learnt of the layer. */
static bool
is_possible(const struct row *row)
{
    if (cell(NOTHING, row->try) >= 0)
        return true;
    print_message("this machine does not let anybody %s: %ld\n", row->what,
                  *result);
    return false;
}

static void
check_column(enum column column)
{
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        long got;

        unlink(outside.file);
        if (!is_possible(&rows[i]))
            continue;
        unlink(outside.file);
        got = cell(column, rows[i].try);
        if (got == CONFINED_DIED || (got < 0) != rows[i].stops[column])
            fail_msg("%s: %s: %ld", titles[column], rows[i].what, got);
    }
}

static void
test_matrix__rlimits_alone(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    unit_skip("the sanitizer's own memory is larger than any limit");
#endif
    check_column(LIMITS);
}

static void
test_matrix__landlock_alone(void **state)
{
    (void)state;
    if (stk_landlock_abi() < 6)
        unit_skip("this machine's Landlock is older than ABI 6");
    check_column(LANDLOCK);
}

static void
test_matrix__namespaces_alone(void **state)
{
    (void)state;
    if (cell(NAMESPACES, try_stat_passwd) != -ENOENT)
        unit_skip("this machine has no namespaces for an ordinary user");
    check_column(NAMESPACES);
}

static void
test_matrix__seccomp_alone(void **state)
{
    (void)state;
    check_column(SECCOMP);
}

static void
test_matrix__each_attempt_is_stopped_by_some_layer(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int n = 0;

        for (int j = 0; j < COLUMNS; j++)
            n += rows[i].stops[j];
        assert_true(n > 0);
    }
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CASE(test_matrix__rlimits_alone),
        CASE(test_matrix__landlock_alone),
        CASE(test_matrix__namespaces_alone),
        CASE(test_matrix__seccomp_alone),
        cmocka_unit_test(test_matrix__each_attempt_is_stopped_by_some_layer),
    };

    if (argc == 2 && !strcmp(argv[1], "--table")) {
        print_table();
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
