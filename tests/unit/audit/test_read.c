/* SPDX-License-Identifier: Apache-2.0 */
/* Lines back to records: what goes in comes out, all else is refused. */
#include "audit/read.h"

#include "audit/record.h"
#include "scratch.h"

#define ZEROS                                                                 \
    "0000000000000000000000000000000000000000000000000000000000000000"
#define HEAD                                                                  \
    "\"v\":1,\"seq\":0,\"time\":\"2026-01-31T12:00:00.123456Z\",\"pid\":7,"   \
    "\"tid\":8,\"event\":\"import\""
#define TAIL ",\"prev\":\"" ZEROS "\""

static int
parse(const char *line, stk_error *err)
{
    stk_record_parsed *parsed = NULL;
    stk_record record;
    int result = stk_record_parse(&parsed, &record, line, strlen(line), err);

    if (result == 0)
        stk_record_parsed_free(parsed);
    return result;
}

static void
assert_refused(const char *line, const char *message)
{
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(parse(line, &err), -STK_E_INVALID);
    assert_string_equal(err.message, message);
}

static void
test_parse__full_record_comes_back_as_it_was(void **state)
{
    stk_record in = ordinary_record(), out;
    stk_record_parsed *parsed = NULL;
    char line[4096], again[4096];
    size_t length;

    (void)state;
    in.seq = 3;
    in.time = UINT64_C(1769860800123456);
    in.pid = 41;
    in.tid = 42;
    in.through = "a b";
    in.cached = true;
    in.count = 9;
    in.prev = ZEROS;
    length = stk_record_format(&in, line, sizeof line);
    assert_int_equal(stk_record_parse(&parsed, &out, line, length, NULL), 0);
    assert_int_equal(out.time, in.time);
    assert_int_equal(out.line, 12);
    assert_string_equal(out.name, in.name);
    assert_null(out.observe);
    assert_int_equal(stk_record_format(&out, again, sizeof again), length);
    assert_string_equal(again, line);
    stk_record_parsed_free(parsed);
}

static void
test_parse__what_no_record_has_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("{" HEAD TAIL "}", NULL), 0);
    assert_refused("{" HEAD ",\"colour\":\"red\"" TAIL "}",
                   "unknown field \"colour\"");
    assert_refused("{" HEAD ",\"name\":3" TAIL "}",
                   "field \"name\" has no such value");
    assert_refused("{" HEAD ",\"line\":\"3\"" TAIL "}",
                   "field \"line\" has no such value");
    assert_refused("{" HEAD ",\"line\":4294967296" TAIL "}",
                   "field \"line\" has no such value");
    assert_refused("{" HEAD ",\"line\":-1" TAIL "}",
                   "field \"line\" has no such value");
    assert_refused("{" HEAD ",\"ns\":1.0" TAIL "}",
                   "field \"ns\" has no such value");
    assert_refused("{" HEAD ",\"cached\":1" TAIL "}",
                   "field \"cached\" has no such value");
    assert_refused("{" HEAD ",\"cached\":false" TAIL "}",
                   "field \"cached\" has no such value");
    assert_refused("{" HEAD ",\"name\":null" TAIL "}",
                   "field \"name\" has no such value");
    assert_refused("{" HEAD "}", "no field \"prev\"");
    assert_refused("{" HEAD ",\"prev\":\"00\"}",
                   "field \"prev\" is no BLAKE2b-256 in hex");
    assert_refused("[1]", "no JSON object");
    assert_refused("{" HEAD TAIL "}\n", "more than one line");
}

static void
test_parse__another_version_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"v\":2" TAIL "}", "version 2 is not 1");
    assert_refused("{\"v\":\"1\"" TAIL "}", "field \"v\" has no such value");
}

static void
test_parse__times_are_exact(void **state)
{
    static const char *const times[] = {
        "2026-01-31T12:00:00.123456",  "2026-02-30T12:00:00.123456Z",
        "2026-01-31T24:00:00.123456Z", "2026-01-31 12:00:00.123456Z",
        "+026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00.12345 Z",
        "2026-1-031T12:00:00.123456Z", "1969-12-31T23:59:59.999999Z",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(times); i++) {
        char line[512];

        snprintf(line, sizeof line,
                 "{\"v\":1,\"seq\":0,\"time\":\"%s\",\"pid\":1,\"tid\":1,"
                 "\"event\":\"end\"" TAIL "}",
                 times[i]);
        assert_refused(line, "field \"time\" has no such value");
    }
}

static void
test_parse__broken_json_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        " ",
        "{",
        "nonsense",
        "{" HEAD TAIL "}x",
        "{" HEAD TAIL "},",
        "{" HEAD ",\"name\":\"\xff\"" TAIL "}",
        "{" HEAD ",\"name\":\"\\ud800\"" TAIL "}",
        "{" HEAD ",\"name\":\"a\\u0000b\"" TAIL "}",
        "{" HEAD ",\"name\":\"a\",\"name\":\"b\"" TAIL "}",
        "{" HEAD ",\"ns\":9223372036854775808" TAIL "}",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        stk_error err = STK_ERROR_INIT;

        if (parse(lines[i], &err) != -STK_E_INVALID)
            fail_msg("taken: %s", lines[i]);
        assert_memory_equal(err.message, "no JSON: ", 9);
    }
}

