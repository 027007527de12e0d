/* SPDX-License-Identifier: Apache-2.0 */
/* stockade learn: a policy out of what a program did. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stockade/guard.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/calls.h"
#include "cli/check.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/program.h"

enum {
    OPT_OUTPUT = 'o',
    OPT_MERGE = CLI_LONG + 1,
    OPT_FORCE,
    OPT_KEEP,
    OPT_EVENTS,
    OPT_CALLS
};

static const cli_option options[] = {
    { OPT_OUTPUT, "output", "POLICY", "where to write the policy" },
    { OPT_MERGE, "merge", "OLD", "keep what the policy OLD allows" },
    { OPT_FORCE, "force", NULL, "replace POLICY when it exists" },
    { OPT_KEEP, "keep-log", "FILE", "keep the records that it learns from" },
    { OPT_EVENTS, "events", NULL, "learn what it does beside importing" },
    { OPT_CALLS, "calls", "LOG",
      "run nothing: what the profiles of a policy lack, by this log" },
    CLI_PROGRAM_OPTIONS,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

/*
 * Nothing is denied, everything is recorded. `default = deny` and no rule:
 * so every record names its importer, and none is spared as allowed to all.
 */
static const char observing[] = "[stockade]\n"
                                "version = 1\n"
                                "mode = observe\n"
                                "default = deny\n"
                                "trusted = @stdlib\n"
                                "cached = all\n"
                                "audit = file:log.jsonl\n";

/* The same of audit events: what the sets do not hold is free. */
static const char watching[] = "[events]\n"
                               "@events.introspection = deny\n"
                               "@events.native = deny\n"
                               "@events.network = deny\n"
                               "@events.process = deny\n";

typedef struct lesson {
    const char *output, *merge, *keep, *calls;
    bool force, events;
    cli_program program;
    char *folder; /* owned; ours alone, removed at the end */
    char *policy; /* owned; the observing one, in `folder` */
    char *log;    /* owned; beside it */
} lesson;

/* ---- the command line ----------------------------------------------- */

/* `option` is -m or -c, if one of them was read. */
static int
read_calls(const lesson *l, cli_line *line, int option)
{
    if (l->output || l->merge || l->keep || l->events || l->force ||
        option >= 0)
        line->status = cli_usage_error(line->command,
                                       "--calls LOG runs and writes nothing: "
                                       "it goes with POLICY alone");
    else if (line->argc - optind != 1)
        line->status =
            cli_usage_error(line->command, "--calls LOG wants one POLICY");
    else
        return 0;
    return CLI_STOP;
}

static int
read_line(lesson *l, cli_line *line)
{
    int option;

    while ((option = cli_next(line)) >= 0) {
        if (option == 'm' || option == 'c')
            break;
        if (option == OPT_OUTPUT)
            l->output = optarg;
        else if (option == OPT_MERGE)
            l->merge = optarg;
        else if (option == OPT_KEEP)
            l->keep = optarg;
        else if (option == OPT_EVENTS)
            l->events = true;
        else if (option == OPT_CALLS)
            l->calls = optarg;
        else
            l->force = true;
    }
    if (option == CLI_STOP)
        return CLI_STOP;
    if (l->calls)
        return read_calls(l, line, option);
    if (!l->output) {
        line->status = cli_usage_error(line->command,
                                       "-o POLICY is missing: where does the "
                                       "policy go?");
        return CLI_STOP;
    }
    if (option < 0 && l->merge && optind == line->argc) {
        line->status = cli_usage_error(
            line->command,
            "nothing to run: --merge took \"%s\" for the policy to keep; "
            "write --merge %s %s",
            l->merge, l->output, l->merge);
        return CLI_STOP;
    }
    return cli_program_take(&l->program, line, option);
}

static bool
may_write_beside(const char *path)
{
    STK_CLEANUP(stk_freep) char *folder = stk_path_folder(path);

    return folder && access(folder, W_OK) == 0;
}

