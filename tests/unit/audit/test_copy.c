/* SPDX-License-Identifier: Apache-2.0 */
/* audit/copy.c: a record that outlives its texts. */
#include "audit/copy.h"

#include <string.h>

#include "audit/record.h"
#include "scratch.h"

#define LINE 4096

static stk_record
full_record(char texts[STK_FIELDS][16])
{
    stk_record record = STK_RECORD_INIT;

    record.seq = 7;
    record.time = UINT64_C(1769860800123456);
    record.pid = record.tid = 4711;
    record.line = 12;
    record.cached = true;
    record.ns = 1834;
    record.count = 3;
    for (size_t i = 0; i < STK_FIELDS; i++) {
        const char *text = texts[i];

        if (stk_record_fields[i].kind != STK_FIELD_TEXT)
            continue;
        snprintf(texts[i], sizeof texts[i], "text %zu", i);
        memcpy((char *)&record + stk_record_fields[i].offset, &text,
               sizeof text);
    }
    return record;
}

static void
test_copy__outlives_every_text(void **state)
{
    char texts[STK_FIELDS][16] = { 0 }, before[LINE], after[LINE];
    stk_record record = full_record(texts);
    size_t size = stk_record_copy_size(&record);
    stk_record *copy = test_malloc(size);

    (void)state;
    assert_true(stk_record_format(&record, before, sizeof before) < LINE);
    assert_true(stk_record_copy(copy, size, &record));
    memset(texts, 'x', sizeof texts);
    memset(&record, 0, sizeof record);
    assert_true(stk_record_format(copy, after, sizeof after) < LINE);
    assert_string_equal(after, before);
    test_free(copy);
}

static void
test_copy__does_not_write_over_its_end(void **state)
{
    char texts[STK_FIELDS][16] = { 0 };
    stk_record record = full_record(texts);
    size_t size = stk_record_copy_size(&record);

    (void)state;
    for (size_t less = 0; less < size; less++) {
        char *copy = test_malloc(less ? less : 1); /* guarded by cmocka */

        assert_false(stk_record_copy(copy, less, &record));
        test_free(copy);
    }
}

static void
test_copy__of_an_empty_record_has_no_texts(void **state)
{
    const stk_record record = STK_RECORD_INIT;
    stk_record copy = { .name = "old" };

    (void)state;
    assert_int_equal(stk_record_copy_size(&record), sizeof record);
    assert_true(stk_record_copy(&copy, sizeof copy, &record));
    assert_memory_equal(&copy, &record, sizeof copy);
}

static void
test_copy__keeps_an_empty_text_from_none(void **state)
{
    stk_record record = STK_RECORD_INIT, *copy;
    char memory[sizeof(stk_record) + 1] __attribute__((aligned(16)));

    (void)state;
    record.name = "";
    assert_int_equal(stk_record_copy_size(&record), sizeof memory);
    assert_true(stk_record_copy(memory, sizeof memory, &record));
    copy = (stk_record *)(void *)memory;
    assert_string_equal(copy->name, "");
    assert_ptr_equal(copy->name, memory + sizeof *copy);
    assert_null(copy->importer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy__outlives_every_text),
        cmocka_unit_test(test_copy__does_not_write_over_its_end),
        cmocka_unit_test(test_copy__of_an_empty_record_has_no_texts),
        cmocka_unit_test(test_copy__keeps_an_empty_text_from_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
