/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_POLICY_H
#define STOCKADE_POLICY_H

/*
 * A policy: INI text compiled into an immutable snapshot that says, for a
 * module name and the module that asks, allow or deny; and the same for the
 * name of an audit event (PEP 578) and the module that fires it.
 *
 * Life cycle: stk_policy_load() -> stk_policy_decide() as often as wanted,
 * from any thread -> stk_policy_free(). A reload is a second load; swap the
 * pointers and free the old one when no reader is left (stk_policy_ref()
 * counts them).
 *
 * Everything that can fail fails at load. Deciding allocates nothing, does
 * no I/O, takes no lock and has no error return; zero is deny.
 *
 * Strings are UTF-8 and NUL-terminated. A borrowed string lives as long as
 * the policy it came from. Nothing here is process-wide.
 *
 * The language is described in stockade-policy(5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>
#include <stockade/sandbox.h>
#include <stockade/trust.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stk_policy stk_policy;

enum stk_verdict { STK_DENY = 0, STK_ALLOW = 1 };
enum stk_mode { STK_MODE_ENFORCE = 0, STK_MODE_OBSERVE = 1 };
enum stk_cached { STK_CACHED_FIRST = 0, STK_CACHED_ALL, STK_CACHED_NONE };

/* Who is asked where a module is. */
enum stk_finders {
    STK_FINDERS_OURS = 0, /* Python's own finders and path hooks, and ours */
    STK_FINDERS_ALL       /* those that the program adds, too */
};

/* What becomes of a Python that the program starts as a process. */
enum stk_children {
    STK_CHILDREN_DENY = 0, /* none is started */
    STK_CHILDREN_GUARDED,  /* those of multiprocessing, under this policy */
    STK_CHILDREN_FREE      /* whatever it starts */
};

/* Why a decision came out as it did; stk_reason_text() gives the words. */
enum stk_reason {
    STK_REASON_NONE = 0,  /* never decided: denied */
    STK_REASON_FORBIDDEN, /* [forbidden] names it, or a parent of it */
    STK_REASON_RULE,      /* a rule of [modules], or [events] */
    STK_REASON_IMPORTER,  /* a rule of [modules from X], or [events from X] */
    STK_REASON_PARENT,    /* a parent package is denied */
    STK_REASON_DEFAULT,   /* no rule covers it: [stockade] default */
    STK_REASON_TRUSTED,   /* the importer is of a trusted group */
    STK_REASON_CLOSURE,   /* the importer came in with `closure` */
    STK_REASON_OWN,       /* the importer's own package, or a parent of it */
    STK_REASON_NAME,      /* no dotted name: denied */
    STK_REASON_SHADOWING, /* a standard-library name from elsewhere */
    STK_REASON_STARTUP,   /* the interpreter's own start-up */
    STK_REASON_AUDIT,     /* the record could not be written */
    STK_REASON_SIGNATURE  /* it must be signed, and is not authentic */
};

/* Where a rule stands. All borrowed from the policy. */
typedef struct stk_rule_ref {
    const char *file;    /* as loaded; "builtin:groups.ini" for built-ins;
                            NULL: no rule, the other fields are 0 and NULL */
    uint32_t line;       /* 1-based */
    const char *text;    /* the rule in canonical form, `os = deny` */
    const char *section; /* "modules", "modules from plugins", ... */
} stk_rule_ref;

/*
 * One question. `name` is the absolute dotted module name. `importer` is the
 * dotted name of the module whose code asks, NULL for unknown code, which is
 * the least trusted importer there is: no section names it.
 */
typedef struct stk_request {
    const char *name;
    const char *importer;
    uint32_t flags; /* STK_REQUEST_* */
} stk_request;

#define STK_REQUEST_INIT                                                      \
    {                                                                         \
        NULL, NULL, 0                                                         \
    }

/* The importer was itself first loaded through a `closure`. */
#define STK_REQUEST_CLOSURE 1u

/* Code asks that belongs to no module (a string that was executed): what any
 * [modules from X] denies is denied to it, for it may be that importer's. */
#define STK_REQUEST_UNKNOWN 2u

/*
 * `name` is that of an audit event ("os.system"), `importer` the module whose
 * code fires it: [events from X] and [events] decide, and what they do not
 * name is allowed, whatever `default` says. A variant ("ctypes.dlsym/handle")
 * is judged as the event. "import" is always allowed here: [modules] judges
 * it.
 */
#define STK_REQUEST_EVENT 4u

/*
 * The importer has the name of a module of the standard library and is none
 * of it: no trust is meant for it.
 */
#define STK_REQUEST_STRANGER 8u

