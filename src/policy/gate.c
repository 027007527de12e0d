/* SPDX-License-Identifier: Apache-2.0 */
/* The gate in front of inih: refuses what inih would silently cut. */
#include "policy/gate.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

typedef struct scan {
    stk_gate *gate;
    stk_complaints *all;
    const char *file;
    uint32_t number;
    bool lost; /* the heading above was refused */
} scan;

void
stk_gate_clear(stk_gate *gate)
{
    free(gate->lines);
    memset(gate, 0, sizeof *gate);
}

static void
refuse(scan *s, const char *message)
{
    stk_complain(s->all, s->file, s->number, STK_E_INVALID, "%s", message);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static const char *
trim_blanks(const char *start, const char *end)
{
    while (end > start && is_blank(end[-1]))
        end--;
    return end;
}

/* strchr() for one or two, asked for every byte; a NUL stops, too. */
static inline bool
is_stop(const char *stops, char c)
{
    for (; *stops; stops++)
        if (*stops == c)
            return true;
    return c == '\0';
}

/* Where a comment begins in [at, end), which has no NUL; else `end`. */
static const char *
find_comment(const char *at, const char *end)
{
    const char *found = at;

    while ((found = memchr(found, ';', (size_t)(end - found)))) {
        if (found > at && is_blank(found[-1]))
            return found;
        found++;
    }
    return end;
}

/* The first of `stops`, or of a comment, in [at, end); else `end`. */
static const char *
find_stop(const char *at, const char *end, const char *stops)
{
    bool after_blank = false;

    for (; at < end; at++) {
        if (is_stop(stops, *at) || (after_blank && *at == ';'))
            break;
        after_blank = is_blank(*at);
    }
    return at;
}

static int
keep_line(scan *s, const stk_line *line)
{
    stk_gate *gate = s->gate;

    if (gate->n == gate->size) {
        size_t size = gate->size ? gate->size * 2 : 64;
        stk_line *lines = reallocarray(gate->lines, size, sizeof *lines);

        if (!lines)
            return -STK_E_MEMORY;
        gate->lines = lines;
        gate->size = size;
    }
    gate->lines[gate->n++] = *line;
    return 0;
}

/* What nearly every line is. */
static bool
is_plain_ascii(const char *at, size_t length)
{
    const uint64_t each = UINT64_C(0x0101010101010101), high = 0x80 * each;
    size_t i = 0;
    uint64_t eight;

    /* eight at a time: below 0x20, 0x7F, or with the highest bit */
    for (; i + sizeof eight <= length; i += sizeof eight) {
        memcpy(&eight, at + i, sizeof eight);
        if (((eight - 0x20 * each) | (eight + each) | eight) & high)
            break;
    }
    for (; i < length; i++)
        if ((unsigned char)(at[i] - 0x20) >= 0x5F && at[i] != '\t')
            return false;
    return true;
}

/* True when the bytes of the line are text that inih reads as one line. */
static bool
check_bytes(scan *s, const char *at, size_t length)
{
    size_t bad;

    if (is_plain_ascii(at, length))
        return true;
    bad = stk_utf8_check(at, length);
    if (memchr(at, '\0', length)) {
        refuse(s, "a NUL byte; everything after it would be unread");
        return false;
    }
    if (bad < length) {
        stk_complain(s->all, s->file, s->number, STK_E_INVALID,
                     "byte %zu of the line is not UTF-8; save the file as "
                     "UTF-8",
                     bad + 1);
        return false;
    }
    if (memchr(at, '\r', length)) {
        refuse(s, "a carriage return alone; end lines with LF or CRLF");
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)at[i];

        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            stk_complain(s->all, s->file, s->number, STK_E_INVALID,
                         "control character \\x%02x; remove it", c);
            return false;
        }
    }
    return true;
}

static bool
check_length(scan *s, const char *at, size_t length)
{
    if (length <= STK_LINE_LENGTH_MAX)
        return true;
    stk_complain(s->all, s->file, s->number, STK_E_INVALID,
                 "the line has %zu bytes, at most %u are read; %s", length,
                 STK_LINE_LENGTH_MAX,
                 *at == ';' || *at == '#'
                     ? "break the comment into two lines"
                     : "repeat the key on a second line to continue a list");
    return false;
}

static int
take_section(scan *s, stk_line *line)
{
    const char *end = line->text + line->length;
    const char *name = line->text + 1;
    const char *close = find_stop(name, end, "]");
    const char *after;

    s->lost = true;
    if (close == end || *close != ']') {
        refuse(s, "no closing bracket; write [section]");
        return 0;
    }
    line->kind = STK_LINE_SECTION;
    line->key = name;
    line->key_length = (size_t)(close - name);
    if (close > name && (is_blank(*name) || is_blank(close[-1]))) {
        refuse(s, "blanks inside the brackets; write [section]");
        return 0;
    }
    after = skip_blanks(close + 1, end);
    if (after < end && (*after != ';' || after == close + 1)) {
        refuse(s, "text after the bracket would be unread; begin a new line");
        return 0;
    }
    if (line->key_length > STK_SECTION_NAME_MAX) {
        stk_complain(s->all, s->file, s->number, STK_E_INVALID,
                     "the section's name has %zu bytes, at most %u are read; "
                     "name a long importer through a group: "
                     "[modules from @name]",
                     line->key_length, STK_SECTION_NAME_MAX);
        return 0;
    }
    s->lost = false;
    return keep_line(s, line);
}

static int
take_entry(scan *s, stk_line *line)
{
    const char *end = line->text + line->length;
    const char *equals = find_stop(line->text, end, "=:");

    if (equals < end && *equals == ':') {
        refuse(s, "a ':' before the '='; write key = value");
        return 0;
    }
    if (equals == end || *equals != '=') {
        refuse(s, "no '='; write key = value, or begin a comment with ;");
        return 0;
    }
    line->kind = STK_LINE_ENTRY;
    line->key = line->text;
    line->key_length = (size_t)(trim_blanks(line->text, equals) - line->text);
    if (line->key_length == 0) {
        refuse(s, "nothing before the '='; write key = value");
        return 0;
    }
    end = find_comment(equals + 1, end);
    line->value = skip_blanks(equals + 1, end);
    line->value_length = (size_t)(trim_blanks(line->value, end) - line->value);
    /* of which section it is cannot be told: the heading's error is enough */
    return s->lost ? 0 : keep_line(s, line);
}

static int
take_line(scan *s, const char *at, size_t length)
{
    stk_line line = { .number = s->number, .text = at, .length = length };
    const char *first;

    if (!check_bytes(s, at, length))
        return 0;
    first = skip_blanks(at, at + length);
    if (first == at + length)
        return 0;
    if (!check_length(s, first, length))
        return 0;
    if (*first == ';' || *first == '#')
        return 0;
    if (first > at) {
        refuse(s, "an indented line would continue the value above; begin "
                  "it in the first column, and repeat the key to continue a "
                  "list");
        return 0;
    }
    return *at == '[' ? take_section(s, &line) : take_entry(s, &line);
}

int
stk_gate_scan(stk_gate *out, const char *file, const char *text, size_t length,
              stk_complaints *all)
{
    scan s = { out, all, file, 0, false };
    const char *end = text + length;

    if (length >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3))
        text += 3;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const char *next = stop ? stop + 1 : end;
        size_t n = (size_t)((stop ? stop : end) - text);

        if (stop && n > 0 && text[n - 1] == '\r')
            n--;
        s.number++;
        if (take_line(&s, text, n) < 0)
            return -STK_E_MEMORY;
        text = next;
    }
    return 0;
}
