/* SPDX-License-Identifier: Apache-2.0 */
/* Every chain of a log: what is wrong with it, and where it ends. */
#include <stockade/audit.h>

#include <signal.h>

#include "audit/chain.h"
#include "scratch.h"

/* ---- logs to spoil ---------------------------------------------------- */

#define LINES_MAX 32

typedef struct lines {
    char *text[LINES_MAX]; /* without newlines */
    size_t n;
} lines;

typedef struct writer {
    int64_t pid;
    uint64_t tick;
    stk_chain chain;
} writer;

static writer
begin_writer(int64_t pid)
{
    writer w = { .pid = pid };

    stk_chain_begin(&w.chain);
    return w;
}

static char *
make_line(writer *w, const char *event, const char *name)
{
    stk_record record = STK_RECORD_INIT;
    char text[1024];
    size_t length;

    record.seq = w->chain.seq;
    record.time = UINT64_C(1769860800000000) + w->tick++;
    record.pid = record.tid = w->pid;
    record.event = event;
    record.name = name;
    record.verdict = name ? "allow" : NULL;
    record.prev = w->chain.prev;
    length = stk_record_format(&record, text, sizeof text);
    assert_true(length < sizeof text);
    /* the buffer that `prev` points to is overwritten here */
    stk_chain_step(&w->chain, text, length);
    return strdup(text);
}

static void
add_line(lines *to, char *text)
{
    assert_true(to->n < LINES_MAX);
    to->text[to->n++] = text;
}

/* Two processes, one within the other: 1 2 3 5 7 8 and 4 6 9, and the
 * number of a line is where it stands. */
static lines
two_processes(void)
{
    writer a = begin_writer(71), b = begin_writer(72);
    lines log = { .n = 0 };

    add_line(&log, make_line(&a, "start", NULL));
    add_line(&log, make_line(&a, "import", "a1"));
    add_line(&log, make_line(&a, "import", "a2"));
    add_line(&log, make_line(&b, "start", NULL));
    add_line(&log, make_line(&a, "import", "a3"));
    add_line(&log, make_line(&b, "import", "b1"));
    add_line(&log, make_line(&a, "import", "a4"));
    add_line(&log, make_line(&a, "end", NULL));
    add_line(&log, make_line(&b, "end", NULL));
    return log;
}

static lines
one_process(void)
{
    writer a = begin_writer(71);
    lines log = { .n = 0 };
    char name[8];

    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "m%d", i);
        add_line(&log, make_line(&a, "import", name));
    }
    return log;
}

static void
free_lines(lines *log)
{
    for (size_t i = 0; i < log->n; i++)
        free(log->text[i]);
    log->n = 0;
}

static void
drop_line(lines *log, size_t number)
{
    free(log->text[number - 1]);
    log->n--;
    memmove(&log->text[number - 1], &log->text[number],
            (log->n - number + 1) * sizeof *log->text);
}

static void
insert_line(lines *log, size_t number, char *text)
{
    assert_true(log->n < LINES_MAX);
    memmove(&log->text[number], &log->text[number - 1],
            (log->n - number + 1) * sizeof *log->text);
    log->text[number - 1] = text;
    log->n++;
}

static void
swap_lines(lines *log, size_t a, size_t b)
{
    char *text = log->text[a - 1];

    log->text[a - 1] = log->text[b - 1];
    log->text[b - 1] = text;
}

/* Puts `with`, of the same length, for `what` in a line. */
static void
edit_line(lines *log, size_t number, const char *what, const char *with)
{
    char *at = strstr(log->text[number - 1], what);

    assert_non_null(at);
    assert_int_equal(strlen(what), strlen(with));
    memcpy(at, with, strlen(with));
}

/* ---- what verification says ------------------------------------------- */

typedef struct said {
    char text[8192];
    size_t used;
    stk_log_summary summary;
} said;

static void
say(said *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    to->used += (size_t)vsnprintf(to->text + to->used,
                                  sizeof to->text - to->used, format, args);
    va_end(args);
    assert_true(to->used < sizeof to->text);
}

static void
say_finding(void *payload, const stk_log_finding *found)
{
    say(payload, "%u: %s\n", (unsigned)found->line, found->message);
}

