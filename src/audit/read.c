/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines back to records, strictly: a line with a field that is unknown,
 * doubled, missing or of another type is no record. A torn line that a whole
 * one was appended to is told apart from it, so that a kill in one process
 * costs no record of another.
 */
#include "audit/read.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/record.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

struct stk_record_parsed {
    json_t *root;
};

static const stk_field *
find_field(const char *name)
{
    for (size_t i = 0; i < STK_FIELDS; i++)
        if (!strcmp(stk_record_fields[i].name, name))
            return &stk_record_fields[i];
    return NULL;
}

/* ---- one line --------------------------------------------------------- */

static bool
take_integer(const stk_field *field, void *member, json_int_t value)
{
    if (value < 0)
        return false;
    switch (field->kind) {
    case STK_FIELD_VERSION:
        return value == STK_RECORD_VERSION;
    case STK_FIELD_UINT64:
        *(uint64_t *)member = (uint64_t)value;
        return true;
    case STK_FIELD_INT64:
        *(int64_t *)member = value;
        return true;
    case STK_FIELD_UINT32:
        *(uint32_t *)member = (uint32_t)value;
        return value <= UINT32_MAX;
    default:
        return false;
    }
}

static bool
take_text(const stk_field *field, void *member, const char *text)
{
    if (field->kind == STK_FIELD_TIME)
        return stk_clock_parse(member, text) == 0;
    *(const char **)member = text;
    return field->kind == STK_FIELD_TEXT;
}

static bool
take_value(const stk_field *field, void *member, const json_t *value)
{
    if (json_is_integer(value))
        return take_integer(field, member, json_integer_value(value));
    if (json_is_string(value))
        return take_text(field, member, json_string_value(value));
    if (field->kind != STK_FIELD_BOOL || !json_is_true(value))
        return false;
    *(bool *)member = true;
    return true;
}

static bool
is_hash(const char *text)
{
    return strlen(text) == STK_HASH_HEX - 1 &&
           strspn(text, "0123456789abcdef") == STK_HASH_HEX - 1;
}

static int
check_version(const json_t *root, stk_error *err)
{
    const json_t *v = json_object_get(root, "v");

    if (!json_is_integer(v) || json_integer_value(v) == STK_RECORD_VERSION)
        return 0;
    return stk_error_set(err, STK_E_INVALID,
                         "version %" JSON_INTEGER_FORMAT " is not %d",
                         json_integer_value(v), STK_RECORD_VERSION);
}

static int
take_fields(stk_record *record, json_t *root, stk_error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(root, name, value)
    {
        const stk_field *field = find_field(name);
        char shown[64];

        stk_text_printable(shown, sizeof shown, name, strlen(name));
        if (!field)
            return stk_error_set(err, STK_E_INVALID, "unknown field \"%s\"",
                                 shown);
        if (!take_value(field, (char *)record + field->offset, value))
            return stk_error_set(err, STK_E_INVALID,
                                 "field \"%s\" has no such value", shown);
    }
    return 0;
}

static int
check_fields(const stk_record *record, const json_t *root, stk_error *err)
{
    for (size_t i = 0; i < STK_FIELDS; i++)
        if (stk_record_fields[i].always &&
            !json_object_get(root, stk_record_fields[i].name))
            return stk_error_set(err, STK_E_INVALID, "no field \"%s\"",
                                 stk_record_fields[i].name);
    if (!is_hash(record->prev))
        return stk_error_set(err, STK_E_INVALID,
                             "field \"prev\" is no BLAKE2b-256 in hex");
    return 0;
}

static int
load_object(json_t **out, const char *line, size_t length, stk_error *err)
{
    json_error_t failure;
    json_t *root;
    char why[JSON_ERROR_TEXT_LENGTH];

    if (memchr(line, '\n', length))
        return stk_error_set(err, STK_E_INVALID, "more than one line");
    root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &failure);
    if (!root && json_error_code(&failure) == json_error_out_of_memory)
        return stk_error_memory(err);
    if (!root)
        return stk_error_set(err, STK_E_INVALID, "no JSON: %s",
                             stk_text_printable(why, sizeof why, failure.text,
                                                strlen(failure.text)));
    if (!json_is_object(root)) {
        json_decref(root);
        return stk_error_set(err, STK_E_INVALID, "no JSON object");
    }
    *out = root;
    return 0;
}