static void
test_parse__deep_nesting_is_refused(void **state)
{
    size_t size = 100000;
    char *line = malloc(size + 1);

    (void)state;
    memset(line, '[', size);
    line[size] = '\0';
    assert_int_equal(parse(line, NULL), -STK_E_INVALID);
    free(line);
}

/* ---- files ------------------------------------------------------------ */

static stk_log_reader *
open_reader(const char *path)
{
    stk_error err = STK_ERROR_INIT;
    stk_log_reader *reader = NULL;

    if (stk_log_reader_open(&reader, path, &err) < 0)
        fail_msg("%s", err.message);
    return reader;
}

static const char line_one[] = "{" HEAD ",\"name\":\"one\"" TAIL "}";
static const char line_two[] = "{" HEAD ",\"name\":\"two\"" TAIL "}";

static void
assert_next(stk_log_reader *reader, const char *name, uint64_t line)
{
    stk_error err = STK_ERROR_INIT;
    stk_record record;
    size_t length;
    int result = stk_log_reader_next(reader, &record, &err);

    if (result != 1)
        fail_msg("%s: %d: %s", name, result, err.message);
    assert_string_equal(record.name, name);
    assert_int_equal(stk_log_reader_line(reader), line);
    assert_int_equal(stk_log_reader_raw(reader, &length)[0], '{');
    assert_int_equal(length, strlen(line_one));
}

static void
assert_next_fails(stk_log_reader *reader, int code, uint32_t line,
                  const char *message)
{
    stk_error err = STK_ERROR_INIT;
    stk_record record;

    assert_int_equal(stk_log_reader_next(reader, &record, &err), -code);
    assert_string_equal(err.message, message);
    assert_int_equal(err.line, line);
    assert_int_equal(stk_log_reader_line(reader), line);
}

static void
assert_end(stk_log_reader *reader)
{
    stk_record record;

    assert_int_equal(stk_log_reader_next(reader, &record, NULL), 0);
    assert_int_equal(stk_log_reader_next(reader, &record, NULL), 0);
    stk_log_reader_free(reader);
}

static stk_log_reader *
reader_of(const scratch *s, const char *text)
{
    write_whole(s->log, text, strlen(text));
    return open_reader(s->log);
}

static void
test_next__gives_lines_in_order_and_passes_over_empty_ones(void **state)
{
    stk_log_reader *reader;
    char text[1024];

    snprintf(text, sizeof text, "\n%s\n\n\n%s\n\n", line_one, line_two);
    reader = reader_of(*state, text);
    assert_next(reader, "one", 2);
    assert_next(reader, "two", 5);
    assert_end(reader);
}

static void
test_next__an_empty_file_is_at_its_end(void **state)
{
    assert_end(reader_of(*state, ""));
}

static void
test_next__goes_on_behind_a_foreign_line(void **state)
{
    stk_log_reader *reader;
    char text[1024];

    snprintf(text, sizeof text, "%s\n# hello\n%s\n", line_one, line_two);
    reader = reader_of(*state, text);
    assert_next(reader, "one", 1);
    assert_next_fails(reader, STK_E_INVALID, 2,
                      "no JSON: '[' or '{' expected near '#'");
    assert_next(reader, "two", 3);
    assert_end(reader);
}

static void
test_next__a_record_behind_a_torn_one_is_not_lost(void **state)
{
    stk_log_reader *reader;
    char text[1024];

    snprintf(text, sizeof text, "%.40s%s\n%s\n", line_two, line_one, line_two);
    reader = reader_of(*state, text);
    assert_next_fails(reader, STK_E_INVALID, 1,
                      "torn: another record begins within it");
    assert_next(reader, "one", 1);
    assert_next(reader, "two", 2);
    assert_end(reader);
}

static void
test_next__a_name_cannot_pass_for_a_second_record(void **state)
{
    scratch *s = *state;
    stk_record record = ordinary_record(), out;
    stk_log_reader *reader;
    char line[4096];

    record.name = line_one;
    stk_record_format(&record, line, sizeof line);
    reader = reader_of(s, line);
    assert_int_equal(stk_log_reader_next(reader, &out, NULL), 1);
    assert_string_equal(out.name, line_one);
    assert_end(reader);
    /* not even when the line around it is broken */
    line[strlen(line) - 1] = '!';
    reader = reader_of(s, line);
    assert_next_fails(reader, STK_E_INVALID, 1,
                      "cut off: the file ends within it");
    assert_end(reader);
}

