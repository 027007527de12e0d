/* SPDX-License-Identifier: Apache-2.0 */
/* guard/needs.c: what a log says was needed, and where it came from. */
#include "guard/needs.h"

#include <stockade/audit.h>

#include "unit.h"

#include "base/buffer.h"

/* ---- a log ---------------------------------------------------------- */

static void
read_records(void **state, stk_needs *needs, const stk_record *records,
             size_t n)
{
    const char *path = unit_path(state, "log.jsonl");
    FILE *file = fopen(path, "w");
    stk_error err = STK_ERROR_INIT;

    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        char line[8192];

        assert_true(stk_record_format(&records[i], line, sizeof line) <
                    sizeof line);
        fprintf(file, "%s\n", line);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(stk_needs_read(needs, path, &err), 0);
}

static int
print_need(void *payload, const void *item)
{
    const stk_need *need = item;

    stk_buffer_printf(payload, "%s:%s%s ", need->importer, need->name,
                      need->startup ? "(startup)" : "");
    return 0;
}

static void
assert_needs(const stk_needs *needs, const char *expected)
{
    stk_buffer text = STK_BUFFER_INIT(1 << 16);

    assert_int_equal(stk_needs_walk(needs->needs, print_need, &text), 0);
    assert_string_equal(text.data ? text.data : "", expected);
    stk_buffer_clear(&text);
}

static stk_record
import_of(const char *importer, const char *name, const char *origin)
{
    stk_record record = STK_RECORD_INIT;

    record.event = "import";
    record.importer = importer;
    record.name = name;
    record.origin = origin;
    record.verdict = "deny";
    record.reason = "default";
    return record;
}

static unsigned
flags_of(const stk_needs *needs, const char *label)
{
    const stk_top *top = stk_needs_top(needs, label);

    assert_non_null(top);
    return top->flags;
}

/* ---- labels --------------------------------------------------------- */

static void
test_label__is_the_first_of_a_dotted_name(void **state)
{
    char label[STK_LABEL_MAX + 1];

    (void)state;
    assert_true(stk_needs_label(label, "os.path"));
    assert_string_equal(label, "os");
    assert_true(stk_needs_label(label, "_x1"));
    assert_string_equal(label, "_x1");
    /* what no rule can spell is covered by its parent */
    assert_true(stk_needs_label(label, "app.migrations.0001_initial"));
    assert_string_equal(label, "app");
}

static void
test_label__nothing_that_no_rule_can_cover_passes(void **state)
{
    static const char *const wrong[] = {
        "",   ".",   "a.",   ".a",    "a..b", "1a", "*", "@g", "=b",
        ";b", "[x]", "a\nb", "a.b\n", "a/b",  " ",  "-", "",   "a.b/c",
    };
    char label[STK_LABEL_MAX + 1];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++)
        assert_false(stk_needs_label(label, wrong[i]));
}

static void
test_pattern__is_the_label_or_its_beginning(void **state)
{
    static const struct {
        const char *label, *pattern;
    } all[] = {
        { "os", "os" },
        { "my-module", "my*" },
        { "a b", "a*" },
        { "a = allow", "a*" },
        { "x*", "x*" },
        { "x;y", "x*" },
        { "\xc3\xa9-x", "\xc3\xa9*" },
    };
    char pattern[STK_LABEL_MAX + 2];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(all); i++) {
        assert_true(stk_needs_pattern(pattern, all[i].label));
        assert_string_equal(pattern, all[i].pattern);
    }
    assert_false(stk_needs_pattern(pattern, "0x"));
    assert_false(stk_needs_pattern(pattern, "-"));
    assert_false(stk_needs_pattern(pattern, ""));
}

static void
test_label__the_longest_that_fits_on_a_line(void **state)
{
    char label[STK_LABEL_MAX + 1], name[STK_LABEL_MAX + 2];

    (void)state;
    memset(name, 'x', sizeof name);
    name[STK_LABEL_MAX] = '\0';
    assert_true(stk_needs_label(label, name));
    assert_string_equal(label, name);
    name[STK_LABEL_MAX] = 'x';
    name[STK_LABEL_MAX + 1] = '\0';
    assert_false(stk_needs_label(label, name));
}

/* ---- reading -------------------------------------------------------- */