static int
check_merge(const lesson *l, cli_line *line)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    const char *dot = l->merge ? strrchr(l->merge, '.') : NULL;

    /* as a policy, each line of it would be told */
    if (dot && !strcmp(dot, ".py"))
        return cli_usage_error(line->command,
                               "%s is no policy: --merge takes the one to "
                               "keep, then comes the program",
                               l->merge);
    return l->merge ? cli_load_policy(&policy, l->merge, NULL) : CLI_GOOD;
}

/* What cannot be done is refused before the program runs, not after. */
static int
check_files(const lesson *l, cli_line *line)
{
    struct stat st;

    const char *script = l->program.is_script ? l->program.argv[0] : "-";

    if (stat(l->output, &st) == 0 && S_ISDIR(st.st_mode))
        line->status =
            cli_usage_error(line->command, "%s is a folder", l->output);
    else if (strcmp(script, "-") && access(script, F_OK) < 0)
        line->status = cli_usage_error(line->command, "cannot run %s: %s",
                                       script, strerror(errno));
    else if (!l->force && !l->merge && lstat(l->output, &st) == 0)
        line->status = cli_usage_error(line->command,
                                       "%s exists; add --merge %s or --force",
                                       l->output, l->output);
    else if (l->keep && !l->force && lstat(l->keep, &st) == 0)
        line->status =
            cli_usage_error(line->command, "%s exists; add --force", l->keep);
    else if (!may_write_beside(l->output))
        line->status = cli_usage_error(line->command, "cannot write %s: %s",
                                       l->output, strerror(errno));
    else if (l->keep && !may_write_beside(l->keep))
        line->status = cli_usage_error(line->command, "cannot write %s: %s",
                                       l->keep, strerror(errno));
    else
        line->status = check_merge(l, line);
    return line->status == CLI_GOOD ? 0 : CLI_STOP;
}

/* ---- the run -------------------------------------------------------- */

static int
make_folder(lesson *l)
{
    const char *base = getenv("TMPDIR");
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_error err = STK_ERROR_INIT;
    char *folder = stk_text_printf("%s/stockade-learn.XXXXXX",
                                   base && *base ? base : "/tmp");

    if (!folder)
        die(CLI_MACHINE, "out of memory");
    if (!mkdtemp(folder)) {
        cli_say("cannot make a folder %s: %s", folder, strerror(errno));
        free(folder);
        return CLI_MACHINE;
    }
    l->folder = folder;
    l->policy = stk_text_printf("%s/observe.ini", folder);
    l->log = stk_text_printf("%s/log.jsonl", folder);
    if (!l->policy || !l->log)
        die(CLI_MACHINE, "out of memory");
    text = stk_text_printf("%s%s", observing, l->events ? watching : "");
    if (!text)
        die(CLI_MACHINE, "out of memory");
    if (stk_file_replace(l->policy, text, strlen(text), 0600, &err) < 0) {
        cli_say_error(&err);
        return CLI_MACHINE;
    }
    return CLI_GOOD;
}

static void
run_child(const lesson *l)
{
    static char name[] = "stockade", run[] = "run", policy[] = "-p",
                dashes[] = "--";
    char **argv = calloc((size_t)l->program.argc + 6, sizeof *argv);
    int n = 0;

    if (!argv)
        _exit(127);
    argv[n++] = name;
    argv[n++] = run;
    argv[n++] = policy;
    argv[n++] = l->policy;
    if (l->program.is_script)
        argv[n++] = dashes;
    memcpy(argv + n, l->program.argv, (size_t)l->program.argc * sizeof *argv);
    execv("/proc/self/exe", argv);
    _exit(127);
}

/* Ctrl-C is for the program; what it did until then is learned. */
static int
run_program(const lesson *l, int *status)
{
    struct sigaction ignore, interrupt, quit;
    pid_t child;

    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        run_child(l);
    }
    while (child > 0 && waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    if (child > 0)
        return CLI_GOOD;
    cli_say("cannot start a process: %s", strerror(errno));
    return CLI_MACHINE;
}

