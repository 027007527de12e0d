/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force around a worker. */
#include "guard/inforce.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

#define TEXT_MAX 4096u

/* ---- reading --------------------------------------------------------- */

static int
read_number(int32_t *out, stk_reader *reader, int32_t most, stk_error *err)
{
    stk_token token;
    int result = stk_reader_expect(reader, STK_VALUE_INT, &token, err);

    if (result < 0)
        return result;
    if (token.negative || token.integer > (uint64_t)most)
        return stk_error_set(err, STK_E_INVALID, "another report");
    *out = (int32_t)token.integer;
    return 0;
}

static int
read_layer(stk_reader *reader, stk_sandbox_report *report, unsigned layer,
           stk_error *err)
{
    char *reason = report->layers[layer].reason;
    int32_t state = 0, level = 0;
    stk_token token;
    int result = read_number(&state, reader, STK_LAYER_UNUSED, err);

    if (result == 0)
        result = read_number(&level, reader, INT32_MAX, err);
    if (result == 0)
        result = stk_reader_expect(reader, STK_VALUE_TEXT, &token, err);
    if (result < 0)
        return result;
    if (token.length >= STK_LAYER_REASON_MAX)
        return stk_error_set(err, STK_E_INVALID, "another report");
    report->layers[layer].state = (uint32_t)state;
    report->layers[layer].level = level;
    memcpy(reason, token.bytes, token.length);
    reason[token.length] = '\0';
    return 0;
}

static int
tell_refusal(stk_reader *reader, stk_error *err)
{
    stk_token token;
    int result = stk_reader_expect(reader, STK_VALUE_TEXT, &token, err);

    return result < 0
               ? result
               : stk_error_set(err, STK_E_UNSUPPORTED, "%.*s",
                               (int)token.length, (const char *)token.bytes);
}

int
stk_inforce_read(stk_sandbox_report *out, stk_reader *reader, bool refused,
                 stk_error *err)
{
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_token token;
    int result;

    if (refused)
        return tell_refusal(reader, err);
    result = stk_reader_expect(reader, STK_VALUE_LIST, &token, err);
    if (result == 0 && token.count != 3 * STK_LAYER_COUNT)
        result = stk_error_set(err, STK_E_INVALID, "another report");
    for (unsigned i = 0; result == 0 && i < STK_LAYER_COUNT; i++)
        result = read_layer(reader, &report, i, err);
    if (result == 0)
        result = stk_reader_finish(reader, err);
    if (result == 0)
        *out = report;
    return result;
}

/* ---- in words -------------------------------------------------------- */

static void
put_active(stk_buffer *out, const stk_sandbox_report *report, int layer)
{
    int level = (int)report->layers[layer].level;

    stk_buffer_puts(out, out->length ? ", " : "with ");
    stk_buffer_puts(out, stk_layer_name((enum stk_layer)layer));
    if (level > 0)
        stk_buffer_printf(out, " %d", level);
}

static void
put_absent(stk_buffer *out, const stk_sandbox_report *report, int layer,
           bool first)
{
    const char *reason = report->layers[layer].reason;

    stk_buffer_puts(out, !first        ? ", "
                         : out->length ? "; without "
                                       : "without ");
    stk_buffer_puts(out, stk_layer_name((enum stk_layer)layer));
    if (*reason)
        stk_buffer_printf(out, " (%s)", reason);
}

char *
stk_inforce_text(const stk_sandbox_report *report)
{
    stk_buffer out = STK_BUFFER_INIT(TEXT_MAX);
    bool first = true;

    for (int i = 0; i < STK_LAYER_COUNT; i++)
        if (report->layers[i].state == STK_LAYER_ACTIVE)
            put_active(&out, report, i);
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        if (report->layers[i].state == STK_LAYER_ABSENT) {
            put_absent(&out, report, i, first);
            first = false;
        }
    return stk_buffer_steal(&out);
}
