/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to the journal, played by a socket of our own under a /run that
 * nobody else sees.
 */
#include "audit/sink.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "scratch.h"

#define SKIPPED 77
#define SOCKET  "/run/systemd/journal/socket"

static int
own_run(void)
{
    if (own_mounts() < 0)
        return -1;
    return mount("none", "/run", "tmpfs", 0, "size=4m");
}

static int
start_journal(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (mkdir("/run/systemd", 0755) < 0 ||
        mkdir("/run/systemd/journal", 0755) < 0 ||
        bind(fd, (void *)&address, sizeof address) < 0)
        return -1;
    return fd;
}

/* Runs `body` with a /run of its own; skips where that cannot be. */
static void
under_own_run(int (*body)(void *))
{
    int code = in_child(body, NULL);

    if (code == SKIPPED) {
        unit_skip("no file system can be mounted here");
    }
    assert_int_equal(code, 0);
}

/* A field of the native protocol whose value has no newline. */
static bool
has_field(const char *got, const char *field)
{
    char wanted[512];
    size_t n = (size_t)snprintf(wanted, sizeof wanted, "\n%s\n", field);

    return !strncmp(got, wanted + 1, n - 1) || strstr(got, wanted);
}

static int
write_one(void *payload)
{
    char got[8192];
    stk_sink sink;
    int fd;
    ssize_t n;

    (void)payload;
    if (own_run() < 0)
        return SKIPPED;
    fd = start_journal();
    if (fd < 0 || stk_sink_open(&sink, "journal:", NULL) < 0 ||
        write_text(&sink, "{\"v\":1}", NULL) < 0)
        return 1;
    n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
    if (n < 0)
        return 2;
    got[n] = '\0';
    if (!has_field(got, "MESSAGE={\"v\":1}") ||
        !has_field(got, "SYSLOG_IDENTIFIER=stockade") ||
        !has_field(got, "PRIORITY=4"))
        return 3;
    if (!has_field(got, "STOCKADE_NAME=sqlite3.dbapi2") ||
        !has_field(got, "STOCKADE_IMPORTER=plugins.reports") ||
        !has_field(got, "STOCKADE_VERDICT=deny") ||
        !has_field(got, "STOCKADE_RULE=/etc/app/policy.ini:14"))
        return 4;
    stk_sink_close(&sink);
    return strstr(got, "STOCKADE_OBSERVE") || strstr(got, "CODE_FILE");
}

static void
test_write__sends_the_line_and_its_fields(void **state)
{
    (void)state;
    under_own_run(write_one);
}

static int
write_hostile(void *payload)
{
    size_t size = 100000;
    char *name = malloc(size + 1), *got = malloc(1 << 20), *at;
    stk_record record = ordinary_record();
    const char *spec = "journal:";
    stk_log *log;
    ssize_t n;
    int fd;

    (void)payload;
    if (own_run() < 0)
        return SKIPPED;
    memset(name, 'x', size);
    name[size] = '\0';
    memcpy(name, "a\nPRIORITY=0\n", 13);
    record.name = name;
    fd = start_journal();
    if (!got || fd < 0 || stk_log_open(&log, &spec, 1, NULL) < 0 ||
        stk_log_write(log, &record, NULL) < 0)
        return 1;
    n = recv(fd, got, 1 << 20, MSG_DONTWAIT);
    if (n < 200000)
        return 2;
    /* a value with newlines goes with its length before it */
    at = memmem(got, (size_t)n, "\nSTOCKADE_NAME\n\xa0\x86\x01\0\0\0\0\0a\n",
                25);
    /* the hash in the line, not the one that the next line will have */
    if (!memmem(got, (size_t)n, "STOCKADE_PREV=00000000", 22))
        return 3;
    stk_log_close(log, 0);
    free(got);
    free(name);
    return !at;
}

static void
test_write__a_hostile_name_adds_no_field(void **state)
{
    (void)state;
    under_own_run(write_hostile);
}

static int
lose_journal(void *payload)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    (void)payload;
    if (own_run() < 0)
        return SKIPPED;
    if (stk_sink_open(&sink, "journal:", &err) != -STK_E_UNSUPPORTED ||
        strcmp(err.message,
               "no journal listens on " SOCKET ": No such file or directory"))
        return 1;
    if (start_journal() < 0 || stk_sink_open(&sink, "journal:", &err) < 0 ||
        write_text(&sink, "one", &err) < 0)
        return 2;
    unlink(SOCKET);
    if (write_text(&sink, "two", &err) != -STK_E_AUDIT ||
        strcmp(err.message,
               "journal:: cannot write: No such file or directory"))
        return 3;
    stk_sink_close(&sink);
    return 0;
}

static void
test_open__a_journal_that_is_not_there_is_said(void **state)
{
    (void)state;
    under_own_run(lose_journal);
}

static void
test_open__takes_no_name(void **state)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    (void)state;
    assert_int_equal(stk_sink_open(&sink, "journal:x", &err), -STK_E_INVALID);
    assert_string_equal(
        err.message, "audit sink \"journal:x\": \"journal:\" takes no name");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write__sends_the_line_and_its_fields),
        cmocka_unit_test(test_write__a_hostile_name_adds_no_field),
        cmocka_unit_test(test_open__a_journal_that_is_not_there_is_said),
        cmocka_unit_test(test_open__takes_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