typedef struct stk_decision {
    enum stk_verdict verdict;
    enum stk_reason reason;
    stk_rule_ref rule;       /* the rule that won; .file NULL for default */
    const char *requirement; /* "signed", "sandbox:strict", "signed
                                sandbox:strict", or NULL: what holds for
                                everybody who imports the name; of
                                STK_ALLOW alone */
    const char *bundle;      /* path of `signed bundle:PATH`, or NULL */
} stk_decision;

/* A message about a policy file, given to the report function. */
enum stk_severity { STK_SEVERITY_ERROR = 0, STK_SEVERITY_WARNING = 1 };

typedef struct stk_diagnostic {
    enum stk_severity severity;
    const char *file;    /* borrowed for the call */
    uint32_t line;       /* 1-based; 0: the file as a whole */
    const char *message; /* one line, borrowed for the call */
} stk_diagnostic;

typedef void (*stk_report_fn)(void *payload, const stk_diagnostic *found);

/* ---- life ---------------------------------------------------------- */

/*
 * Loads the policy at `path` with all it extends, and its `observe` policy.
 * `report`, when not NULL, is called with `payload` for every error, in the
 * order of the files; `err` holds the first one. On success `*out` is a new
 * reference that the caller frees; on failure `*out` is untouched.
 * Returns 0, -STK_E_IO (missing, a directory, a FIFO, unreadable),
 * -STK_E_INVALID, -STK_E_LIMIT, -STK_E_UNSUPPORTED or -STK_E_MEMORY.
 */
STK_API int stk_policy_load(stk_policy **out, const char *path,
                            stk_report_fn report, void *payload,
                            stk_error *err);

/*
 * The same for text in memory: `length` bytes at `text`, NULs included in
 * what is checked. `name` stands for the file in messages; `extends` and
 * `observe` are resolved against its folder.
 */
typedef struct stk_policy_text {
    const char *name;
    const char *text;
    size_t length;
} stk_policy_text;

STK_API int stk_policy_parse(stk_policy **out, const stk_policy_text *text,
                             stk_report_fn report, void *payload,
                             stk_error *err);

/*
 * Looks at a file before anything of it is parsed: at the policy, and at each
 * file that it extends or observes. `file` has the very bytes that will be
 * parsed. Returns 0, or negative with `err` filled, its message without the
 * file: then nothing of the file is parsed and the load fails.
 */
typedef int (*stk_policy_check_fn)(void *payload, const stk_policy_text *file,
                                   stk_error *err);

typedef struct stk_policy_loading {
    const char *path;
    stk_report_fn report; /* as for stk_policy_load() */
    void *payload;
    stk_policy_check_fn check; /* NULL: files are taken as they are */
    void *check_payload;
    bool warn; /* where there are errors, report what is odd with the lines
                  that were understood as well */
} stk_policy_loading;

/* stk_policy_load() with a check of each file. */
STK_API int stk_policy_load_checked(stk_policy **out,
                                    const stk_policy_loading *loading,
                                    stk_error *err);

/* Another reference to the same snapshot. Returns `policy`. Any thread. */
STK_API stk_policy *stk_policy_ref(stk_policy *policy);

/* Gives a reference back; the last one frees. NULL is fine. Any thread. */
STK_API void stk_policy_free(stk_policy *policy);

/* ---- asking -------------------------------------------------------- */

/*
 * Answers one request. Total: any bytes in `name` and `importer` get an
 * answer. What is no dotted name - an empty label, a control character, a
 * path separator, no UTF-8, over 1024 bytes or 64 labels - is denied
 * (STK_REASON_NAME); what no rule can spell, as 0001_initial, is covered by
 * the rules of its parents and by `*`.
 * `mode` is not applied: an observing policy answers what it would enforce.
 */
STK_API stk_decision stk_policy_decide(const stk_policy *policy,
                                       const stk_request *request);

/*
 * True when every importer, unknown code included, is allowed to import
 * `name` with no requirement, so that the importer need not be found out.
 * False is always safe to return.
 */
STK_API bool stk_policy_is_free(const stk_policy *policy, const char *name);

/*
 * What the rules of [modules] want of the code of `name`, whoever asks for
 * it and whether or not he may have it: `requirement`, `bundle` and the
 * rule that says so. STK_DENY and no rule where they want nothing. Any thread.
 */
STK_API stk_decision stk_policy_require(const stk_policy *policy,
                                        const char *name);

/* What the text of a requirement says, which may be NULL: that the code must
 * be signed; under which profile it runs in a worker, borrowed from the text,
 * or NULL. Total. */
STK_API bool stk_requirement_signed(const char *requirement);
STK_API const char *stk_requirement_profile(const char *requirement);

