/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as text that the same words make again. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/profile.h"
#include "base/unit.h"

#define TEXT_MAX (64u * 1024u)
#define LINE_MAX 600u

/* ---- written --------------------------------------------------------- */

static void
put_bytes(stk_buffer *out, const char *key, uint64_t value)
{
    char text[STK_UNIT_TEXT_MAX];

    stk_buffer_printf(out, "%s = %s\n", key, stk_unit_bytes(text, value));
}

static void
put_ms(stk_buffer *out, const char *key, uint64_t value)
{
    char text[STK_UNIT_TEXT_MAX];

    stk_buffer_printf(out, "%s = %s\n", key,
                      value == STK_UNLIMITED ? "unlimited"
                                             : stk_unit_ms(text, value));
}

static void
put_words(stk_buffer *out, const char *key, const stk_words *words)
{
    const char *at = words->text;

    for (uint32_t i = 0; i < words->n; i++, at += strlen(at) + 1)
        stk_buffer_printf(out, "%s = %s\n", key, at);
}

static void
put_ports(stk_buffer *out, const char *way, const stk_ports *ports)
{
    for (uint32_t i = 0; i < ports->n; i++)
        stk_buffer_printf(out, "network = %s%u\n", way,
                          (unsigned)ports->ports[i]);
}

static void
put_calls(stk_buffer *out, uint32_t calls)
{
    for (uint32_t bit = 1; bit & STK_CALLS_ALL; bit <<= 1)
        if (calls & bit)
            stk_buffer_printf(out, "syscalls = %s\n",
                              stk_calls_name((enum stk_calls)bit));
}

static void
put_require(stk_buffer *out, uint32_t require)
{
    if ((require & STK_LAYERS_NAMESPACES) == STK_LAYERS_NAMESPACES) {
        stk_buffer_printf(out, "require = namespaces\n");
        require &= ~STK_LAYERS_NAMESPACES;
    }
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        if (require & STK_LAYER_BIT(i))
            stk_buffer_printf(out, "require = %s\n",
                              stk_layer_name((enum stk_layer)i));
}

char *
stk_profile_print(const stk_profile *p)
{
    STK_CLEANUP(stk_buffer_clear) stk_buffer out = STK_BUFFER_INIT(TEXT_MAX);

    put_calls(&out, p->calls);
    put_bytes(&out, "memory", p->memory);
    put_ms(&out, "cpu", p->cpu_ms);
    put_ms(&out, "deadline", p->deadline_ms);
    put_bytes(&out, "output", p->output);
    put_bytes(&out, "reply", p->reply);
    stk_buffer_printf(&out, "processes = %u\ndenials = %u\ncallbacks = %u\n",
                      p->processes, p->denials, p->callbacks);
    stk_buffer_printf(&out, "restart = %s\n",
                      p->restart == STK_RESTART_ON_NEXT_CALL ? "on_next_call"
                                                             : "never");
    stk_buffer_printf(&out, "start = %s\nspares = %u\n",
                      p->start == STK_START_ON_INSTALL ? "on_install"
                                                       : "on_first_use",
                      p->spares);
    put_words(&out, "preload", &p->preload);
    put_words(&out, "read", &p->read);
    put_words(&out, "write", &p->write);
    put_ports(&out, "", &p->connect);
    put_ports(&out, "listen:", &p->listen);
    put_require(&out, p->require);
    return stk_buffer_steal(&out);
}

/* ---- read ------------------------------------------------------------ */

static int
take_line(stk_profile *profile, const char *line, size_t length,
          stk_error *err)
{
    char text[LINE_MAX];
    char *value;

    if (length >= sizeof text || memchr(line, '\0', length))
        return stk_error_set(err, STK_E_INVALID, "no line of a profile");
    memcpy(text, line, length);
    text[length] = '\0';
    value = strstr(text, " = ");
    if (!value)
        return stk_error_set(err, STK_E_INVALID, "no line of a profile");
    *value = '\0';
    return stk_profile_set(profile, text, value + 3, err);
}

int
stk_profile_parse(stk_profile *profile, const char *name, const char *text,
                  size_t length, stk_error *err)
{
    stk_profile made;

    if (!stk_profile_is_name(name))
        return stk_error_set(err, STK_E_INVALID, "no name of a profile");
    if (length > TEXT_MAX)
        return stk_error_set(err, STK_E_LIMIT, "a profile of over %u bytes",
                             TEXT_MAX);
    stk_profile_init(&made, name);
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        int r;

        if (!end)
            return stk_error_set(err, STK_E_INVALID,
                                 "the last line has no end");
        r = take_line(&made, text, (size_t)(end - text), err);
        if (r < 0)
            return r;
        length -= (size_t)(end - text) + 1;
        text = end + 1;
    }
    if (stk_profile_check(&made, err) < 0)
        return -STK_E_INVALID;
    *profile = made;
    return 0;
}
