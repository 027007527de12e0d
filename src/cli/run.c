/* SPDX-License-Identifier: Apache-2.0 */
/* stockade run: a Python program under a policy. */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stockade/embed.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/program.h"
#include "guard/policykey.h"

enum {
    OPT_POLICY = 'p',
    OPT_OBSERVE = CLI_LONG + 1,
    OPT_AUDIT,
    OPT_KEY,
    OPT_STATE
};

static const cli_option options[] = {
    { OPT_POLICY, "policy", "POLICY", "the policy (default: stockade.ini)" },
    CLI_OPTION_POLICY_KEY(OPT_KEY),
    { OPT_STATE, "policy-state", "FILE",
      "where the newest policy is remembered: no older one is taken" },
    { OPT_OBSERVE, "observe", NULL,
      "deny nothing, record what would be denied" },
    { OPT_AUDIT, "audit", "SINK",
      "write records to SINK (FILE, file:FILE, syslog:, journal: or fd:N) "
      "and not where the policy says; may be repeated" },
    CLI_PROGRAM_OPTIONS,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

#define DEFAULT_POLICY "stockade.ini"
#define SINKS_MAX      65536u

typedef struct running {
    const char *policy;
    const char *policy_key;
    const char *policy_state;
    bool observe;
    stk_buffer sinks; /* as stk_guard_options has them */
    cli_program program;
} running;

/* ---- the command line ----------------------------------------------- */

static bool
is_sink(const char *text)
{
    static const char *const kinds[] = { "file:", "syslog:", "journal:",
                                         "fd:" };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strncmp(text, kinds[i], strlen(kinds[i])))
            return true;
    return false;
}

/* "sylog:" is a sink mistyped rather than a file: letters, then a colon. */
static bool
looks_like_kind(char *kind, size_t size, const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    if (n == 0 || text[n] != ':' || n + 2 > size)
        return false;
    snprintf(kind, size, "%.*s", (int)n + 1, text);
    return true;
}

static int
take_sink(running *r, cli_line *line)
{
    char kind[16];

    if (!*optarg || strpbrk(optarg, " \t\n,")) {
        line->status = cli_usage_error(
            line->command,
            "--audit \"%s\": a sink is a word without spaces or commas",
            optarg);
        return CLI_STOP;
    }
    if (!is_sink(optarg) && looks_like_kind(kind, sizeof kind, optarg)) {
        line->status = cli_usage_error(
            line->command,
            "--audit \"%s\": unknown sink %s; known are file:, syslog:, "
            "journal: and fd:; a file of that name is file:%s",
            optarg, kind, optarg);
        return CLI_STOP;
    }
    if (r->sinks.length)
        stk_buffer_puts(&r->sinks, " ");
    if (!is_sink(optarg))
        stk_buffer_puts(&r->sinks, "file:");
    stk_buffer_puts(&r->sinks, optarg);
    return 0;
}

static int
read_line(running *r, cli_line *line)
{
    int option;

    while ((option = cli_next(line)) >= 0) {
        if (option == 'm' || option == 'c')
            break;
        if (option == OPT_POLICY) {
            line->status = cli_take_policy(line->command, &r->policy, optarg);
            if (line->status != CLI_GOOD)
                return CLI_STOP;
        } else if (option == OPT_KEY)
            r->policy_key = optarg;
        else if (option == OPT_STATE)
            r->policy_state = optarg;
        else if (option == OPT_OBSERVE)
            r->observe = true;
        else if (take_sink(r, line) == CLI_STOP)
            return CLI_STOP;
    }
    if (option == CLI_STOP)
        return CLI_STOP;
    return cli_program_take(&r->program, line, option);
}

static int
find_policy(running *r, cli_line *line)
{
    if (r->policy_state && !r->policy_key) {
        line->status = cli_usage_error(line->command,
                                       "--policy-state needs --policy-key");
        return CLI_STOP;
    }
    if (r->policy)
        return 0;
    if (access(DEFAULT_POLICY, F_OK) == 0) {
        r->policy = DEFAULT_POLICY;
        return 0;
    }
    line->status = cli_usage_error(
        line->command,
        "no policy: give -p POLICY, or write one from a run of the program "
        "with: stockade learn -o " DEFAULT_POLICY " ...");
    return CLI_STOP;
}

/* ---- running -------------------------------------------------------- */

/* The folder of this program; freed by free(), NULL when it is not known. */
static char *
own_folder(void)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);

    if (n <= 0 || (size_t)n >= sizeof self)
        return NULL;
    self[n] = '\0';
    return stk_path_folder(self);
}

/* `folder` with `below` appended, when `proof` is there below it; freed by
 * free(). */
static char *
take_if(const char *folder, const char *below, const char *proof)
{
    STK_CLEANUP(stk_freep)
    char *file = stk_text_printf("%s/%s", folder, proof);
    char *found = stk_text_printf("%s%s", folder, below);

    if (!file || !found)
        die(CLI_MACHINE, "out of memory");
    if (access(file, R_OK) == 0)
        return found;
    free(found);
    return NULL;
}

/* Nobody else can have put it there, nor put another in its place. Where each
 * user has a group of his own, that one may write. */
static bool
is_trusted(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 &&
           (st.st_uid == 0 || st.st_uid == geteuid()) &&
           !(st.st_mode & S_IWOTH) &&
           (!(st.st_mode & S_IWGRP) || st.st_gid == getegid());
}

