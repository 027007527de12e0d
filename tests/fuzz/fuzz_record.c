/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a log. What is taken for a record is written as a line that is
 * taken too, and that one is written as itself.
 */
#include <stdlib.h>
#include <string.h>

#include <stockade/audit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Freed by free(); its length in `*length`. */
static char *
format_line(const stk_record *record, size_t *length)
{
    char *line;

    *length = stk_record_format(record, NULL, 0);
    if (*length > STK_RECORD_LINE_MAX)
        abort();
    line = malloc(*length + 1);
    if (!line || stk_record_format(record, line, *length + 1) != *length)
        abort();
    return line;
}

/* Returns what format_line() makes of the record in `line`. */
static char *
read_and_format(const char *line, size_t *length)
{
    stk_record_parsed *parsed = NULL;
    stk_record record;
    char *again;

    if (stk_record_parse(&parsed, &record, line, *length, NULL) < 0)
        abort();
    again = format_line(&record, length);
    stk_record_parsed_free(parsed);
    return again;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_record_parsed *parsed = NULL;
    stk_record record;
    char *line, *again;
    size_t length, again_length;

    if (stk_record_parse(&parsed, &record, (const char *)data, size, NULL) < 0)
        return 0;
    line = format_line(&record, &length);
    stk_record_parsed_free(parsed);
    again_length = length;
    again = read_and_format(line, &again_length);
    if (again_length != length || memcmp(line, again, length))
        abort();
    free(line);
    free(again);
    return 0;
}
