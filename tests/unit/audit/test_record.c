/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to one line: exact, escaped, bounded. */
#include "audit/record.h"

#include <jansson.h>

#include "scratch.h"

#define ZEROS                                                                 \
    "0000000000000000000000000000000000000000000000000000000000000000"

static char *
format_whole(const stk_record *record)
{
    size_t length = stk_record_format(record, NULL, 0);
    char *text = malloc(length + 1);

    assert_non_null(text);
    assert_int_equal(stk_record_format(record, text, length + 1), length);
    assert_int_equal(strlen(text), length);
    return text;
}

static void
test_format__empty_record_has_what_every_line_has(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char *text = format_whole(&record);

    (void)state;
    assert_string_equal(
        text,
        "{\"v\":1,\"seq\":0,\"time\":\"1970-01-01T00:00:00.000000Z\","
        "\"pid\":0,\"tid\":0,\"event\":\"import\",\"prev\":\"" ZEROS "\"}");
    free(text);
}

static void
test_format__full_record_is_in_the_order_of_the_header(void **state)
{
    stk_record r = STK_RECORD_INIT;
    char *text;

    (void)state;
    r.seq = 7;
    r.time = UINT64_C(1769860800123456);
    r.pid = 41;
    r.tid = 42;
    r.event = "import";
    r.name = "a.b";
    r.importer = "c";
    r.through = "d e";
    r.file = "f.py";
    r.line = 3;
    r.verdict = "allow";
    r.rule = "p.ini:4";
    r.requirement = "signed";
    r.reason = "rule";
    r.cached = true;
    r.origin = "o";
    r.loader = "l";
    r.key = "k";
    r.digest = "d";
    r.sandbox = "s";
    r.observe = "deny";
    r.observe_rule = "q.ini:5";
    r.outcome = "found";
    r.error = "e";
    r.ns = 6;
    r.count = 8;
    r.cut = "name";
    r.prev = "77";
    text = format_whole(&r);
    assert_string_equal(
        text,
        "{\"v\":1,\"seq\":7,\"time\":\"2026-01-31T12:00:00.123456Z\","
        "\"pid\":41,\"tid\":42,\"event\":\"import\",\"name\":\"a.b\","
        "\"importer\":\"c\",\"through\":\"d e\",\"file\":\"f.py\",\"line\":3,"
        "\"verdict\":\"allow\",\"rule\":\"p.ini:4\","
        "\"requirement\":\"signed\",\"reason\":\"rule\",\"cached\":true,"
        "\"origin\":\"o\",\"loader\":\"l\",\"key\":\"k\",\"digest\":\"d\","
        "\"sandbox\":\"s\",\"observe\":\"deny\","
        "\"observe_rule\":\"q.ini:5\",\"outcome\":\"found\",\"error\":\"e\","
        "\"ns\":6,\"count\":8,\"cut\":\"name\",\"prev\":\"77\"}");
    free(text);
}

static void
test_format__every_length_of_number_is_written_as_it_is(void **state)
{
    (void)state;
    for (uint64_t power = 1; power < INT64_MAX / 10; power *= 10)
        for (uint64_t value = power - 1; value <= power + 1; value++) {
            stk_record record = STK_RECORD_INIT;
            char wanted[64], *text;

            record.seq = value;
            record.count = value;
            snprintf(wanted, sizeof wanted, "\"seq\":%llu,\"time\"",
                     (unsigned long long)value);
            text = format_whole(&record);
            assert_non_null(strstr(text, wanted));
            snprintf(wanted, sizeof wanted, "\"count\":%llu,",
                     (unsigned long long)value);
            assert_int_equal(value != 0, strstr(text, wanted) != NULL);
            free(text);
        }
}

static void
test_format__numbers_stay_within_what_readers_hold(void **state)
{
    stk_record record = STK_RECORD_INIT;
    char *text;

    (void)state;
    record.seq = UINT64_MAX;
    record.pid = -1;
    record.line = UINT32_MAX;
    text = format_whole(&record);
    assert_non_null(strstr(text, "\"seq\":9223372036854775807,"));
    assert_non_null(strstr(text, "\"pid\":0,"));
    assert_non_null(strstr(text, "\"line\":4294967295,"));
    free(text);
}

static void
test_format__a_small_buffer_gets_a_beginning_and_a_nul(void **state)
{
    stk_record record = ordinary_record();
    char *whole = format_whole(&record);
    size_t length = strlen(whole);

    (void)state;
    for (size_t size = 0; size <= length + 1; size++) {
        char *text = malloc(size + 1);

        memset(text, '#', size + 1);
        assert_int_equal(stk_record_format(&record, text, size), length);
        assert_int_equal(text[size], '#');
        if (size > 0) {
            assert_true(strlen(text) < size);
            assert_memory_equal(text, whole, strlen(text));
        }
        free(text);
    }
    free(whole);
}

/* What JSON gives back for a name. */
static void
assert_name_becomes(const char *name, const char *expected)
{
    stk_record record = ordinary_record();
    char *text;
    json_t *root;

    record.name = name;
    text = format_whole(&record);
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7F);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "name")),
                        expected);
    json_decref(root);
    free(text);
}

