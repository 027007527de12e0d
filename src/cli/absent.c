/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a profile names and this machine has not. Modules are looked for by
 * the Python that workers have, as it finds them by itself: a program may add
 * folders that nobody knows of here.
 */
#include "cli/absent.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/pythons.h"
#include "policy/profiles.h"

#define NAMES_MAX 256

/* Nothing of what is looked for is executed, and the working folder is not
 * looked into. */
static char question[] =
    "import sys\n"
    "sys.path[:] = filter(None, sys.path)\n"
    "from importlib.machinery import PathFinder\n"
    "from importlib.util import find_spec\n"
    "def find(name):\n"
    "    top, *rest = name.split('.')\n"
    "    spec = find_spec(top)\n"
    "    for label in rest:\n"
    "        top += '.' + label\n"
    "        path = spec and spec.submodule_search_locations\n"
    "        spec = path and PathFinder.find_spec(top, path)\n"
    "    return spec\n"
    "for name in sys.argv[1:]:\n"
    "    if not find(name):\n"
    "        print('absent', name)\n";

typedef struct search {
    const stk_policy *policy;
    const stk_profile *profile;
    json_t *list;
} search;

static void
add(const search *s, const char *key, const char *word, const char *why)
{
    const stk_place *place =
        stk_profiles_word_place(s->policy, s->profile->name, key, word);
    STK_CLEANUP(stk_freep)
    char *text =
        stk_text_printf("%s:%u: [sandbox %s]: %s: %s", place->file,
                        (unsigned)place->line, s->profile->name, key, why);

    if (!text)
        die(CLI_MACHINE, "out of memory");
    cli_json_add(s->list, cli_json_text(text));
}

/* ---- paths ----------------------------------------------------------- */

static void
find_paths(const search *s, const char *key, const stk_words *paths)
{
    const char *at = paths->text;
    char why[STK_PROFILE_WORDS_MAX + 160];

    for (uint32_t i = 0; i < paths->n; i++, at += strlen(at) + 1) {
        if (access(at, F_OK) == 0)
            continue;
        snprintf(why, sizeof why, "%s: %s", at, strerror(errno));
        add(s, key, at, why);
    }
}

/* ---- modules --------------------------------------------------------- */

static bool
is_absent(const char *answer, const char *name)
{
    STK_CLEANUP(stk_freep) char *line = stk_text_printf("absent %s\n", name);

    if (!line)
        die(CLI_MACHINE, "out of memory");
    return strstr(answer, line) != NULL;
}

static void
find_modules(const search *s, const char *python)
{
    const stk_words *names = &s->profile->preload;
    const char *at = names->text;
    static char run[] = "-c";
    char *argv[NAMES_MAX + 4] = { (char *)python, run, question };
    char answer[CLI_PYTHON_ANSWER], why[STK_PROFILE_WORDS_MAX + 4096];
    uint32_t n = names->n < NAMES_MAX ? names->n : NAMES_MAX;

    for (uint32_t i = 0; i < n; i++, at += strlen(at) + 1)
        argv[3 + i] = (char *)at;
    if (n == 0 || !python)
        return;
    if (!cli_python_ask(argv, answer)) {
        snprintf(why, sizeof why, "%s does not say which modules it finds",
                 python);
        add(s, "preload", argv[3], why);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!is_absent(answer, argv[3 + i]))
            continue;
        snprintf(why, sizeof why, "%s finds no module %s", python,
                 argv[3 + i]);
        add(s, "preload", argv[3 + i], why);
    }
}

json_t *
cli_profile_absent(const stk_policy *policy, const stk_profile *profile,
                   const char *python)
{
    search s = { policy, profile, cli_json_array() };

    /* nobody uses it */
    if (!stk_profiles_place(policy, profile->name))
        return s.list;
    find_paths(&s, "read", &profile->read);
    find_paths(&s, "write", &profile->write);
    find_modules(&s, python);
    return s.list;
}
