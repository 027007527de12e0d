/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to one line. Written by hand from a table and not through
 * jansson, which reads lines back: this stands before every import, and a
 * tree of allocated values costs a multiple of filling a buffer once
 * (tests/bench/bench_record.c measures both).
 */
#include "audit/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

const char stk_hash_none[STK_HASH_HEX] =
    "0000000000000000000000000000000000000"
    "000000000000000000000000000";

/* clang-format off */
#define FIELD_ROW(name, kind, offset, always, otherwise)                      \
    { #name, ",\"" #name "\":", sizeof #name + 3, (kind), (offset),           \
      (always), (otherwise) }
/* clang-format on */
#define FIELD(member, kind)                                                   \
    FIELD_ROW(member, STK_FIELD_##kind, offsetof(stk_record, member), false,  \
              NULL)
#define ALWAYS(member, kind, otherwise)                                       \
    FIELD_ROW(member, STK_FIELD_##kind, offsetof(stk_record, member), true,   \
              otherwise)

const stk_field stk_record_fields[STK_FIELDS] = {
    FIELD_ROW(v, STK_FIELD_VERSION, 0, true, NULL),
    ALWAYS(seq, UINT64, NULL),
    ALWAYS(time, TIME, NULL),
    ALWAYS(pid, INT64, NULL),
    ALWAYS(tid, INT64, NULL),
    ALWAYS(event, TEXT, "import"),
    FIELD(name, TEXT),
    FIELD(importer, TEXT),
    FIELD(through, TEXT),
    FIELD(file, TEXT),
    FIELD(line, UINT32),
    FIELD(verdict, TEXT),
    FIELD(rule, TEXT),
    FIELD(requirement, TEXT),
    FIELD(reason, TEXT),
    FIELD(cached, BOOL),
    FIELD(origin, TEXT),
    FIELD(loader, TEXT),
    FIELD(key, TEXT),
    FIELD(digest, TEXT),
    FIELD(sandbox, TEXT),
    FIELD(observe, TEXT),
    FIELD(observe_rule, TEXT),
    FIELD(outcome, TEXT),
    FIELD(error, TEXT),
    FIELD(ns, UINT64),
    FIELD(count, UINT64),
    FIELD(cut, TEXT),
    ALWAYS(prev, TEXT, stk_hash_none),
};

/* The line as far as it fits, and how much longer it would be. */
typedef struct stk_line_writer {
    char *at;
    char *end;   /* of what may be written; `at` once something did not fit */
    size_t lost; /* bytes that did not fit */
    size_t most; /* bytes of a text that are taken */
} stk_line_writer;

static size_t
room_left(const stk_line_writer *to)
{
    return (size_t)(to->end - to->at);
}

static void
lose_bytes(stk_line_writer *to, size_t length)
{
    to->end = to->at;
    to->lost += length;
}

static inline __attribute__((always_inline)) void
put_bytes(stk_line_writer *to, const char *bytes, size_t length)
{
    if (length >= room_left(to)) {
        lose_bytes(to, length);
        return;
    }
    memcpy(to->at, bytes, length);
    to->at += length;
}

#define DIGITS_MAX 20u

static char *
put_two_digits(char *end, uint32_t value)
{
    end[-1] = (char)('0' + value % 10);
    end[-2] = (char)('0' + value / 10);
    return end - 2;
}

/* From the last digit back to the first; returns where that is. */
static char *
put_digits(char *end, uint64_t value)
{
    uint32_t rest;

    for (; value > UINT32_MAX; value /= 100)
        end = put_two_digits(end, (uint32_t)(value % 100));
    for (rest = (uint32_t)value; rest >= 100; rest /= 100)
        end = put_two_digits(end, rest % 100);
    if (rest >= 10)
        return put_two_digits(end, rest);
    *--end = (char)('0' + rest);
    return end;
}

static __attribute__((noinline)) void
put_number(stk_line_writer *to, uint64_t value)
{
    char text[2 * DIGITS_MAX] = { 0 }, *end = text + DIGITS_MAX, *digits;
    size_t length;

    /* what a reader of JSON can hold: a signed 64-bit integer */
    digits = put_digits(end, value > INT64_MAX ? INT64_MAX : value);
    length = (size_t)(end - digits);
    if (room_left(to) < DIGITS_MAX) {
        put_bytes(to, digits, length);
        return;
    }
    /* always as many: to copy a few bytes more takes less than to count */
    memcpy(to->at, digits, DIGITS_MAX);
    to->at += length;
}