/* The same of a folder with packages, and of ours in it. */
static bool
is_trusted_package(const char *folder)
{
    STK_CLEANUP(stk_freep)
    char *extension =
        stk_text_printf("%s/_stockade" CLI_PYTHON_SUFFIX, folder);
    STK_CLEANUP(stk_freep)
    char *package = stk_text_printf("%s/stockade", folder);

    return extension && package && is_trusted(folder) &&
           is_trusted(extension) && is_trusted(package);
}

/* Where pip puts packages, seen from the folder above that of commands: of a
 * virtual environment or a prefix, and last of `--target`. */
static const char *const package_folders[] = {
    "/lib/python" CLI_PYTHON_SHORT "/site-packages",
    "/lib64/python" CLI_PYTHON_SHORT "/site-packages",
    "/lib/python" CLI_PYTHON_SHORT "/dist-packages",
    "/lib/python3/dist-packages",
    "",
};

#define N_PACKAGE_FOLDERS (sizeof package_folders / sizeof *package_folders)

/* The package in the installation that this program is part of, wherever
 * that was put; one for another Python is none, nor is one beside a program
 * that was copied to where others write, as /tmp/bin. */
static char *
find_installed(const char *folder)
{
    STK_CLEANUP(stk_freep) char *above = stk_path_folder(folder);
    char *found = NULL;

    if (!above || !is_trusted(above))
        return NULL;
    for (size_t i = 0; !found && i < N_PACKAGE_FOLDERS; i++) {
        STK_CLEANUP(stk_freep)
        char *proof = stk_text_printf(
            "%s/_stockade" CLI_PYTHON_SUFFIX,
            package_folders[i][0] ? package_folders[i] + 1 : ".");

        found = proof ? take_if(above, package_folders[i], proof) : NULL;
        if (found && !is_trusted_package(found)) {
            free(found);
            found = NULL;
        }
    }
    return found;
}

/* The package `stockade` beside this program, where a build leaves it, or
 * where it was installed with it; freed by free(), or NULL: it is on
 * sys.path, or nowhere. */
static char *
find_package(const char *folder)
{
    char *found = take_if(folder, "/python", "python/stockade/__init__.py");

    if (!found && CLI_PACKAGE_FOLDER[0])
        found = take_if(CLI_PACKAGE_FOLDER, "", "stockade/__init__.py");
    return found ? found : find_installed(folder);
}

/* The python3 beside this program, where pip put both into a virtual
 * environment; freed by free(), or NULL. */
static char *
find_python(const char *folder)
{
    STK_CLEANUP(stk_freep)
    char *venv = take_if(folder, "", "../pyvenv.cfg");

    return venv ? take_if(venv, "/python3", "python3") : NULL;
}

static void
guard_freep(stk_guard **guard)
{
    stk_guard_free(*guard);
    *guard = NULL;
}

/* What kept a guard from being made, as an exit code. What is wrong with the
 * policy was reported; what is left are sinks and memory. */
static int
guard_status(const stk_error *err, unsigned reported)
{
    if (reported)
        return err->code == STK_E_MEMORY ? CLI_MACHINE : CLI_NO;
    cli_say_error(err);
    return err->code == STK_E_INVALID ? CLI_USAGE : CLI_MACHINE;
}

static int
run_guarded(const running *r)
{
    STK_CLEANUP(guard_freep) stk_guard *guard = NULL;
    STK_CLEANUP(stk_freep) char *folder = own_folder();
    STK_CLEANUP(stk_freep)
    char *package = folder ? find_package(folder) : NULL;
    STK_CLEANUP(stk_freep) char *python = folder ? find_python(folder) : NULL;
    stk_guard_options asked = STK_GUARD_OPTIONS_INIT;
    stk_python_run run = { python, package, r->program.argc, r->program.argv };
    STK_CLEANUP(stk_policykey_freep) stk_policykey *key = NULL;
    stk_error err = STK_ERROR_INIT;
    unsigned reported = 0;
    int status;

    if (r->policy_key && stk_policykey_new(&key, r->policy_key, &err) < 0)
        return cli_say_error(&err);
    asked.policy = r->policy;
    asked.policy_key = key ? stk_policykey_text(key) : NULL;
    asked.policy_state = r->policy_state;
    asked.observe = r->observe;
    asked.audit = r->sinks.length ? r->sinks.data : NULL;
    asked.host = "run";
    asked.version = stk_python_version();
    asked.report = cli_report;
    asked.payload = &reported;
    if (stk_guard_new(&guard, &asked, &err) < 0)
        return guard_status(&err, reported);
    status = stk_guard_run_python(guard, &run, &err);
    if (status >= 0)
        return status;
    cli_say_error(&err);
    return CLI_MACHINE;
}

static int
run_run(const cli_command *self, int argc, char **argv)
{
    running r = { NULL,
                  NULL,
                  NULL,
                  false,
                  STK_BUFFER_INIT(SINKS_MAX),
                  { 0, NULL, false, NULL } };
    stk_error err = STK_ERROR_INIT;
    cli_line line;
    int status;

    cli_line_start(&line, self, argc, argv);
    line.in_order = true;
    if (read_line(&r, &line) == CLI_STOP || find_policy(&r, &line) == CLI_STOP)
        status = line.status;
    else if (stk_buffer_check(&r.sinks, &err) < 0)
        status = cli_say_error(&err);
    else
        status = run_guarded(&r);
    stk_buffer_clear(&r.sinks);
    cli_program_clear(&r.program);
    return status;
}

const cli_command cli_run = {
    "run",
    CLI_PROGRAM_OPERANDS,
    "run a Python program under a policy",
    options,
    run_run,
};