static void
say_chain(void *payload, const stk_log_chain *chain)
{
    assert_int_equal(strlen(chain->head), 64);
    say(payload, "%d: %u records, %u on line %u, %s\n", (int)chain->pid,
        (unsigned)chain->records, (unsigned)chain->last_seq,
        (unsigned)chain->last_line, chain->ended ? "ended" : "open");
}

static int
verify(const char *path, said *to)
{
    const stk_verify_calls calls = { say_finding, say_chain, to };
    stk_error err = STK_ERROR_INIT;
    int result;

    memset(to, 0, sizeof *to);
    result = stk_log_verify(&to->summary, path, &calls, &err);
    if (result < 0)
        fail_msg("%s", err.message);
    assert_int_equal(result, to->summary.findings > 0);
    return result;
}

static void
save_lines(const scratch *s, const lines *log)
{
    FILE *file = fopen(s->log, "we");

    assert_non_null(file);
    for (size_t i = 0; i < log->n; i++)
        fprintf(file, "%s\n", log->text[i]);
    assert_int_equal(fclose(file), 0);
}

/* Frees the lines. */
static void
assert_said(const scratch *s, lines *log, const char *expected)
{
    said to;

    save_lines(s, log);
    free_lines(log);
    verify(s->log, &to);
    assert_string_equal(to.text, expected);
}

/* ---- tests ------------------------------------------------------------ */

static void
test_verify__a_whole_log_has_no_findings(void **state)
{
    scratch *s = *state;
    lines log = two_processes();
    said to;

    save_lines(s, &log);
    free_lines(&log);
    assert_int_equal(verify(s->log, &to), 0);
    assert_string_equal(to.text, "71: 6 records, 5 on line 8, ended\n"
                                 "72: 3 records, 2 on line 9, ended\n");
    assert_int_equal(to.summary.lines, 9);
    assert_int_equal(to.summary.records, 9);
    assert_int_equal(to.summary.chains, 2);
    assert_int_equal(to.summary.open, 0);
}

static void
test_verify__an_empty_log_has_no_findings(void **state)
{
    scratch *s = *state;
    lines log = { .n = 0 };

    assert_said(s, &log, "");
}

static void
test_verify__finds_an_edited_line(void **state)
{
    lines log = two_processes();

    edit_line(&log, 3, "\"allow\"", "\"alloy\"");
    assert_said(*state, &log,
                "5: does not continue line 3: one of the two was changed\n"
                "71: 6 records, 5 on line 8, ended\n"
                "72: 3 records, 2 on line 9, ended\n");
}

static void
test_verify__finds_an_edited_number(void **state)
{
    lines log = one_process();

    edit_line(&log, 3, "\"seq\":2", "\"seq\":9");
    assert_said(*state, &log,
                "3: has number 9 where 2 belongs\n"
                "4: does not continue line 3: one of the two was changed\n"
                "71: 6 records, 5 on line 6, open\n");
}

static void
test_verify__finds_an_edited_process(void **state)
{
    lines log = two_processes();

    edit_line(&log, 5, "\"pid\":71", "\"pid\":72");
    assert_said(*state, &log,
                "5: names line 3 of process 71 as the one before it\n"
                "7: record 3 of process 71 is missing before it\n"
                "71: 5 records, 5 on line 8, ended\n"
                "72: 3 records, 2 on line 9, ended\n");
}

static void
test_verify__finds_a_dropped_line(void **state)
{
    lines log = two_processes();

    drop_line(&log, 3);
    assert_said(*state, &log,
                "4: record 2 of process 71 is missing before it\n"
                "71: 5 records, 5 on line 7, ended\n"
                "72: 3 records, 2 on line 8, ended\n");
}

static void
test_verify__finds_dropped_lines(void **state)
{
    lines log = one_process();

    drop_line(&log, 2);
    drop_line(&log, 2);
    drop_line(&log, 2);
    assert_said(*state, &log,
                "2: records 1 to 3 of process 71 are missing before it\n"
                "71: 3 records, 5 on line 3, open\n");
}

