/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a process: order, threads, forks, kills, failures. */
#include <stockade/audit.h>

#include <pthread.h>
#include <signal.h>

#include "audit/chain.h"
#include "audit/read.h"
#include "scratch.h"

/* ---- reading what was written ----------------------------------------- */

typedef struct seen {
    stk_log_reader *reader;
    stk_record record;
    char hash[STK_HASH_HEX]; /* of the line itself */
    bool killed;             /* the last line may be torn */
} seen;

static bool
see(seen *at)
{
    stk_error err = STK_ERROR_INIT;
    const char *raw;
    size_t length;
    int result = stk_log_reader_next(at->reader, &at->record, &err);

    if (result < 0 && !(at->killed && stk_log_reader_cut(at->reader)))
        fail_msg("line %u: %s", (unsigned)err.line, err.message);
    if (result <= 0) {
        stk_log_reader_free(at->reader);
        return false;
    }
    raw = stk_log_reader_raw(at->reader, &length);
    stk_chain_hash(at->hash, raw, length);
    return true;
}

static seen
see_log(const char *path)
{
    seen at = { 0 };

    assert_int_equal(stk_log_reader_open(&at.reader, path, NULL), 0);
    return at;
}

static void
assert_sees(seen *at, uint64_t seq, const char *event, const char *prev)
{
    assert_true(see(at));
    assert_int_equal(at->record.seq, seq);
    assert_string_equal(at->record.event, event);
    assert_string_equal(at->record.prev, prev);
}

/* The process wrote 0, 1, 2 ... each naming the one before. */
typedef struct expected_chain {
    int64_t pid;
    uint64_t seq;
    char prev[STK_HASH_HEX];
    bool ended;
} expected_chain;

static size_t
assert_chains_of(seen at, expected_chain *chains, size_t most)
{
    size_t n = 0;

    while (see(&at)) {
        size_t i = 0;

        while (i < n && chains[i].pid != at.record.pid)
            i++;
        if (i == n) {
            assert_true(n++ < most);
            chains[i] = (expected_chain){ .pid = at.record.pid };
            strcpy(chains[i].prev, stk_hash_none);
        }
        assert_int_equal(at.record.seq, chains[i].seq++);
        assert_string_equal(at.record.prev, chains[i].prev);
        assert_false(chains[i].ended);
        chains[i].ended = !strcmp(at.record.event, "end");
        strcpy(chains[i].prev, at.hash);
    }
    return n;
}

static size_t
assert_chains(const char *path, expected_chain *chains, size_t most)
{
    return assert_chains_of(see_log(path), chains, most);
}

/* ---- tests ------------------------------------------------------------ */

static void
test_write__numbers_stamps_and_chains(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    char prev[STK_HASH_HEX];
    seen at;

    write_named(log, "one");
    write_named(log, "two");
    stk_log_close(log, 5);
    at = see_log(s->log);
    assert_sees(&at, 0, "import", stk_hash_none);
    assert_int_equal(at.record.pid, getpid());
    assert_int_equal(at.record.tid, gettid());
    assert_true(at.record.time > UINT64_C(1700000000000000));
    assert_string_equal(at.record.name, "one");
    strcpy(prev, at.hash);
    assert_sees(&at, 1, "import", prev);
    strcpy(prev, at.hash);
    assert_sees(&at, 2, "end", prev);
    assert_int_equal(at.record.count, 5);
    assert_null(at.record.error);
    assert_false(see(&at));
}

static void
test_write__long_records_are_written_too(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    char *name = malloc(100001);
    seen at;

    /* around the size of the buffer, and far beyond it */
    memset(name, '\n', 100000);
    for (size_t length = 3500; length <= 4200; length++) {
        name[length] = '\0';
        write_named(log, name);
        name[length] = '\n';
    }
    name[100000] = '\0';
    write_named(log, name);
    stk_log_close(log, 0);
    at = see_log(s->log);
    for (size_t length = 3500; length <= 4200; length++) {
        assert_true(see(&at));
        assert_int_equal(strlen(at.record.name), length);
    }
    assert_true(see(&at));
    assert_string_equal(at.record.name, name);
    assert_true(see(&at));
    assert_false(see(&at));
    free(name);
}

