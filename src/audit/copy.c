/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record that outlives its texts: for who reads it later, or never. To
 * copy one takes a seventh of what a line takes, and the line can be made
 * of the copy.
 */
#include "audit/copy.h"

#include <string.h>

#include "audit/record.h"

static const char *
text_of(const stk_record *record, const stk_field *field)
{
    const char *text = NULL;

    if (field->kind == STK_FIELD_TEXT)
        memcpy(&text, (const char *)record + field->offset, sizeof text);
    return text;
}

size_t
stk_record_copy_size(const stk_record *record)
{
    size_t size = sizeof *record;

    for (size_t i = 0; i < STK_FIELDS; i++) {
        const char *text = text_of(record, &stk_record_fields[i]);

        if (text)
            size += strlen(text) + 1;
    }
    return size;
}

bool
stk_record_copy(void *at, size_t size, const stk_record *record)
{
    char *copy = at, *to = copy + sizeof *record;
    size_t left, length;

    if (size < sizeof *record)
        return false;
    left = size - sizeof *record;
    memcpy(copy, record, sizeof *record);
    for (size_t i = 0; i < STK_FIELDS; i++) {
        const stk_field *field = &stk_record_fields[i];
        const char *text = text_of(record, field);

        if (!text)
            continue;
        length = strlen(text) + 1;
        if (length > left)
            return false;
        memcpy(to, text, length);
        memcpy(copy + field->offset, &to, sizeof to);
        to += length;
        left -= length;
    }
    return true;
}