static void
test_format__hostile_names_stay_one_line(void **state)
{
    (void)state;
    assert_name_becomes("a\nb\r\n", "a\nb\r\n");
    assert_name_becomes("\",\"verdict\":\"allow", "\",\"verdict\":\"allow");
    assert_name_becomes("\\\"", "\\\"");
    assert_name_becomes("\x1b[31m\x07\x7f", "\x1b[31m\x07\x7f");
    assert_name_becomes("gr\xc3\xbc\xc3\x9f\xf0\x9f\x90\x8d",
                        "gr\xc3\xbc\xc3\x9f\xf0\x9f\x90\x8d");
    assert_name_becomes("bad \xff\xc0\x80", "bad \\xff\\xc0\\x80");
    /* a lone surrogate, as Python's surrogatepass writes it */
    assert_name_becomes("x\xed\xa0\x80", "x\\xed\\xa0\\x80");
    assert_name_becomes("cut \xe2\x82", "cut \\xe2\\x82");
    assert_name_becomes("", "");
}

static void
test_format__a_name_of_100_kb_is_kept_whole(void **state)
{
    size_t size = 100 * 1000;
    char *name = malloc(size + 1);

    (void)state;
    memset(name, 'x', size);
    name[size] = '\0';
    assert_name_becomes(name, name);
    free(name);
}

/* Every text of a record set to the same. */
static void
fill_texts(stk_record *record, const char *text)
{
    for (size_t i = 0; i < STK_FIELDS; i++)
        if (stk_record_fields[i].kind == STK_FIELD_TEXT)
            memcpy((char *)record + stk_record_fields[i].offset, &text,
                   sizeof text);
}

static void
test_format__the_longest_record_stays_within_the_bound(void **state)
{
    stk_record record = STK_RECORD_INIT;
    size_t size = 2 * STK_RECORD_LINE_MAX;
    char *text = malloc(size + 1), *line;
    json_t *root;

    (void)state;
    memset(text, '\x01', size); /* six bytes each in JSON */
    text[size] = '\0';
    fill_texts(&record, text);
    line = format_whole(&record);
    assert_true(strlen(line) <= STK_RECORD_LINE_MAX);
    root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(
        json_string_value(json_object_get(root, "cut")),
        "event name importer through file verdict rule requirement reason "
        "origin loader key digest sandbox observe observe_rule outcome error "
        "cut prev");
    json_decref(root);
    free(line);
    free(text);
}

static void
test_format__a_cut_falls_between_characters_and_is_said(void **state)
{
    stk_record record = ordinary_record();
    size_t size = 3 * STK_RECORD_LINE_MAX / 2;
    char *name = malloc(size + 2), *line;
    json_t *root;
    const char *got;

    (void)state;
    /* one byte, then two-byte characters: the bound falls inside one */
    name[0] = 'x';
    for (size_t i = 1; i < size; i += 2)
        memcpy(name + i, "\xc3\xbc", 2);
    name[size + 1] = '\0';
    record.name = name;
    line = format_whole(&record);
    root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    got = json_string_value(json_object_get(root, "name"));
    assert_int_equal(strlen(got), STK_RECORD_CUT - 1);
    assert_memory_equal(got, name, strlen(got));
    assert_string_equal(json_string_value(json_object_get(root, "cut")),
                        "name");
    assert_string_equal(json_string_value(json_object_get(root, "importer")),
                        "plugins.reports");
    json_decref(root);
    free(line);
    free(name);
}

static void
test_fields__each_member_stands_in_the_table_once(void **state)
{
    (void)state;
    assert_string_equal(stk_record_fields[0].name, "v");
    assert_string_equal(stk_record_fields[STK_FIELDS - 1].name, "prev");
    for (size_t i = 0; i < STK_FIELDS; i++) {
        const stk_field *field = &stk_record_fields[i];

        assert_int_equal(strlen(field->key), field->key_length);
        assert_int_equal(strlen(field->name) + 4, field->key_length);
        for (size_t j = 1; j < i; j++)
            assert_true(stk_record_fields[j].offset < field->offset);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format__empty_record_has_what_every_line_has),
        cmocka_unit_test(
            test_format__full_record_is_in_the_order_of_the_header),
        cmocka_unit_test(
            test_format__every_length_of_number_is_written_as_it_is),
        cmocka_unit_test(test_format__numbers_stay_within_what_readers_hold),
        cmocka_unit_test(
            test_format__a_small_buffer_gets_a_beginning_and_a_nul),
        cmocka_unit_test(test_format__hostile_names_stay_one_line),
        cmocka_unit_test(test_format__a_name_of_100_kb_is_kept_whole),
        cmocka_unit_test(
            test_format__the_longest_record_stays_within_the_bound),
        cmocka_unit_test(
            test_format__a_cut_falls_between_characters_and_is_said),
        cmocka_unit_test(test_fields__each_member_stands_in_the_table_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