static void
test_write__keeps_errno(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log("file:/dev/full");
    stk_record record = ordinary_record();

    (void)s;
    errno = 42;
    assert_int_equal(stk_log_write(log, &record, NULL), -STK_E_AUDIT);
    assert_int_equal(errno, 42);
    stk_log_close(log, 0);
}

static void
test_open__all_sinks_or_none(void **state)
{
    scratch *s = *state;
    const char *sinks[] = { s->spec, "teleprinter:" };
    stk_error err = STK_ERROR_INIT;
    stk_log *log = NULL;

    assert_int_equal(stk_log_open(&log, sinks, 2, &err), -STK_E_INVALID);
    assert_string_equal(err.message,
                        "unknown audit sink \"teleprinter:\"; known are "
                        "file:PATH, syslog:, journal: and fd:N");
    assert_null(log);
    sinks[1] = s->log;
    assert_int_equal(stk_log_open(&log, sinks, 2, &err), -STK_E_INVALID);
    stk_log_close(NULL, 0);
}

static void
test_open__without_sinks_nothing_is_lost(void **state)
{
    stk_log *log = NULL;

    (void)state;
    assert_int_equal(stk_log_open(&log, NULL, 0, NULL), 0);
    write_named(log, "one");
    assert_int_equal(stk_log_lost(log), 0);
    stk_log_close(log, 0);
}

/* ---- records that are no lines ---------------------------------------- */

typedef struct kept {
    size_t n;
    uint64_t seq;
    int64_t pid, tid;
    bool timed, chained;
    char event[16], name[16];
} kept;

static void
keep_record(void *payload, const stk_record *record)
{
    kept *k = payload;

    k->n++;
    k->seq = record->seq;
    k->pid = record->pid;
    k->tid = record->tid;
    k->timed = record->time > 0;
    k->chained = record->prev != NULL;
    snprintf(k->event, sizeof k->event, "%s",
             record->event ? record->event : "import");
    snprintf(k->name, sizeof k->name, "%s", record->name ? record->name : "");
}

static void
count_lines(void *payload, const char *line, size_t length)
{
    assert_int_equal(line[length - 1], '}');
    ++*(unsigned *)payload;
}

static void
test_keep__without_a_sink_gets_records_and_the_tap_no_lines(void **state)
{
    stk_log *log = NULL;
    unsigned lines = 0;
    kept k = { 0 };

    (void)state;
    assert_int_equal(stk_log_open(&log, NULL, 0, NULL), 0);
    stk_log_set_tap(log, count_lines, &lines);
    write_named(log, "zero");
    assert_int_equal(lines, 1);
    stk_log_set_keep(log, keep_record, &k);
    write_named(log, "one");
    assert_int_equal(k.n, 1);
    assert_int_equal(k.seq, 1);
    assert_int_equal(k.pid, getpid());
    assert_int_equal(k.tid, gettid());
    assert_true(k.timed);
    assert_false(k.chained);
    assert_string_equal(k.name, "one");
    write_named(log, "two");
    assert_int_equal(k.seq, 2);
    assert_int_equal(lines, 1);
    assert_int_equal(stk_log_lost(log), 0);
    stk_log_close(log, 0);
    assert_int_equal(k.n, 3);
    assert_string_equal(k.event, "end");
}

static void
test_keep__with_a_sink_changes_nothing(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    unsigned lines = 0;
    kept k = { 0 };
    char prev[STK_HASH_HEX];
    seen at;

    stk_log_set_tap(log, count_lines, &lines);
    stk_log_set_keep(log, keep_record, &k);
    write_named(log, "one");
    stk_log_close(log, 0);
    assert_int_equal(lines, 2);
    assert_int_equal(k.n, 0);
    at = see_log(s->log);
    assert_sees(&at, 0, "import", stk_hash_none);
    strcpy(prev, at.hash);
    assert_sees(&at, 1, "end", prev);
    assert_false(see(&at));
}