static void
test_verify__finds_a_dropped_beginning(void **state)
{
    lines log = two_processes();

    drop_line(&log, 1);
    drop_line(&log, 1);
    assert_said(*state, &log,
                "1: records 0 to 1 of process 71 are missing before it\n"
                "71: 4 records, 5 on line 6, ended\n"
                "72: 3 records, 2 on line 7, ended\n");
}

static void
test_verify__a_dropped_end_leaves_the_chain_open(void **state)
{
    lines log = two_processes();

    drop_line(&log, 8);
    assert_said(*state, &log,
                "71: 5 records, 4 on line 7, open\n"
                "72: 3 records, 2 on line 8, ended\n");
}

static void
test_verify__finds_swapped_lines(void **state)
{
    lines log = one_process();

    swap_lines(&log, 3, 4);
    assert_said(*state, &log,
                "3: record 2 of process 71 is missing before it\n"
                "4: follows the same record as line 3: one of the two was "
                "added, changed or moved\n"
                "5: follows the same record as line 4: one of the two was "
                "added, changed or moved\n"
                "71: 6 records, 5 on line 6, open\n");
}

static void
test_verify__finds_a_line_that_was_moved_to_the_end(void **state)
{
    lines log = one_process();
    char *moved = strdup(log.text[1]);

    drop_line(&log, 2);
    add_line(&log, moved);
    assert_said(*state, &log,
                "2: record 1 of process 71 is missing before it\n"
                "6: is out of order, or repeats a record of process 71, "
                "which was at number 5 by line 5\n"
                "71: 5 records, 5 on line 5, open\n");
}

static void
test_verify__swapping_lines_of_two_processes_is_no_finding(void **state)
{
    lines log = two_processes();

    /* no order between processes is promised */
    swap_lines(&log, 3, 4);
    assert_said(*state, &log,
                "71: 6 records, 5 on line 8, ended\n"
                "72: 3 records, 2 on line 9, ended\n");
}

static void
test_verify__finds_a_repeated_line(void **state)
{
    lines log = one_process();

    insert_line(&log, 4, strdup(log.text[2]));
    assert_said(*state, &log,
                "4: repeats line 3\n"
                "71: 6 records, 5 on line 7, open\n");
    log = one_process();
    insert_line(&log, 6, strdup(log.text[2]));
    assert_said(*state, &log,
                "6: is out of order, or repeats a record of process 71, "
                "which was at number 4 by line 5\n"
                "71: 6 records, 5 on line 7, open\n");
    log = one_process();
    insert_line(&log, 4, strdup(log.text[0]));
    assert_said(*state, &log,
                "4: repeats line 1\n"
                "71: 6 records, 5 on line 7, open\n");
}

static void
test_verify__finds_an_added_line_that_fits(void **state)
{
    lines log = one_process();
    writer forger = begin_writer(71);

    /* who adds a line can compute hashes too, but not change what follows */
    forger.chain.seq = 3;
    stk_chain_hash(forger.chain.prev, log.text[2], strlen(log.text[2]));
    insert_line(&log, 4, make_line(&forger, "import", "forged"));
    assert_said(*state, &log,
                "5: follows the same record as line 4: one of the two was "
                "added, changed or moved\n"
                "71: 7 records, 5 on line 7, open\n");
}

static void
test_verify__an_added_number_far_off_spoils_no_later_line(void **state)
{
    lines log = one_process();
    writer forger = begin_writer(71);

    forger.chain.seq = 1000;
    insert_line(&log, 4, make_line(&forger, "import", "forged"));
    assert_said(*state, &log,
                "4: records 3 to 999 of process 71 are missing before it\n"
                "5: follows the same record as line 4: one of the two was "
                "added, changed or moved\n"
                "71: 7 records, 5 on line 7, open\n");
}

static void
test_verify__finds_a_record_behind_the_end(void **state)
{
    lines log = two_processes();
    writer forger = begin_writer(72);

    forger.chain.seq = 3;
    stk_chain_hash(forger.chain.prev, log.text[8], strlen(log.text[8]));
    add_line(&log, make_line(&forger, "import", "late"));
    assert_said(*state, &log,
                "10: comes after the end of its chain on line 9\n"
                "71: 6 records, 5 on line 8, ended\n"
                "72: 4 records, 3 on line 10, open\n");
}