/* The program's own exit code, as a shell would have it; said when it is
 * no success, since the policy holds only what was done until then. */
static int
tell_end(int status)
{
    if (WIFSIGNALED(status)) {
        cli_say("the program was killed by signal %d (%s); the policy holds "
                "what it did until then",
                WTERMSIG(status), strsignal(WTERMSIG(status)));
        return 128 + WTERMSIG(status);
    }
    if (WEXITSTATUS(status) != 0)
        cli_say("the program exited with %d; the policy holds what it did "
                "until then",
                WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

/* ---- the records ---------------------------------------------------- */

static int
copy_file(FILE *from, FILE *to)
{
    char block[1 << 14];
    size_t n;

    while ((n = fread(block, 1, sizeof block, from)) > 0)
        if (fwrite(block, 1, n, to) != n)
            return -1;
    return ferror(from) || fflush(to) != 0 ? -1 : 0;
}

static int
keep_log(const lesson *l)
{
    STK_CLEANUP(stk_fclosep) FILE *from = NULL;
    STK_CLEANUP(stk_fclosep) FILE *to = NULL;
    int fd;

    if (!l->keep)
        return CLI_GOOD;
    from = fopen(l->log, "re");
    unlink(l->keep);
    /* 0600 and no link followed: a log names what a program does */
    fd = open(l->keep, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    to = fd < 0 ? NULL : fdopen(fd, "w");
    if (from && to && copy_file(from, to) == 0)
        return CLI_GOOD;
    cli_say("cannot write %s: %s", l->keep, strerror(errno));
    return CLI_MACHINE;
}

/* ---- the policy ----------------------------------------------------- */

static int
write_policy(const lesson *l)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_error err = STK_ERROR_INIT;
    int r = l->events ? stk_learn_events(&text, l->log, l->merge, &err)
                      : stk_learn(&text, l->log, l->merge, &err);

    if (r < 0)
        return cli_say_error(&err);
    if (stk_file_replace(l->output, text, strlen(text), 0644, &err) < 0) {
        cli_say_error(&err);
        return CLI_MACHINE;
    }
    cli_say("%s: written", l->output);
    return cli_check_policy(l->output, stderr) ? CLI_NO : CLI_GOOD;
}

static void
clear(lesson *l)
{
    if (l->policy)
        unlink(l->policy);
    if (l->log)
        unlink(l->log);
    if (l->folder)
        rmdir(l->folder);
    free(l->policy);
    free(l->log);
    free(l->folder);
    cli_program_clear(&l->program);
}

static int
learn(lesson *l)
{
    int ended = 0, code, status = make_folder(l);
    struct stat st;

    if (status == CLI_GOOD)
        status = run_program(l, &ended);
    if (status != CLI_GOOD)
        return status;
    code = tell_end(ended);
    if (stat(l->log, &st) < 0 || st.st_size == 0) {
        cli_say("nothing was recorded: nothing to learn from");
        return code ? code : CLI_MACHINE;
    }
    status = keep_log(l);
    if (status == CLI_GOOD)
        status = write_policy(l);
    return status == CLI_GOOD ? code : status;
}

static int
run_learn(const cli_command *self, int argc, char **argv)
{
    lesson l;
    cli_line line;
    int status;

    memset(&l, 0, sizeof l);
    cli_line_start(&line, self, argc, argv);
    line.in_order = true;
    if (read_line(&l, &line) == CLI_STOP)
        status = line.status;
    else if (l.calls)
        status = cli_learn_calls(argv[optind], l.calls);
    else if (check_files(&l, &line) == CLI_STOP)
        status = line.status;
    else
        status = learn(&l);
    clear(&l);
    return status;
}

const cli_command cli_learn = {
    "learn",
    "-o POLICY " CLI_PROGRAM_OPERANDS
    "\n       stockade learn --calls LOG POLICY",
    "write a policy out of what a program imports",
    options,
    run_learn,
};
