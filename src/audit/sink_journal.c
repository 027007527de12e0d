/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to systemd's journal. MESSAGE is the line itself, so that
 * `journalctl -t stockade -o cat` gives the log back; each text of the
 * record stands beside it as a field of its own, STOCKADE_NAME and so on.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/record.h"
#include "audit/sink.h"
#include "base/cleanup.h"
#include "base/error.h"

#define SOCKET       "/run/systemd/journal/socket"
#define FIELD_PREFIX "STOCKADE_"
#define FIXED_FIELDS 3u
#define ORDINARY     4096u

/* libsystemd reports success when no journal is there: ask ourselves. */
static int
check_socket(void)
{
    struct stat st;

    if (stat(SOCKET, &st) < 0)
        return -1;
    if (S_ISSOCK(st.st_mode))
        return 0;
    errno = ENOTSOCK;
    return -1;
}

static int
open_journal(stk_sink *sink, const char *what, stk_error *err)
{
    if (what[0])
        return stk_error_set(err, STK_E_INVALID,
                             "audit sink \"%s\": \"journal:\" takes no name",
                             sink->label);
    if (check_socket() < 0)
        return stk_error_set_errno(err, STK_E_UNSUPPORTED, errno,
                                   "no journal listens on %s", SOCKET);
    return 0;
}

static const char *
text_of(const stk_record *record, const stk_field *field)
{
    if (field->kind != STK_FIELD_TEXT)
        return NULL;
    return *(const char *const *)((const char *)record + field->offset);
}

/* What the fields need, names and all. */
static size_t
measure_fields(const stk_line *line)
{
    size_t need = sizeof "MESSAGE=" + line->length;

    for (size_t i = 0; i < STK_FIELDS; i++) {
        const stk_field *field = &stk_record_fields[i];
        const char *text = text_of(line->record, field);

        if (text)
            need += sizeof FIELD_PREFIX "=" + strlen(field->name) +
                    strnlen(text, STK_RECORD_LINE_MAX);
    }
    return need;
}

static char *
put_field(struct iovec *out, char *at, const char *name, const char *text,
          size_t length)
{
    size_t n = strlen(name);

    out->iov_base = at;
    memcpy(at, name, n);
    at[n] = '=';
    memcpy(at + n + 1, text, length);
    out->iov_len = n + 1 + length;
    return at + out->iov_len;
}

static char *
put_text_field(struct iovec *out, char *at, const char *name, const char *text)
{
    char upper[64];
    int n = snprintf(upper, sizeof upper, FIELD_PREFIX "%s", name);

    for (int i = 0; i < n; i++)
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - 'a' + 'A');
    return put_field(out, at, upper, text, strnlen(text, STK_RECORD_LINE_MAX));
}

static int
send_fields(const stk_line *line, char *at)
{
    struct iovec fields[STK_FIELDS + FIXED_FIELDS];
    char priority[] = "PRIORITY=5",
         identifier[] = "SYSLOG_IDENTIFIER=stockade";
    int n = 0;

    priority[sizeof priority - 2] =
        (char)('0' + stk_sink_severity(line->record));
    fields[n++] = (struct iovec){ priority, sizeof priority - 1 };
    fields[n++] = (struct iovec){ identifier, sizeof identifier - 1 };
    at = put_field(&fields[n++], at, "MESSAGE", line->text, line->length);
    for (size_t i = 0; i < STK_FIELDS; i++) {
        const stk_field *field = &stk_record_fields[i];
        const char *text = text_of(line->record, field);

        if (text)
            at = put_text_field(&fields[n++], at, field->name, text);
    }
    return sd_journal_sendv(fields, n);
}

static int
write_journal(stk_sink *sink, const stk_line *line, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *longer = NULL;
    char ordinary[ORDINARY];
    size_t need = measure_fields(line);
    int result = check_socket() < 0 ? -errno : 0;

    if (result == 0 && need > sizeof ordinary) {
        longer = malloc(need);
        if (!longer)
            result = -ENOMEM;
    }
    if (result == 0)
        result = send_fields(line, longer ? longer : ordinary);
    if (result < 0)
        return stk_error_set_errno(err, STK_E_AUDIT, -result,
                                   "%s: cannot write", sink->label);
    return 0;
}

const stk_sink_type stk_sink_journal = { "journal", open_journal, NULL,
                                         write_journal };