static void
test_verify__finds_a_first_record_that_names_another(void **state)
{
    lines log = { .n = 0 };
    writer forger = begin_writer(72);

    forger.chain.prev[5] = '7';
    add_line(&log, make_line(&forger, "import", "x"));
    assert_said(*state, &log,
                "1: is the first record of process 72 and names one before "
                "it\n72: 1 records, 0 on line 1, open\n");
}

static void
test_verify__finds_lines_that_are_no_records(void **state)
{
    lines log = two_processes();

    insert_line(&log, 3, strdup("{\"hello\":1}"));
    insert_line(&log, 7, strdup(""));
    assert_said(*state, &log,
                "3: no record: unknown field \"hello\"\n"
                "71: 6 records, 5 on line 10, ended\n"
                "72: 3 records, 2 on line 11, ended\n");
}

static void
test_verify__a_number_that_comes_again_is_a_chain_of_its_own(void **state)
{
    lines log = { .n = 0 };
    writer killed = begin_writer(71), later = begin_writer(71);

    later.tick = 50;
    add_line(&log, make_line(&killed, "start", NULL));
    add_line(&log, make_line(&killed, "import", "a"));
    add_line(&log, make_line(&killed, "import", "b"));
    add_line(&log, make_line(&later, "start", NULL));
    add_line(&log, make_line(&later, "end", NULL));
    assert_said(*state, &log,
                "71: 3 records, 2 on line 3, open\n"
                "71: 2 records, 1 on line 5, ended\n");
}

static void
test_verify__two_logs_of_one_process_are_told_apart(void **state)
{
    lines log = { .n = 0 };
    writer one = begin_writer(71), two = begin_writer(71);

    two.tick = 50;
    for (int i = 0; i < 3; i++) {
        add_line(&log, make_line(&one, "import", "a"));
        add_line(&log, make_line(&two, "import", "b"));
    }
    assert_said(*state, &log,
                "71: 3 records, 2 on line 5, open\n"
                "71: 3 records, 2 on line 6, open\n");
}

/* ---- every byte ------------------------------------------------------- */

/* Heads and endings alone. */
static void
say_head(void *payload, const stk_log_chain *chain)
{
    say(payload, "%d %s %d\n", (int)chain->pid, chain->head, chain->ended);
}

static int
verify_heads(const char *path, said *to)
{
    const stk_verify_calls calls = { NULL, say_head, to };

    memset(to, 0, sizeof *to);
    return stk_log_verify(&to->summary, path, &calls, NULL);
}

static void
test_verify__finds_every_flip_of_every_byte(void **state)
{
    static const char flips[] = { 0x01, 0x02, 0x20, (char)0x80 };
    scratch *s = *state;
    lines log = two_processes();
    said whole, to;
    size_t length, last_lines;
    char *text;

    save_lines(s, &log);
    last_lines = strlen(log.text[7]) + strlen(log.text[8]) + 2;
    free_lines(&log);
    text = read_whole(s->log, &length);
    assert_int_equal(verify_heads(s->log, &whole), 0);
    for (size_t at = 0; at < length; at++) {
        for (size_t i = 0; i < UNIT_COUNT(flips); i++) {
            int result;

            text[at] ^= flips[i];
            write_whole(s->log, text, length);
            text[at] ^= flips[i];
            result = verify_heads(s->log, &to);
            assert_true(result >= 0);
            /* the last line of a chain is held by its hash alone */
            if (result == 0 &&
                (at < length - last_lines || !strcmp(whole.text, to.text)))
                fail_msg("byte %zu, %02x", at, (unsigned)flips[i]);
        }
    }
    free(text);
}