/* At most `most` bytes, not ending inside a UTF-8 sequence. */
static size_t
cut_length(const char *text, size_t most)
{
    size_t length = strnlen(text, most + 1), end = most;

    if (length <= most)
        return length;
    while (end + 3 > most && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    return end;
}

static __attribute__((noinline)) void
put_text(stk_line_writer *to, const char *text)
{
    size_t length = cut_length(text, to->most), n;

    if (length > STK_RECORD_LINE_MAX) {
        /* the line is too long already: escaping it only takes time */
        lose_bytes(to, length);
        return;
    }
    put_bytes(to, "\"", 1);
    n = stk_json_escape(to->at, room_left(to), text, length);
    if (n < room_left(to))
        to->at += n;
    else
        lose_bytes(to, n);
    put_bytes(to, "\"", 1);
}

static void
put_time(stk_line_writer *to, uint64_t wall_us)
{
    char text[STK_CLOCK_TEXT_MAX];

    put_bytes(to, "\"", 1);
    put_bytes(to, stk_clock_text(text, wall_us), STK_CLOCK_TEXT_MAX - 1);
    put_bytes(to, "\"", 1);
}

/* No process and no thread has a negative number. */
static uint64_t
count_of(int64_t number)
{
    return number < 0 ? 0 : (uint64_t)number;
}

static inline __attribute__((always_inline)) void
put_value(stk_line_writer *to, const stk_field *field, const void *member)
{
    const char *text;

    switch (field->kind) {
    case STK_FIELD_VERSION:
        put_number(to, STK_RECORD_VERSION);
        break;
    case STK_FIELD_UINT64:
        put_number(to, *(const uint64_t *)member);
        break;
    case STK_FIELD_UINT32:
        put_number(to, *(const uint32_t *)member);
        break;
    case STK_FIELD_INT64:
        put_number(to, count_of(*(const int64_t *)member));
        break;
    case STK_FIELD_BOOL:
        put_bytes(to, "true", 4);
        break;
    case STK_FIELD_TIME:
        put_time(to, *(const uint64_t *)member);
        break;
    case STK_FIELD_TEXT:
        text = *(const char *const *)member;
        put_text(to, text ? text : field->otherwise);
        break;
    }
}

static inline __attribute__((always_inline)) bool
is_zero(const stk_field *field, const void *member)
{
    switch (field->kind) {
    case STK_FIELD_UINT64:
    case STK_FIELD_TIME:
        return *(const uint64_t *)member == 0;
    case STK_FIELD_UINT32:
        return *(const uint32_t *)member == 0;
    case STK_FIELD_INT64:
        return *(const int64_t *)member == 0;
    case STK_FIELD_BOOL:
        return !*(const bool *)member;
    case STK_FIELD_TEXT:
        return !*(const char *const *)member;
    default:
        return false;
    }
}

static size_t
format_line(const stk_record *record, size_t most, char *text, size_t size)
{
    stk_line_writer to = { text, text + size, 0, most };

    /* unrolled, the compiler knows each field's kind and key: a third */
#pragma GCC unroll 64
    for (size_t i = 0; i < STK_FIELDS; i++) {
        const stk_field *field = &stk_record_fields[i];
        const void *member = (const char *)record + field->offset;

        if (!field->always && is_zero(field, member))
            continue;
        put_bytes(&to, field->key, field->key_length);
        put_value(&to, field, member);
    }
    put_bytes(&to, "}", 1);
    if (size > 0) {
        *to.at = '\0';
        text[0] = to.at > text ? '{' : '\0'; /* for the first comma */
    }
    return (size_t)(to.at - text) + to.lost;
}

/* Names the texts that a cut will shorten, separated by spaces. */
static const char *
name_long_fields(const stk_record *record, char *names, size_t size)
{
    size_t used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < STK_FIELDS; i++) {
        const stk_field *field = &stk_record_fields[i];
        const char *text, *name = field->name;

        if (field->kind != STK_FIELD_TEXT)
            continue;
        text = *(const char *const *)((const char *)record + field->offset);
        if (!text || strnlen(text, STK_RECORD_CUT + 1) <= STK_RECORD_CUT)
            continue;
        if (used + strlen(name) + 2 > size)
            break;
        if (used)
            names[used++] = ' ';
        memcpy(names + used, name, strlen(name) + 1);
        used += strlen(name);
    }
    return names;
}

size_t
stk_record_format(const stk_record *record, char *text, size_t size)
{
    size_t need = format_line(record, SIZE_MAX - 1, text, size);
    stk_record shorter = *record;
    char names[256];

    if (need <= STK_RECORD_LINE_MAX)
        return need;
    shorter.cut = name_long_fields(record, names, sizeof names);
    return format_line(&shorter, STK_RECORD_CUT, text, size);
}
