/* SPDX-License-Identifier: Apache-2.0 */
/* stockade doctor: what this machine offers, and what is missing. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <lz4.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stockade/embed.h>
#include <stockade/stockade.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/profile.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/doctor_policies.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/pythons.h"
#include "cli/sandboxes.h"
#include "sandbox/probe.h"
#include "sandbox/rehearse.h"

static const cli_option options[] = {
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

/* The answer is built as JSON and printed from there for people too. */
typedef struct examination {
    json_t *answer;
    json_t *missing; /* the musts that are not there */
} examination;

/* ---- Python --------------------------------------------------------- */

static void
add_python(void *payload, const cli_python *found)
{
    json_t *object;

    if (!strcmp(found->executable, stk_python_executable()))
        return;
    object = cli_json_object();
    cli_json_set(object, "version", cli_json_text(found->version));
    cli_json_set(object, "executable", cli_json_text(found->executable));
    cli_json_add(payload, object);
}

static void
examine_python(examination *x)
{
    const char *executable = stk_python_executable();
    bool present = executable && access(executable, X_OK) == 0;
    json_t *object = cli_json_object(), *others = cli_json_array();

    cli_each_python(add_python, others);
    cli_json_set(object, "version", cli_json_text(stk_python_version()));
    cli_json_set(object, "executable", cli_json_text(executable));
    cli_json_set(object, "present", json_boolean(present));
    cli_json_set(object, "others", others);
    cli_json_set(x->answer, "python", object);
    if (!present)
        cli_json_add(x->missing, cli_json_text("python"));
}

/* ---- libraries ------------------------------------------------------ */

static void
add_library(json_t *libraries, const char *name, const char *version)
{
    cli_json_set(libraries, name, cli_json_text(version));
}

static void
examine_libraries(examination *x)
{
    json_t *libraries = cli_json_object();
    char seccomp[STK_PROBE_VERSION_MAX];

    stk_probe_libseccomp(seccomp);
    add_library(libraries, "libseccomp", seccomp);
    add_library(libraries, "libsodium", sodium_version_string());
    add_library(libraries, "lz4", LZ4_versionString());
    add_library(libraries, "inih", CLI_INIH_VERSION);
    add_library(libraries, "jansson", jansson_version_str());
    /* null: this build has no journal: sink */
    add_library(libraries, "libsystemd",
                CLI_SYSTEMD_VERSION[0] ? CLI_SYSTEMD_VERSION : NULL);
    cli_json_set(x->answer, "libraries", libraries);
}

/* ---- layers --------------------------------------------------------- */

/* Those that this build puts in the way of an import. */
static const char *const layers[] = {
    "audit hook",   "builtins.__import__", "_find_and_load",
    "front finder", "_imp functions",      "tripwire",
};

static void
examine_layers(examination *x)
{
    json_t *array = cli_json_array();

    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        cli_json_add(array, cli_json_text(layers[i]));
    cli_json_set(x->answer, "layers", array);
}

/* ---- the kernel ----------------------------------------------------- */

static int
examine_kernel(examination *x)
{
    stk_probe probes[STK_FEATURE_COUNT];
    json_t *kernel = cli_json_object();
    stk_error err = STK_ERROR_INIT;

    if (stk_probe_features(probes, &err) < 0) {
        cli_say_error(&err);
        json_decref(kernel);
        return CLI_MACHINE;
    }
    for (int i = 0; i < STK_FEATURE_COUNT; i++) {
        json_t *object = cli_json_object();

        cli_json_set(object, "present", json_boolean(probes[i].present));
        cli_json_set(object, "must", json_boolean(probes[i].must));
        cli_json_set(object, "what", cli_json_text(probes[i].what));
        cli_json_set(object, "reason", cli_json_text(probes[i].reason));
        if (i == STK_FEATURE_LANDLOCK)
            cli_json_set(object, "abi", json_integer(probes[i].level));
        cli_json_set(kernel, probes[i].name, object);
        if (probes[i].must && !probes[i].present)
            cli_json_add(x->missing, cli_json_text(probes[i].name));
    }
    cli_json_set(x->answer, "kernel", kernel);
    return CLI_GOOD;
}

/* ---- sandboxes ------------------------------------------------------ */

/* The policy of the command line, else one with the shipped profiles alone. */
static int
load_profiles(stk_policy **policy, const char *path)
{
    static const char nothing[] = "[stockade]\nversion = 1\n";
    const stk_policy_text text = { "shipped", nothing, strlen(nothing) };
    stk_error err = STK_ERROR_INIT;

    if (path)
        return cli_load_policy(policy, path, NULL);
    if (stk_policy_parse(policy, &text, NULL, NULL, &err) == 0)
        return CLI_GOOD;
    cli_say_error(&err);
    return CLI_MACHINE;
}