static kept in_a_child;

static int
write_and_look(void *log)
{
    write_named(log, "child");
    /* its `start` and this one, of a count that begins again */
    return in_a_child.n == 3 && in_a_child.seq == 1 &&
                   in_a_child.pid == getpid()
               ? 0
               : 1;
}

static void
test_keep__a_child_begins_with_start(void **state)
{
    stk_log *log = NULL;

    (void)state;
    in_a_child = (kept){ 0 };
    assert_int_equal(stk_log_open(&log, NULL, 0, NULL), 0);
    stk_log_set_keep(log, keep_record, &in_a_child);
    write_named(log, "parent");
    assert_int_equal(in_child(write_and_look, log), 0);
    assert_int_equal(in_a_child.n, 1);
    stk_log_close(log, 0);
}

/* ---- failures --------------------------------------------------------- */

/* Descriptor 2 of the child goes to the scratch file. */
static int
lose_records(void *payload)
{
    scratch *s = payload;
    const char *sinks[] = { "file:/dev/full", "file:/dev/null" };
    stk_record record = ordinary_record();
    stk_error err = STK_ERROR_INIT;
    stk_log *log;
    int fd = open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0 || dup2(fd, 2) < 0 || stk_log_open(&log, sinks, 2, &err) < 0)
        return 1;
    for (int i = 0; i < 5; i++)
        if (stk_log_write(log, &record, &err) != -STK_E_AUDIT ||
            strcmp(err.message,
                   "file:/dev/full: cannot write: No space left on device"))
            return 2;
    if (stk_log_lost(log) != 5)
        return 3;
    stk_log_close(log, 0);
    return 0;
}

static void
test_write__the_first_loss_is_said_once(void **state)
{
    scratch *s = *state;
    char *said;

    assert_int_equal(in_child(lose_records, s), 0);
    said = read_whole(s->log, NULL);
    assert_string_equal(said, "stockade: audit record lost: file:/dev/full: "
                              "cannot write: No space left on device\n");
    free(said);
}

static int
lose_records_unheard(void *payload)
{
    stk_record record = ordinary_record();
    stk_log *log;
    int ends[2];

    (void)payload;
    signal(SIGPIPE, SIG_DFL);
    log = open_log("file:/dev/full");
    if (pipe(ends) < 0 || dup2(ends[1], 2) < 0)
        return 1;
    close(ends[0]);
    if (stk_log_write(log, &record, NULL) != -STK_E_AUDIT)
        return 2;
    stk_log_close(log, 0);
    return 0;
}

static void
test_write__a_closed_standard_error_kills_nobody(void **state)
{
    (void)state;
    assert_int_equal(in_child(lose_records_unheard, NULL), 0);
}

static void
test_write__other_sinks_have_what_one_lost(void **state)
{
    scratch *s = *state;
    const char *sinks[] = { "file:/dev/full", s->spec };
    stk_record record = ordinary_record();
    expected_chain chain;
    stk_log *log;
    char *text;

    assert_int_equal(stk_log_open(&log, sinks, 2, NULL), 0);
    assert_int_equal(stk_log_write(log, &record, NULL), -STK_E_AUDIT);
    assert_int_equal(stk_log_write(log, &record, NULL), -STK_E_AUDIT);
    stk_log_close(log, 0);
    assert_int_equal(assert_chains(s->log, &chain, 1), 1);
    assert_int_equal(chain.seq, 3);
    text = read_whole(s->log, NULL);
    assert_non_null(strstr(text, "\"event\":\"end\",\"error\":\"2 records "
                                 "were lost\""));
    free(text);
}

/* ---- threads and forks ------------------------------------------------ */

#define WRITERS 8
#define EACH    300

static void *
write_storm(void *payload)
{
    char name[32];

    for (int i = 0; i < EACH; i++) {
        snprintf(name, sizeof name, "m%d", i);
        write_named(payload, name);
    }
    return NULL;
}

