/* SPDX-License-Identifier: Apache-2.0 */
/* What a command says: text for people, JSON for programs, colours. */
#include "cli/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "policy/moment.h"

static void
put_said(const char *format, va_list args)
{
    char message[2048], shown[4096];

    vsnprintf(message, sizeof message, format, args);
    fprintf(stderr, "stockade: %s\n",
            stk_text_printable(shown, sizeof shown, message, strlen(message)));
}

void
die(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_said(format, args);
    va_end(args);
    exit(status);
}

void
cli_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_said(format, args);
    va_end(args);
}

int
cli_say_error(const stk_error *err)
{
    char text[STK_ERROR_FILE_MAX + STK_ERROR_MESSAGE_MAX + 16];

    cli_say("%s", stk_error_text(err, text, sizeof text));
    return err->code == STK_E_MEMORY ? CLI_MACHINE : CLI_NO;
}

void
cli_put(FILE *to, const char *text)
{
    size_t length = strlen(text), size = 6 * length + 5;
    char small[512], *shown = size <= sizeof small ? small : malloc(size);

    if (!shown)
        die(CLI_MACHINE, "out of memory");
    fputs(stk_text_printable(shown, size, text, length), to);
    if (shown != small)
        free(shown);
}

const char *
cli_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

void
cli_put_diagnostic(FILE *to, const stk_diagnostic *found)
{
    cli_put(to, found->file ? found->file : "policy");
    if (found->line)
        fprintf(to, ":%u", (unsigned)found->line);
    fputs(": ", to);
    if (found->severity == STK_SEVERITY_WARNING)
        cli_put_coloured(to, CLI_YELLOW, "warning: ");
    cli_put(to, found->message);
    fputc('\n', to);
}

/* ---- colours -------------------------------------------------------- */

bool
cli_colours(FILE *to)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return !(no && *no) && term && strcmp(term, "dumb") &&
           isatty(fileno(to)) == 1;
}

void
cli_put_coloured(FILE *to, enum cli_colour colour, const char *text)
{
    static const char *const codes[] = { "0", "31", "32", "33", "1" };
    bool coloured = colour != CLI_PLAIN && cli_colours(to);

    if (coloured)
        fprintf(to, "\033[%sm", codes[colour]);
    cli_put(to, text);
    if (coloured)
        fputs("\033[0m", to);
}

enum cli_colour
cli_verdict_colour(enum stk_verdict verdict)
{
    return verdict == STK_ALLOW ? CLI_GREEN : CLI_RED;
}

const char *
cli_verdict_name(enum stk_verdict verdict)
{
    return verdict == STK_ALLOW ? "allow" : "deny";
}

/* ---- JSON ----------------------------------------------------------- */

static json_t *
check_memory(json_t *value)
{
    if (!value)
        die(CLI_MACHINE, "out of memory");
    return value;
}

json_t *
cli_json_text(const char *text)
{
    size_t length, size;
    json_t *value;
    char *shown;

    if (!text)
        return json_null();
    length = strlen(text);
    if (stk_utf8_check(text, length) == length)
        return check_memory(json_stringn(text, length));
    size = 6 * length + 5;
    shown = malloc(size);
    if (!shown)
        die(CLI_MACHINE, "out of memory");
    value = json_string(stk_text_printable(shown, size, text, length));
    free(shown);
    return check_memory(value);
}

json_t *
cli_json_moment(int64_t seconds)
{
    char text[STK_MOMENT_MAX];

    return cli_json_text(seconds ? stk_moment_text(text, seconds, false)
                                 : NULL);
}

json_t *
cli_json_rule(const stk_rule_ref *rule)
{
    json_t *object;

    if (!rule->file)
        return json_null();
    object = cli_json_object();
    cli_json_set(object, "file", cli_json_text(rule->file));
    cli_json_set(object, "line", json_integer(rule->line));
    cli_json_set(object, "text", cli_json_text(rule->text));
    return object;
}

json_t *
cli_json_requirements(const stk_decision *decision)
{
    const char *text = decision->requirement;
    const char *space = text ? strchr(text, ' ') : NULL;
    json_t *array = cli_json_array();

    if (space)
        cli_json_add(array, cli_json_text("signed"));
    if (text)
        cli_json_add(array, cli_json_text(space ? space + 1 : text));
    return array;
}

json_t *
cli_json_diagnostic(const stk_diagnostic *found)
{
    bool warning = found->severity == STK_SEVERITY_WARNING;
    json_t *object = cli_json_object();

    cli_json_set(object, "file", cli_json_text(found->file));
    cli_json_set(object, "line", json_integer(found->line));
    cli_json_set(object, "severity",
                 cli_json_text(warning ? "warning" : "error"));
    cli_json_set(object, "message", cli_json_text(found->message));
    return object;
}

void
cli_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, check_memory(value)) < 0)
        die(CLI_MACHINE, "out of memory");
}

void
cli_json_add(json_t *array, json_t *value)
{
    if (json_array_append_new(array, check_memory(value)) < 0)
        die(CLI_MACHINE, "out of memory");
}

json_t *
cli_json_object(void)
{
    return check_memory(json_object());
}

json_t *
cli_json_array(void)
{
    return check_memory(json_array());
}

void
cli_json_print(json_t *value)
{
    /* ASCII alone: nothing in it can drive a terminal */
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(value);
}