/* "sandbox NAME": no worker of that profile can be had. */
static void
note_profiles(examination *x, json_t *profiles)
{
    const char *name;
    json_t *one;

    json_object_foreach(profiles, name, one)
    {
        char text[STK_PROFILE_NAME_MAX + 16];

        if (json_is_true(json_object_get(one, "runs")))
            continue;
        snprintf(text, sizeof text, "sandbox %s", name);
        cli_json_add(x->missing, cli_json_text(text));
    }
}

/* What somebody may look for around a worker that is not there. */
static json_t *
not_used(void)
{
    return json_pack("{s:s}", "cgroups",
                     "memory is bounded by a limit of each worker's address "
                     "space; for all together put the program into a cgroup");
}

/* One worker is locked down for it: what it had around it, any has. */
static int
examine_sandboxes(examination *x, const stk_policy *policy)
{
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_error err = STK_ERROR_INIT;
    json_t *profiles;
    stk_profile strict;

    stk_profile_init(&strict, "strict");
    if (stk_rehearse(&report, &strict, &err) < 0) {
        cli_say_error(&err);
        return CLI_MACHINE;
    }
    profiles = cli_sandbox_profiles(&report, policy, stk_python_executable());
    note_profiles(x, profiles);
    cli_json_set(x->answer, "sandbox", cli_sandbox_layers(&report));
    cli_json_set(x->answer, "not_used", not_used());
    cli_json_set(x->answer, "profiles", profiles);
    return CLI_GOOD;
}

/* ---- sinks ---------------------------------------------------------- */

/* Whether a datagram socket listens at `path`; errno says why not. */
static bool
socket_listens(const char *path)
{
    STK_CLEANUP(stk_closep)
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un at;

    memset(&at, 0, sizeof at);
    at.sun_family = AF_UNIX;
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static json_t *
sink_object(bool present, const char *reason)
{
    json_t *object = cli_json_object();

    cli_json_set(object, "present", json_boolean(present));
    cli_json_set(object, "reason", cli_json_text(present ? "" : reason));
    return object;
}

static json_t *
socket_sink(const char *path)
{
    char reason[160];

    if (socket_listens(path))
        return sink_object(true, "");
    snprintf(reason, sizeof reason, "%s: %s", path, strerror(errno));
    return sink_object(false, reason);
}

static void
examine_sinks(examination *x)
{
    json_t *sinks = cli_json_object();

    cli_json_set(sinks, "file", sink_object(true, ""));
    cli_json_set(sinks, "fd", sink_object(true, ""));
    cli_json_set(sinks, "syslog", socket_sink("/dev/log"));
    cli_json_set(sinks, "journal",
                 CLI_SYSTEMD_VERSION[0]
                     ? socket_sink("/run/systemd/journal/socket")
                     : sink_object(false, "not in this build"));
    cli_json_set(x->answer, "sinks", sinks);
}

/* ---- for people ----------------------------------------------------- */

static const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void
put_item(const char *name, enum cli_colour colour, const char *state)
{
    printf("  %-16s  ", name);
    cli_put_coloured(stdout, colour, state);
}

/* As wide as the widest of the states: "yes, ABI 7". */
static void
put_gap(const char *state)
{
    printf("%*s  ", (int)(strlen(state) < 10 ? 10 - strlen(state) : 0), "");
}

static void
put_detail(const char *state, const char *detail)
{
    if (*detail) {
        put_gap(state);
        cli_put(stdout, detail);
    }
    putchar('\n');
}

static void
print_python(const json_t *python)
{
    bool present = json_is_true(json_object_get(python, "present"));
    json_t *others = json_object_get(python, "others"), *other;
    size_t i;

    puts("python");
    put_item(text_of(python, "version"), present ? CLI_GREEN : CLI_RED,
             present ? "yes" : "missing");
    put_detail(present ? "yes" : "missing", text_of(python, "executable"));
    json_array_foreach(others, i, other)
    {
        put_item(text_of(other, "version"), CLI_PLAIN, "found");
        put_detail("found", text_of(other, "executable"));
    }
}

static void
print_libraries(json_t *libraries)
{
    const char *name;
    json_t *version;

    puts("libraries");
    json_object_foreach(libraries, name, version)
    {
        const char *text = json_string_value(version);

        put_item(name, text ? CLI_PLAIN : CLI_YELLOW,
                 text ? text : "not in this build");
        putchar('\n');
    }
}

static void
print_layers(void)
{
    puts("layers");
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        printf("  %s\n", layers[i]);
}

static void
print_features(const char *title, json_t *features)
{
    const char *name;
    json_t *feature;

    puts(title);
    json_object_foreach(features, name, feature)
    {
        bool present = json_is_true(json_object_get(feature, "present"));
        bool must = json_is_true(json_object_get(feature, "must"));
        json_t *abi = json_object_get(feature, "abi");
        char state[32] = "yes";

        if (!present)
            snprintf(state, sizeof state, "%s", must ? "missing" : "no");
        else if (abi)
            snprintf(state, sizeof state, "yes, ABI %d",
                     (int)json_integer_value(abi));
        put_item(name,
                 present ? CLI_GREEN
                 : must  ? CLI_RED
                         : CLI_YELLOW,
                 state);
        put_detail(state, text_of(feature, present ? "what" : "reason"));
    }
}

static void
print_list(const char *title, const json_t *names)
{
    const json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        fputs(i ? ", " : title, stdout);
        cli_put(stdout, json_string_value(name));
    }
}