static void
test_read__each_pair_is_there_once_in_order(void **state)
{
    const stk_record records[] = {
        import_of("b.x", "ssl", NULL), import_of("a", "os.path", NULL),
        import_of("b.y", "ssl", NULL), import_of("a", "json", NULL),
        import_of(NULL, "os", NULL),
    };
    stk_needs needs = STK_NEEDS_INIT;

    read_records(state, &needs, records, UNIT_COUNT(records));
    assert_needs(&needs, ":os a:json a:os.path b.x:ssl b.y:ssl ");
    stk_needs_clear(&needs);
}

static void
test_read__importers_on_the_way_need_it_too(void **state)
{
    stk_record record = import_of("a", "os", NULL);
    stk_needs needs = STK_NEEDS_INIT;

    record.through = "b.c d a";
    read_records(state, &needs, &record, 1);
    assert_needs(&needs, "a:os b.c:os d:os ");
    stk_needs_clear(&needs);
}

static void
test_read__other_events_need_nothing(void **state)
{
    stk_record records[] = {
        import_of("a", "ssl", NULL),
        import_of("a", NULL, NULL),
        import_of("a", "json", NULL),
    };
    stk_needs needs = STK_NEEDS_INIT;

    records[0].event = "tamper";
    records[1].event = "start";
    records[2].event = "reload";
    read_records(state, &needs, records, UNIT_COUNT(records));
    assert_needs(&needs, "a:json ");
    stk_needs_clear(&needs);
}

/* What the guard lets pass at start-up, it lets pass under any policy. */
static void
test_read__start_up_needs_what_a_rule_may_deny(void **state)
{
    stk_record records[] = {
        import_of("site", "os", NULL),   import_of(NULL, "os", NULL),
        import_of(NULL, "ssl", NULL),    import_of("pth", "os", NULL),
        import_of("pth", "other", NULL), import_of("pth", "sys", NULL),
        import_of("pth", "sys", NULL),   import_of(NULL, "posix", NULL),
    };
    stk_needs needs = STK_NEEDS_INIT;

    for (size_t i = 0; i < UNIT_COUNT(records); i++)
        records[i].reason = i == 6 ? "default" : "startup";
    for (size_t i = 0; i < 7; i++)
        records[i].file = "<string>";
    records[1].cached = true;
    read_records(state, &needs, records, UNIT_COUNT(records));
    assert_needs(&needs, ":ssl(startup) pth:os(startup) pth:sys ");
    stk_needs_clear(&needs);
}

static void
test_read__origins_tell_own_from_installed(void **state)
{
    const stk_record records[] = {
        import_of("a", "own", "/srv/own.py"),
        import_of("a", "site", "/v/site-packages/site.py"),
        import_of("a", "dist", "/usr/lib/python3/dist-packages/dist.py"),
        import_of("a", "json", "/usr/lib/python3.11/json/__init__.py"),
        import_of("a", "builtin", "built-in"),
        import_of("a", "nowhere", NULL),
        import_of("a", "_sysconfigdata__linux_x86_64-linux-gnu",
                  "/usr/lib/python3.11/_sysconfigdata__linux_x86_64-linux-"
                  "gnu.py"),
    };
    stk_needs needs = STK_NEEDS_INIT;

    read_records(state, &needs, records, UNIT_COUNT(records));
    assert_int_equal(flags_of(&needs, "own"), STK_TOP_FOUND | STK_TOP_OWN);
    assert_int_equal(flags_of(&needs, "dist"), STK_TOP_FOUND | STK_TOP_SITE);
    /* `site` is a standard-library name, and came from elsewhere unnoticed */
    assert_int_equal(flags_of(&needs, "site"), STK_TOP_FOUND);
    assert_int_equal(flags_of(&needs, "json"), STK_TOP_FOUND);
    assert_int_equal(flags_of(&needs, "builtin"), STK_TOP_FOUND);
    assert_int_equal(
        flags_of(&needs, "_sysconfigdata__linux_x86_64-linux-gnu"),
        STK_TOP_FOUND);
    assert_int_equal(flags_of(&needs, "nowhere"), STK_TOP_FOUND);
    assert_null(stk_needs_top(&needs, "a"));
    stk_needs_clear(&needs);
}