static void
test_next__a_cut_at_any_byte_is_told_from_a_record(void **state)
{
    scratch *s = *state;
    stk_log_reader *reader;
    char text[1024];
    size_t first = strlen(line_one) + 1;

    snprintf(text, sizeof text, "%s\n%s", line_one, line_two);
    for (size_t length = first + 1; length < strlen(text); length++) {
        write_whole(s->log, text, length);
        reader = open_reader(s->log);
        assert_next(reader, "one", 1);
        assert_next_fails(reader, STK_E_INVALID, 2,
                          "cut off: the file ends within it");
        assert_true(stk_log_reader_cut(reader));
        assert_end(reader);
    }
    reader = reader_of(s, text);
    assert_next(reader, "one", 1);
    assert_false(stk_log_reader_cut(reader));
    assert_next(reader, "two", 2);
    assert_true(stk_log_reader_cut(reader));
    assert_end(reader);
}

static void
test_next__a_line_over_the_bound_is_said_and_passed_over(void **state)
{
    static char text[5 * STK_RECORD_LINE_MAX + 1024];
    scratch *s = *state;
    size_t size = 5 * STK_RECORD_LINE_MAX;
    stk_log_reader *reader;
    int used = sprintf(text, "%s\n", line_one);

    memset(text + used, 'x', size);
    sprintf(text + used + size, "\n%s\n", line_two);
    write_whole(s->log, text, strlen(text));
    reader = open_reader(s->log);
    assert_next(reader, "one", 1);
    assert_next_fails(reader, STK_E_LIMIT, 2, "longer than 1048576 bytes");
    assert_next(reader, "two", 3);
    assert_end(reader);
}

static void
test_next__the_longest_line_is_read(void **state)
{
    scratch *s = *state;
    stk_record record = ordinary_record(), out;
    size_t spare, length;
    char *name = calloc(1, STK_RECORD_LINE_MAX + 2), *line;
    stk_log_reader *reader;

    record.name = name;
    spare = STK_RECORD_LINE_MAX - stk_record_format(&record, NULL, 0);
    memset(name, 'x', spare);
    length = stk_record_format(&record, NULL, 0);
    assert_int_equal(length, STK_RECORD_LINE_MAX);
    line = malloc(length + 2);
    stk_record_format(&record, line, length + 1);
    strcpy(line + length, "\n");
    reader = reader_of(s, line);
    assert_int_equal(stk_log_reader_next(reader, &out, NULL), 1);
    assert_int_equal(strlen(out.name), spare);
    assert_null(out.cut);
    assert_end(reader);
    /* one byte more is over the writer's bound too */
    name[spare] = 'x';
    assert_true(stk_record_format(&record, NULL, 0) < STK_RECORD_LINE_MAX);
    free(line);
    free(name);
}

static void
test_open__says_what_cannot_be_read(void **state)
{
    scratch *s = *state;
    stk_error err = STK_ERROR_INIT;
    stk_log_reader *reader = NULL;
    stk_record record;

    assert_int_equal(stk_log_reader_open(&reader, s->log, &err), -STK_E_IO);
    assert_string_equal(err.message, "cannot open: No such file or directory");
    assert_string_equal(err.file, s->log);
    assert_null(reader);
    reader = open_reader(s->folder);
    assert_int_equal(stk_log_reader_next(reader, &record, &err), -STK_E_IO);
    assert_string_equal(err.message, "cannot read: Is a directory");
    stk_log_reader_free(reader);
    stk_log_reader_free(NULL);
}

static int
read_input(void *payload)
{
    stk_log_reader *reader = NULL;
    stk_record record;

    (void)payload;
    if (stk_log_reader_open(&reader, "-", NULL) < 0 ||
        stk_log_reader_next(reader, &record, NULL) != 1 ||
        strcmp(record.name, "one"))
        return 1;
    stk_log_reader_free(reader);
    /* it was not ours to close */
    return fcntl(0, F_GETFD) < 0;
}

static int
read_piped(void *payload)
{
    int ends[2];

    if (pipe(ends) < 0 || write(ends[1], line_one, strlen(line_one)) < 0 ||
        close(ends[1]) < 0 || dup2(ends[0], 0) < 0)
        return 2;
    return read_input(payload);
}

static void
test_open__a_dash_is_standard_input(void **state)
{
    (void)state;
    assert_int_equal(in_child(read_piped, NULL), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__full_record_comes_back_as_it_was),
        cmocka_unit_test(test_parse__what_no_record_has_is_refused),
        cmocka_unit_test(test_parse__another_version_is_refused),
        cmocka_unit_test(test_parse__times_are_exact),
        cmocka_unit_test(test_parse__broken_json_is_refused),
        cmocka_unit_test(test_parse__deep_nesting_is_refused),
        scratch_test(
            test_next__gives_lines_in_order_and_passes_over_empty_ones),
        scratch_test(test_next__an_empty_file_is_at_its_end),
        scratch_test(test_next__goes_on_behind_a_foreign_line),
        scratch_test(test_next__a_record_behind_a_torn_one_is_not_lost),
        scratch_test(test_next__a_name_cannot_pass_for_a_second_record),
        scratch_test(test_next__a_cut_at_any_byte_is_told_from_a_record),
        scratch_test(test_next__a_line_over_the_bound_is_said_and_passed_over),
        scratch_test(test_next__the_longest_line_is_read),
        scratch_test(test_open__says_what_cannot_be_read),
        cmocka_unit_test(test_open__a_dash_is_standard_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