/*
 * True when some rule of [events] or [events from X] covers the event, so
 * that it must be known who fires it. Any thread.
 */
STK_API bool stk_policy_has_event(const stk_policy *policy, const char *event);

/* True when the answer may depend on who asks. */
STK_API bool stk_policy_tells_importers(const stk_policy *policy);

/* True when `name` is in a group of [stockade] trusted. */
STK_API bool stk_policy_is_trusted(const stk_policy *policy, const char *name);

/* True when the rule of [modules] that wins for `name` says `closure`. */
STK_API bool stk_policy_closes(const stk_policy *policy, const char *name);

/*
 * True when the first label of `name` is a standard-library module of some
 * supported Python (the built-in group @stdlib). Needs no policy.
 */
STK_API bool stk_policy_in_stdlib(const char *name);

/* ---- settings ([stockade]) ----------------------------------------- */

/* What the key of that name says, or its default where none does. */
STK_API enum stk_mode stk_policy_mode(const stk_policy *policy);
STK_API enum stk_verdict stk_policy_default(const stk_policy *policy);
STK_API enum stk_verdict stk_policy_shadowing(const stk_policy *policy);
STK_API enum stk_cached stk_policy_cached(const stk_policy *policy);
STK_API enum stk_finders stk_policy_finders(const stk_policy *policy);
STK_API enum stk_children stk_policy_children(const stk_policy *policy);

/* What follows a record that could not be written: deny, or continue. */
STK_API enum stk_verdict stk_policy_on_audit_failure(const stk_policy *p);

/* The sinks, `n` of them, each as written (`file:imports.jsonl`), a file
 * path already resolved against the policy's folder. Borrowed. */
STK_API const char *const *stk_policy_audit(const stk_policy *policy,
                                            size_t *n);

/* The `observe =` policy, borrowed, or NULL. */
STK_API const stk_policy *stk_policy_observed(const stk_policy *policy);

/* The path, or name, that it was loaded from. Borrowed. */
STK_API const char *stk_policy_file(const stk_policy *policy);

/* How many rules it holds, groups' members not counted. */
STK_API size_t stk_policy_rules(const stk_policy *policy);

/* ---- signatures ([key NAME], [signing]) ----------------------------- */

/* Who may sign what. Never NULL; without keys where none are written.
 * Borrowed. */
STK_API const stk_signing *stk_policy_signing(const stk_policy *policy);

/* True when a rule of [modules] says `signed`. */
STK_API bool stk_policy_needs_signatures(const stk_policy *policy);

/* The files of all `bundle:PATH`, `n` of them, each once, resolved against
 * the folder of the file that names it. Borrowed. */
STK_API const char *const *stk_policy_bundles(const stk_policy *policy,
                                              size_t *n);

/* The first rule that names the bundle `path`, as stk_policy_bundles() has
 * it; .file is NULL where none does. Borrowed. */
STK_API stk_rule_ref stk_policy_bundle_rule(const stk_policy *policy,
                                            const char *path);

/* ---- sandboxes ([sandbox NAME]) -------------------------------------- */

/* True when a rule of [modules] says sandbox:NAME. */
STK_API bool stk_policy_needs_workers(const stk_policy *policy);

/* The profile of this name, or NULL. Those that are shipped are in every
 * policy: strict, agent, files-readonly, numpy. Borrowed. */
STK_API const stk_profile *stk_policy_profile(const stk_policy *policy,
                                              const char *name);

/* All of them, `n`, the shipped ones first. Borrowed. */
STK_API const stk_profile *stk_policy_profiles(const stk_policy *policy,
                                               size_t *n);

/* ---- loaders ([loader NAME]) ------------------------------------------ */

enum stk_loader_result {
    STK_LOADER_SOURCE = 0, /* the host takes the source and loads it */
    STK_LOADER_MODULE      /* the module stays in the worker */
};

enum stk_argument_kind {
    STK_ARGUMENT_TEXT = 0, /* as written */
    STK_ARGUMENT_PATH,     /* path:X, absolute */
    STK_ARGUMENT_FILE      /* file:X, absolute: what is in it is handed over */
};

typedef struct stk_loader_argument {
    enum stk_argument_kind kind;
    const char *text;
} stk_loader_argument;

/* One [loader NAME]: a finder that runs in a worker, and finds the modules
 * that its patterns cover. All borrowed from the policy. */
typedef struct stk_loader_rule {
    const char *name;
    const char *module, *attribute; /* finder = module:attribute */
    const stk_loader_argument *arguments;
    size_t n_arguments;
    const char *const *modules; /* patterns, as in stk_key_rule */
    size_t n_modules;
    enum stk_loader_result result;
    const char *sandbox; /* the profile of its worker */
    const char *file;    /* where the section begins, ... */
    uint32_t line;       /* ... 1-based */
} stk_loader_rule;