static void
test_read__shadowing_keeps_the_place(void **state)
{
    stk_record record = import_of("a", "random", "/srv/random.py");
    stk_needs needs = STK_NEEDS_INIT;

    record.reason = "shadowing";
    read_records(state, &needs, &record, 1);
    assert_int_equal(flags_of(&needs, "random"),
                     STK_TOP_FOUND | STK_TOP_OWN | STK_TOP_SHADOW);
    assert_string_equal(stk_needs_top(&needs, "random")->origin,
                        "/srv/random.py");
    stk_needs_clear(&needs);
}

static void
test_read__what_was_never_found_is_told_apart(void **state)
{
    stk_record records[] = {
        import_of("a", "gone", NULL),   import_of("a", "absent", NULL),
        import_of("a", "there", NULL),  import_of("a", "space", NULL),
        import_of("a", "broken", NULL), import_of("a", "late", NULL),
        import_of("a", "late", NULL),
    };
    stk_needs needs = STK_NEEDS_INIT;

    records[0].outcome = records[5].outcome = "not-found";
    for (int i = 1; i < 5; i++)
        records[i].outcome = "would-refuse";
    records[2].cached = true;
    records[3].loader = "NamespaceLoader";
    records[4].error = "ValueError";
    records[6].outcome = "found";
    read_records(state, &needs, records, UNIT_COUNT(records));
    assert_int_equal(flags_of(&needs, "gone"), 0);
    assert_int_equal(flags_of(&needs, "absent"), 0);
    assert_int_equal(flags_of(&needs, "there"), STK_TOP_FOUND);
    assert_int_equal(flags_of(&needs, "space"), STK_TOP_FOUND);
    assert_int_equal(flags_of(&needs, "broken"), STK_TOP_FOUND);
    assert_int_equal(flags_of(&needs, "late"), STK_TOP_FOUND);
    stk_needs_clear(&needs);
}

static void
test_read__names_that_are_none_are_needed_too(void **state)
{
    stk_record records[] = {
        import_of("a", "my-module", NULL),
        import_of("my-module", "os", NULL),
        import_of("x = allow\ny", "os", NULL),
        import_of("?", "ssl", NULL),
        import_of("a", "0-module", NULL),
    };
    stk_needs needs = STK_NEEDS_INIT;

    read_records(state, &needs, records, UNIT_COUNT(records));
    assert_needs(&needs, ":os :ssl a:0-module a:my-module ");
    assert_non_null(stk_needs_top(&needs, "my-module"));
    assert_null(stk_needs_top(&needs, "0-module"));
    stk_needs_clear(&needs);
}

static int
stop_at_once(void *payload, const void *item)
{
    (void)item;
    ++*(int *)payload;
    return -7;
}

static void
test_walk__ends_with_the_first_failure(void **state)
{
    const stk_record records[] = { import_of("a", "os", NULL),
                                   import_of("b", "os", NULL) };
    stk_needs needs = STK_NEEDS_INIT;
    int n = 0;

    read_records(state, &needs, records, UNIT_COUNT(records));
    assert_int_equal(stk_needs_walk(needs.needs, stop_at_once, &n), -7);
    assert_int_equal(n, 1);
    stk_needs_clear(&needs);
}

static void
test_read__a_broken_log_is_an_error(void **state)
{
    const char *path = unit_write(state, "log", "{\n", 2);
    stk_needs needs = STK_NEEDS_INIT;
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_needs_read(&needs, path, &err), -STK_E_INVALID);
    stk_needs_clear(&needs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label__is_the_first_of_a_dotted_name),
        cmocka_unit_test(test_label__nothing_that_no_rule_can_cover_passes),
        cmocka_unit_test(test_pattern__is_the_label_or_its_beginning),
        cmocka_unit_test(test_label__the_longest_that_fits_on_a_line),
        unit_test_in_folder(test_read__each_pair_is_there_once_in_order),
        unit_test_in_folder(test_read__importers_on_the_way_need_it_too),
        unit_test_in_folder(test_read__other_events_need_nothing),
        unit_test_in_folder(test_read__start_up_needs_what_a_rule_may_deny),
        unit_test_in_folder(test_read__origins_tell_own_from_installed),
        unit_test_in_folder(test_read__shadowing_keeps_the_place),
        unit_test_in_folder(test_read__what_was_never_found_is_told_apart),
        unit_test_in_folder(test_read__names_that_are_none_are_needed_too),
        unit_test_in_folder(test_walk__ends_with_the_first_failure),
        unit_test_in_folder(test_read__a_broken_log_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