int
stk_record_parse(stk_record_parsed **out, stk_record *record, const char *line,
                 size_t length, stk_error *err)
{
    stk_record_parsed *parsed;
    stk_record found = STK_RECORD_INIT;
    json_t *root = NULL;
    int result;

    if (length > STK_RECORD_LINE_MAX)
        return stk_error_set(err, STK_E_LIMIT, "longer than %u bytes",
                             STK_RECORD_LINE_MAX);
    result = load_object(&root, line, length, err);
    if (result < 0)
        return result;
    result = check_version(root, err);
    if (result == 0)
        result = take_fields(&found, root, err);
    if (result == 0)
        result = check_fields(&found, root, err);
    parsed = result == 0 ? malloc(sizeof *parsed) : NULL;
    if (!parsed) {
        json_decref(root);
        return result < 0 ? result : stk_error_memory(err);
    }
    parsed->root = root;
    *out = parsed;
    *record = found;
    return 0;
}

void
stk_record_parsed_free(stk_record_parsed *parsed)
{
    if (!parsed)
        return;
    json_decref(parsed->root);
    free(parsed);
}

#define READ_AHEAD 65536u

/* ---- one file --------------------------------------------------------- */

struct stk_log_reader {
    int fd; /* owned when `owned` */
    bool owned;
    bool cut;   /* what was given last had no newline */
    char *path; /* owned; for messages */
    char *data; /* owned; what was read ahead: [start, end) of `size` */
    size_t start, end, size;
    uint64_t line;
    const char *raw; /* in `data` */
    size_t raw_length;
    bool glued;    /* what comes next stands on the line of `raw` */
    bool skipping; /* within a line that is too long */
    stk_record_parsed *parsed;
};

int
stk_log_reader_open(stk_log_reader **out, const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    bool is_input = !strcmp(path, "-");
    stk_log_reader *reader;

    if (!is_input) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) {
            stk_error_set_errno(err, STK_E_IO, errno, "cannot open");
            stk_error_at(err, path, 0);
            return -STK_E_IO;
        }
    }
    reader = calloc(1, sizeof *reader);
    if (!reader)
        return stk_error_memory(err);
    reader->path = stk_text_dup(is_input ? "standard input" : path);
    reader->data = malloc(READ_AHEAD);
    reader->size = READ_AHEAD;
    if (!reader->path || !reader->data) {
        stk_log_reader_free(reader);
        return stk_error_memory(err);
    }
    reader->fd = is_input ? STDIN_FILENO : fd;
    reader->owned = !is_input;
    fd = -1;
    *out = reader;
    return 0;
}

void
stk_log_reader_free(stk_log_reader *reader)
{
    if (!reader)
        return;
    if (reader->owned)
        close(reader->fd);
    stk_record_parsed_free(reader->parsed);
    free(reader->data);
    free(reader->path);
    free(reader);
}

static int
fail_at_line(stk_log_reader *reader, int result, stk_error *err)
{
    uint64_t line = reader->line;

    if (err && result < 0)
        stk_error_at(err, reader->path,
                     line > UINT32_MAX ? UINT32_MAX : (uint32_t)line);
    return result;
}