static void
test_write__8_threads_make_one_chain(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    pthread_t threads[WRITERS];
    expected_chain chain;

    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_storm, log),
                         0);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    stk_log_close(log, 0);
    assert_int_equal(assert_chains(s->log, &chain, 1), 1);
    assert_int_equal(chain.seq, WRITERS * EACH + 1);
    assert_true(chain.ended);
}

/* Lines of a few pages: a file system copies them page by page. */
static void
write_long_storm(stk_log *log)
{
    char name[9001];
    stk_record record = ordinary_record();

    memset(name, 'x', sizeof name);
    for (int i = 0; i < EACH; i++) {
        name[i * 30] = '\0';
        record.name = name;
        if (stk_log_write(log, &record, NULL) < 0)
            _exit(3);
        name[i * 30] = 'x';
    }
}

static void
test_write__8_forks_make_8_chains_of_whole_lines(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    expected_chain chains[WRITERS + 1];
    int status;

    write_named(log, "parent");
    for (int i = 0; i < WRITERS; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            write_long_storm(log);
            stk_log_close(log, 0);
            _exit(0);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        wait(&status);
        assert_int_equal(status, 0);
    }
    stk_log_close(log, 0);
    assert_int_equal(assert_chains(s->log, chains, WRITERS + 1), WRITERS + 1);
    assert_int_equal(chains[0].seq, 2);
    for (int i = 1; i <= WRITERS; i++) {
        assert_int_equal(chains[i].seq, EACH + 2);
        assert_true(chains[i].ended);
    }
}

static int
write_once(void *payload)
{
    stk_record record = ordinary_record();

    return stk_log_write(payload, &record, NULL) < 0;
}

static int
write_once_and_close(void *payload)
{
    int result = write_once(payload);

    stk_log_close(payload, 0);
    return result;
}

static int
close_at_once(void *payload)
{
    stk_log_close(payload, 0);
    return 0;
}

static void
test_fork__a_child_begins_with_start(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    char prev[STK_HASH_HEX];
    seen at;

    write_named(log, "one");
    assert_int_equal(in_child(write_once_and_close, log), 0);
    at = see_log(s->log);
    assert_sees(&at, 0, "import", stk_hash_none);
    assert_sees(&at, 0, "start", stk_hash_none);
    assert_string_equal(at.record.reason, "fork");
    assert_int_not_equal(at.record.pid, getpid());
    assert_int_equal(at.record.tid, at.record.pid);
    strcpy(prev, at.hash);
    assert_sees(&at, 1, "import", prev);
    strcpy(prev, at.hash);
    assert_sees(&at, 2, "end", prev);
    assert_false(see(&at));
    stk_log_close(log, 0);
}

static void *
fork_and_tell(void *log)
{
    write_named(log, "one");
    return (void *)(uintptr_t)in_child(write_once, log);
}

/* The number that the thread had before it was the only one of a child. */
static void
test_fork__of_a_thread_makes_one_of_another_number(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    pthread_t thread;
    void *failed;
    seen at;

    assert_int_equal(pthread_create(&thread, NULL, fork_and_tell, log), 0);
    pthread_join(thread, &failed);
    assert_null(failed);
    at = see_log(s->log);
    assert_true(see(&at));
    assert_int_equal(at.record.pid, getpid());
    assert_int_not_equal(at.record.tid, getpid());
    assert_true(see(&at) && see(&at));
    assert_int_not_equal(at.record.pid, getpid());
    assert_int_equal(at.record.tid, at.record.pid);
    assert_false(see(&at));
    stk_log_close(log, 0);
}

static void
test_fork__a_child_that_wrote_nothing_closes_silently(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    expected_chain chain;

    assert_int_equal(in_child(close_at_once, log), 0);
    write_named(log, "one");
    stk_log_close(log, 0);
    assert_int_equal(assert_chains(s->log, &chain, 1), 1);
    assert_int_equal(chain.pid, getpid());
    assert_int_equal(chain.seq, 2);
}