static void
print_shortage(const char *state, const json_t *one)
{
    const json_t *lacks = json_object_get(one, "lacks");
    const json_t *without = json_object_get(one, "without");
    bool both = json_array_size(lacks) > 0;

    if (both || json_array_size(without) > 0)
        put_gap(state);
    print_list("lacks ", lacks);
    print_list(both ? "  without " : "without ", without);
}

/* A line each, as they say where. */
static void
print_absent(const json_t *missing)
{
    const json_t *line;
    size_t i;

    json_array_foreach(missing, i, line)
    {
        fputs("    ", stdout);
        cli_put(stdout, json_string_value(line));
        putchar('\n');
    }
}

static void
print_profiles(json_t *profiles)
{
    const char *name;
    json_t *one;

    puts("profiles");
    json_object_foreach(profiles, name, one)
    {
        bool runs = json_is_true(json_object_get(one, "runs"));

        put_item(name, runs ? CLI_GREEN : CLI_YELLOW, runs ? "yes" : "no");
        print_shortage(runs ? "yes" : "no", one);
        putchar('\n');
        print_absent(json_object_get(one, "missing"));
    }
}

static void
print_not_used(json_t *all)
{
    const char *name;
    json_t *why;

    puts("not used");
    json_object_foreach(all, name, why)
        printf("  %-16s  %s\n", name, json_string_value(why));
}

static void
print_text(const examination *x)
{
    const char *policies =
        json_string_value(json_object_get(x->answer, "policies"));

    printf("stockade\n  %-16s  %s\n", "version", STK_VERSION);
    printf("  %-16s  ", "policies");
    cli_put(stdout, policies ? policies : "not beside this program");
    putchar('\n');
    print_python(json_object_get(x->answer, "python"));
    print_libraries(json_object_get(x->answer, "libraries"));
    print_layers();
    print_features("kernel", json_object_get(x->answer, "kernel"));
    print_features("sandbox", json_object_get(x->answer, "sandbox"));
    print_not_used(json_object_get(x->answer, "not_used"));
    print_profiles(json_object_get(x->answer, "profiles"));
    print_features("sinks", json_object_get(x->answer, "sinks"));
    print_list("missing: ", x->missing);
    puts(json_array_size(x->missing) ? ""
                                     : "nothing that it needs is missing");
}

/* ---- the command ---------------------------------------------------- */

static int
examine(examination *x, const stk_policy *policy)
{
    STK_CLEANUP(stk_freep) char *policies = cli_policies_folder();
    int status;

    cli_json_set(x->answer, "version", cli_json_text(STK_VERSION));
    cli_json_set(x->answer, "policies", cli_json_text(policies));
    examine_python(x);
    examine_libraries(x);
    examine_layers(x);
    examine_sinks(x);
    status = examine_kernel(x);
    if (status == CLI_GOOD)
        status = examine_sandboxes(x, policy);
    if (status != CLI_GOOD)
        return status;
    cli_json_set(x->answer, "missing", json_incref(x->missing));
    return json_array_size(x->missing) ? CLI_MACHINE : CLI_GOOD;
}

static int
run_doctor(const cli_command *self, int argc, char **argv)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    examination x;
    cli_line line;
    int status;

    cli_line_start(&line, self, argc, argv);
    if (cli_next(&line) == CLI_STOP)
        return line.status;
    if (argc - optind > 1)
        return cli_usage_error(self, "what is \"%s\"? doctor takes one POLICY",
                               argv[optind + 1]);
    status = load_profiles(&policy, argv[optind]);
    if (status != CLI_GOOD)
        return status;
    x.answer = cli_json_object();
    x.missing = cli_json_array();
    status = examine(&x, policy);
    if (!json_object_get(x.answer, "missing"))
        return status;
    if (line.json)
        cli_json_print(x.answer);
    else
        print_text(&x);
    return status;
}

const cli_command cli_doctor = {
    "doctor", "[POLICY]", "say what this machine offers, and what is missing",
    options,  run_doctor,
};