static void
test_verify__says_where_a_cut_log_ends(void **state)
{
    scratch *s = *state;
    lines log = two_processes();
    size_t length, whole = 0, begins = 0;
    char *text;

    save_lines(s, &log);
    free_lines(&log);
    text = read_whole(s->log, &length);
    for (size_t at = 1; at < length; at++) {
        char expected[128] = "";
        said to;

        if (text[at - 1] == '\n')
            whole++, begins = at;
        write_whole(s->log, text, at);
        verify(s->log, &to);
        if (text[at] == '\n')
            snprintf(expected, sizeof expected,
                     "%zu: has no newline: the file was cut behind it\n",
                     whole + 1);
        else if (at > begins)
            snprintf(expected, sizeof expected,
                     "%zu: no record: cut off: the file ends within it\n",
                     whole + 1);
        assert_memory_equal(to.text, expected, strlen(expected));
        assert_int_equal(to.summary.findings, expected[0] != '\0');
        assert_int_equal(to.summary.records, whole + (text[at] == '\n'));
        if (whole > 0 && to.summary.records < 9)
            assert_true(to.summary.open > 0);
    }
    free(text);
}

/* ---- real logs -------------------------------------------------------- */

static void
write_until_killed(const scratch *s, int report)
{
    stk_log *log = open_log(s->spec);
    stk_record record = ordinary_record();

    for (;;)
        if (stk_log_write(log, &record, NULL) < 0 || write(report, "", 1) != 1)
            _exit(1);
}

static int
write_some(void *payload)
{
    stk_log *log = open_log(((scratch *)payload)->spec);

    for (int i = 0; i < 100; i++)
        write_named(log, "some");
    stk_log_close(log, 0);
    return 0;
}

static void
test_verify__a_killed_process_leaves_an_open_chain(void **state)
{
    scratch *s = *state;
    int ends[2], status;
    char byte[20];
    said to;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        write_until_killed(s, ends[1]);
    assert_int_equal(read(ends[0], byte, sizeof byte) > 0, 1);
    assert_int_equal(in_child(write_some, s), 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(in_child(write_some, s), 0);
    verify(s->log, &to);
    /* a kill may fall within a write: one torn line, and nothing else */
    assert_true(to.summary.findings <= 1);
    assert_int_equal(to.summary.chains, 3);
    assert_int_equal(to.summary.open, 1);
}

static void
test_verify__says_what_cannot_be_read(void **state)
{
    scratch *s = *state;
    stk_error err = STK_ERROR_INIT;
    stk_log_summary summary;

    assert_int_equal(stk_log_verify(&summary, s->log, NULL, &err), -STK_E_IO);
    assert_string_equal(err.file, s->log);
    assert_int_equal(stk_log_verify(&summary, s->folder, NULL, &err),
                     -STK_E_IO);
    assert_string_equal(err.message, "cannot read: Is a directory");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(test_verify__a_whole_log_has_no_findings),
        scratch_test(test_verify__an_empty_log_has_no_findings),
        scratch_test(test_verify__finds_an_edited_line),
        scratch_test(test_verify__finds_an_edited_number),
        scratch_test(test_verify__finds_an_edited_process),
        scratch_test(test_verify__finds_a_dropped_line),
        scratch_test(test_verify__finds_dropped_lines),
        scratch_test(test_verify__finds_a_dropped_beginning),
        scratch_test(test_verify__a_dropped_end_leaves_the_chain_open),
        scratch_test(test_verify__finds_swapped_lines),
        scratch_test(test_verify__finds_a_line_that_was_moved_to_the_end),
        scratch_test(
            test_verify__swapping_lines_of_two_processes_is_no_finding),
        scratch_test(test_verify__finds_a_repeated_line),
        scratch_test(test_verify__finds_an_added_line_that_fits),
        scratch_test(
            test_verify__an_added_number_far_off_spoils_no_later_line),
        scratch_test(test_verify__finds_a_record_behind_the_end),
        scratch_test(test_verify__finds_a_first_record_that_names_another),
        scratch_test(test_verify__finds_lines_that_are_no_records),
        scratch_test(
            test_verify__a_number_that_comes_again_is_a_chain_of_its_own),
        scratch_test(test_verify__two_logs_of_one_process_are_told_apart),
        scratch_test(test_verify__finds_every_flip_of_every_byte),
        scratch_test(test_verify__says_where_a_cut_log_ends),
        scratch_test(test_verify__a_killed_process_leaves_an_open_chain),
        scratch_test(test_verify__says_what_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