static _Atomic bool storm_over;

static void *
write_until_told(void *payload)
{
    while (!storm_over)
        write_named(payload, "storm");
    return NULL;
}

static void
test_fork__while_others_write_does_not_block_the_child(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    pthread_t threads[2];
    expected_chain chains[101];

    storm_over = false;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, write_until_told, log);
    for (int i = 0; i < 100; i++)
        assert_int_equal(in_child(write_once, log), 0);
    storm_over = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    stk_log_close(log, 0);
    assert_int_equal(assert_chains(s->log, chains, 101), 101);
}

/* Many threads of a child come to the log at once. */
static int
write_from_threads(void *payload)
{
    pthread_t threads[WRITERS];

    for (int i = 0; i < WRITERS; i++)
        pthread_create(&threads[i], NULL, write_storm, payload);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

static void
test_fork__threads_of_a_child_share_one_new_chain(void **state)
{
    scratch *s = *state;
    stk_log *log = open_log(s->spec);
    expected_chain chains[2];

    write_named(log, "one");
    assert_int_equal(in_child(write_from_threads, log), 0);
    stk_log_close(log, 0);
    assert_int_equal(assert_chains(s->log, chains, 2), 2);
    assert_int_equal(chains[1].seq, WRITERS * EACH + 1);
}

/* ---- kills ------------------------------------------------------------ */

/* Tells the parent how many writes have returned. */
static void
write_and_report(stk_log *log, int report)
{
    stk_record record = ordinary_record();

    for (uint64_t done = 1;; done++) {
        if (stk_log_write(log, &record, NULL) < 0 ||
            write(report, &done, sizeof done) != sizeof done)
            _exit(1);
    }
}

static uint64_t
kill_in_storm(const scratch *s, useconds_t after)
{
    int ends[2], status;
    uint64_t done = 0, last = 0;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        write_and_report(open_log(s->spec), ends[1]);
    }
    close(ends[1]);
    while (last < 50 && read(ends[0], &done, sizeof done) == sizeof done)
        last = done;
    usleep(after);
    kill(pid, SIGKILL);
    while (read(ends[0], &done, sizeof done) == sizeof done)
        last = done;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void
test_kill__loses_no_record_whose_write_returned(void **state)
{
    scratch *s = *state;

    for (useconds_t i = 0; i < 10; i++) {
        expected_chain chain;
        uint64_t done;
        seen at;

        unlink(s->log);
        done = kill_in_storm(s, i * 137);
        assert_true(done >= 50);
        at = see_log(s->log);
        at.killed = true;
        assert_int_equal(assert_chains_of(at, &chain, 1), 1);
        assert_true(chain.seq >= done);
        assert_false(chain.ended);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(test_write__numbers_stamps_and_chains),
        scratch_test(test_write__long_records_are_written_too),
        scratch_test(test_write__keeps_errno),
        scratch_test(test_open__all_sinks_or_none),
        cmocka_unit_test(test_open__without_sinks_nothing_is_lost),
        cmocka_unit_test(
            test_keep__without_a_sink_gets_records_and_the_tap_no_lines),
        scratch_test(test_keep__with_a_sink_changes_nothing),
        cmocka_unit_test(test_keep__a_child_begins_with_start),
        scratch_test(test_write__the_first_loss_is_said_once),
        cmocka_unit_test(test_write__a_closed_standard_error_kills_nobody),
        scratch_test(test_write__other_sinks_have_what_one_lost),
        scratch_test(test_write__8_threads_make_one_chain),
        scratch_test(test_write__8_forks_make_8_chains_of_whole_lines),
        scratch_test(test_fork__a_child_begins_with_start),
        scratch_test(test_fork__of_a_thread_makes_one_of_another_number),
        scratch_test(test_fork__a_child_that_wrote_nothing_closes_silently),
        scratch_test(test_fork__while_others_write_does_not_block_the_child),
        scratch_test(test_fork__threads_of_a_child_share_one_new_chain),
        scratch_test(test_kill__loses_no_record_whose_write_returned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