/* Room for more bytes behind `end`, at most one line's and a newline's. */
static int
make_room(stk_log_reader *reader)
{
    size_t size = reader->size * 2;
    char *grown;

    if (reader->start > 0) {
        memmove(reader->data, reader->data + reader->start,
                reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    if (reader->end < reader->size)
        return 0;
    if (size > 2 * STK_RECORD_LINE_MAX)
        size = 2 * STK_RECORD_LINE_MAX;
    grown = realloc(reader->data, size);
    if (!grown)
        return -1;
    reader->data = grown;
    reader->size = size;
    return 0;
}

/* 1 when bytes came, 0 at the end of the file. */
static int
read_more(stk_log_reader *reader, stk_error *err)
{
    ssize_t n;

    if (make_room(reader) < 0)
        return stk_error_memory(err);
    do
        n = read(reader->fd, reader->data + reader->end,
                 reader->size - reader->end);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot read");
        stk_error_at(err, reader->path, 0);
        return -STK_E_IO;
    }
    reader->end += (size_t)n;
    return n > 0;
}

/* Drops the rest of a line that is too long. 1: to its end; 0: no end yet. */
static int
skip_line(stk_log_reader *reader, stk_error *err)
{
    int result = 1;

    while (result > 0) {
        char *from = reader->data + reader->start;
        char *newline = memchr(from, '\n', reader->end - reader->start);

        if (newline) {
            reader->start += (size_t)(newline - from) + 1;
            reader->skipping = false;
            return 1;
        }
        reader->start = reader->end = 0;
        result = read_more(reader, err);
    }
    return result;
}

/* Reading goes on behind it. */
static int
give_up_line(stk_log_reader *reader, stk_error *err)
{
    reader->line += !reader->glued;
    reader->glued = false;
    reader->skipping = true;
    stk_error_set(err, STK_E_LIMIT, "longer than %u bytes",
                  STK_RECORD_LINE_MAX);
    fail_at_line(reader, -STK_E_LIMIT, err);
    return -STK_E_LIMIT;
}

/* 1 with `raw` set, 0 at the end of the file. */
static int
next_raw(stk_log_reader *reader, stk_error *err)
{
    for (;;) {
        const char *from = reader->data + reader->start;
        size_t length = reader->end - reader->start;
        const char *newline = memchr(from, '\n', length);
        int more = 0;

        if (!newline && length > STK_RECORD_LINE_MAX)
            return give_up_line(reader, err);
        if (!newline)
            more = read_more(reader, err);
        if (more < 0 || (!newline && !more && !length))
            return more;
        if (more > 0)
            continue;
        reader->raw = reader->data + reader->start;
        reader->raw_length =
            newline ? (size_t)(newline - reader->raw) : length;
        reader->start += reader->raw_length + (newline != NULL);
        reader->cut = !newline;
        reader->line += !reader->glued;
        reader->glued = false;
        if (reader->raw_length > 0)
            return 1;
    }
}

/*
 * Where a record begins behind other bytes, or 0. A quote within a text is
 * escaped, so that these five bytes stand at the start of a record only.
 */
static size_t
find_glued(const char *raw, size_t length)
{
    static const char begin[] = "{\"v\":";

    for (size_t at = length; at-- > 1;)
        if (raw[at] == '{' && length - at >= sizeof begin - 1 &&
            !memcmp(raw + at, begin, sizeof begin - 1))
            return at;
    return 0;
}

static int
explain_invalid(stk_log_reader *reader, int result, stk_error *err)
{
    size_t at = find_glued(reader->raw, reader->raw_length);

    if (at > 0) {
        reader->start = (size_t)(reader->raw - reader->data) + at;
        reader->raw_length = at;
        reader->glued = true;
        result = stk_error_set(err, STK_E_INVALID,
                               "torn: another record begins within it");
    } else if (reader->cut) {
        result = stk_error_set(err, STK_E_INVALID,
                               "cut off: the file ends within it");
    }
    return fail_at_line(reader, result, err);
}

int
stk_log_reader_next(stk_log_reader *reader, stk_record *record, stk_error *err)
{
    int result = 1;

    stk_record_parsed_free(STK_STEAL(reader->parsed));
    reader->raw = NULL;
    reader->raw_length = 0;
    if (reader->skipping)
        result = skip_line(reader, err);
    if (result > 0)
        result = next_raw(reader, err);
    if (result <= 0)
        return result;
    result = stk_record_parse(&reader->parsed, record, reader->raw,
                              reader->raw_length, err);
    if (result == -STK_E_INVALID)
        return explain_invalid(reader, result, err);
    return result < 0 ? fail_at_line(reader, result, err) : 1;
}

uint64_t
stk_log_reader_line(const stk_log_reader *reader)
{
    return reader->line;
}

const char *
stk_log_reader_raw(const stk_log_reader *reader, size_t *length)
{
    *length = reader->raw_length;
    return reader->raw ? reader->raw : "";
}

bool
stk_log_reader_cut(const stk_log_reader *reader)
{
    return reader->cut;
}