/* The loader that `name` is looked for by, and by nobody else: that with the
 * longest pattern. NULL where there is none. Borrowed. Any thread. */
STK_API const stk_loader_rule *stk_policy_loader(const stk_policy *policy,
                                                 const char *name);

/* All of them, `n`. Borrowed. */
STK_API const stk_loader_rule *stk_policy_loaders(const stk_policy *policy,
                                                  size_t *n);

/* ---- the same walk, told ------------------------------------------- */

/* A rule that matched and lost. */
typedef struct stk_lost_rule {
    stk_rule_ref rule;
    const char *why; /* "shorter than acme.legacy", one clause */
} stk_lost_rule;

/* A key whose `modules` cover a name. */
typedef struct stk_signer {
    const char *key;  /* its name */
    bool usable;      /* neither revoked nor out of its dates, now */
    const char *note; /* "revoked 2026-01-01", "retiring"; or "" */
} stk_signer;

typedef struct stk_explanation {
    stk_decision decision;
    bool enforced;       /* false in mode = observe */
    const char *reason;  /* one sentence */
    const char *fix;     /* the smallest change that turns the answer: a
                            line and where to put it; "" when there is none */
    const char *closure; /* a wider one, for a package that imports others: a
                            line with `closure`; "" when there is none */
    const stk_lost_rule *lost;
    size_t n_lost;

    /* Where decision.requirement says "signed"; else zero. */
    stk_rule_ref required_by;  /* the rule of [modules] that says so */
    unsigned threshold;        /* how many keys must have signed it */
    const stk_signer *signers; /* who may */
    size_t n_signers;
    const char *needs; /* all that as one clause: "signed by vendor" */

    const stk_loader_rule *loader; /* that finds it, or NULL */
} stk_explanation;

/*
 * Explains what stk_policy_decide() answers. `*out` is freed by
 * stk_explanation_free(), and borrows from `policy`.
 * Returns 0 or -STK_E_MEMORY.
 */
STK_API int stk_policy_explain(stk_explanation **out, const stk_policy *policy,
                               const stk_request *request, stk_error *err);
STK_API void stk_explanation_free(stk_explanation *explanation);

/* The name of a reason as records and JSON carry it: "rule", "default". */
STK_API const char *stk_reason_name(enum stk_reason reason);

/* The reason as a clause for people: "no rule covers it". Never NULL. */
STK_API const char *stk_reason_text(enum stk_reason reason);

/* ---- working on policies ------------------------------------------- */

/*
 * The canonical text: parsing it gives the same decisions. One file, with
 * `extends` folded in. `*out` is NUL-terminated, freed by free().
 * Returns 0 or -STK_E_MEMORY.
 */
STK_API int stk_policy_print(char **out, const stk_policy *policy,
                             stk_error *err);

/*
 * Reports what is understood but odd, as warnings, in the order of the files;
 * `report` may be NULL. Returns how many there were (0 or positive), or
 * -STK_E_MEMORY.
 */
STK_API int stk_policy_lint(const stk_policy *policy, stk_report_fn report,
                            void *payload, stk_error *err);

/* One difference between two policies. All borrowed for the call. */
typedef struct stk_change {
    const char *name;     /* a module name or pattern that a rule names */
    const char *importer; /* NULL: any importer that no section names */
    stk_decision before;
    stk_decision after;
    bool event; /* `name` is an audit event */
} stk_change;

typedef void (*stk_change_fn)(void *payload, const stk_change *change);

/*
 * Asks both policies about every name and importer that either names and
 * calls `changed` where verdict or requirement differ, sorted by importer,
 * then name. Returns how many differ, or -STK_E_MEMORY.
 */
STK_API int stk_policy_diff(const stk_policy *before, const stk_policy *after,
                            stk_change_fn changed, void *payload,
                            stk_error *err);

/* A setting that differs: "key vendor modules", "threshold shop". The values
 * are borrowed for the call; NULL where a policy has none. */
typedef void (*stk_setting_fn)(void *payload, const char *setting,
                               const char *before, const char *after);

/*
 * Compares what both policies say of keys, signatures, bundles and sandboxes,
 * item by item of their lists ("sandbox agent read /srv": "yes"), and calls
 * `changed` for each setting that differs, sorted. Returns how many differ,
 * or -STK_E_MEMORY.
 */
STK_API int stk_policy_diff_signing(const stk_policy *before,
                                    const stk_policy *after,
                                    stk_setting_fn changed, void *payload,
                                    stk_error *err);

#ifdef __cplusplus
}
#endif
#endif
