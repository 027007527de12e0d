/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stockade keeps of one interpreter, and of the process.
 *
 * The process keeps the guard and a list of interpreters: plain C, because
 * interpreters may run side by side. Everything that is a Python object
 * belongs to one interpreter and dies with it.
 */
#ifndef STK_PYTHON_STATE_H
#define STK_PYTHON_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <stockade/guard.h>

#include "python/object/compat.h"
#include "python/object/seen.h"
#include "python/object/watch.h"

/* Whether an interpreter still imports for itself. */
enum stk_phase { STK_PHASE_STARTUP = 0, STK_PHASE_ENFORCE };

/* Attempts that need no more thought: allowed for everybody, recorded. */
#define STK_HOT_SIZE 1024u /* a power of two */

#define STK_IMP_FUNCTIONS                                                     \
    6u /* functions of _imp that impfn.c stands before                        \
        */

#define STK_FIRSTS 4u /* functions that tripwire.c puts back */

/* Those who made an interpreter, or a process; more are unknown code. */
#define STK_CREATORS_MAX 16u

#define STK_FILE_LOADERS 3u

/* What an import in C reads and writes by name: interned once. */
enum stk_word {
    STK_WORD_MODULES,
    STK_WORD_MODULE_LOCKS,
    STK_WORD_DUNDER_PATH,
    STK_WORD_DUNDER_LOADER,
    STK_WORD_DUNDER_PACKAGE,
    STK_WORD_DUNDER_FILE,
    STK_WORD_DUNDER_CACHED,
    STK_WORD_DUNDER_BUILTINS,
    STK_WORD_INITIALIZING,
    STK_WORD_LOCATIONS,
    STK_WORD_FILE_SET,
    STK_WORD_SIBLINGS,
    STK_WORD_CACHED,
    STK_WORD_PATH_CACHE,
    STK_WORD_FINDER_OF,
    STK_WORD_FINDER_FILL,
    STK_WORD_FINDER_TIME,
    STK_WORD_FINDER_NAMES,
    STK_WORD_FINDER_LOADERS,
    STK_WORD_PATH_HOOKS,
    STK_WORD_DUNDER_INIT,
    STK_WORDS /* how many */
};

typedef struct stk_hot {
    PyObject *name;     /* strong; NULL: free slot */
    PyObject *fromlist; /* strong, or NULL */
    PyObject *ready;    /* borrowed, for identity alone: the module when it
                           was seen fully initialised, at `loads` */
    uint64_t loads;
    uint64_t generation;
    uint32_t importer;
} stk_hot;

/* Where the last walk through the lines of a code object ended. Zero is
 * none. */
typedef struct stk_line_memo {
    PyCodeObject *code; /* strong, or NULL */
    Py_ssize_t at;
    int offset;
    int line;
} stk_line_memo;

typedef struct stk_known stk_known;

/* A file, whatever leads to it. */
typedef struct stk_file_id {
    uint64_t dev, ino;
} stk_file_id;

typedef struct stk_interp {
    PyInterpreterState *interp;
    int64_t id;
    enum stk_phase phase;

    /* numbers of the importers that made it; none for the first */
    uint32_t creators[STK_CREATORS_MAX];
    size_t n_creators;
    bool attached;         /* the layers are in */
    bool importlib_tagged; /* since install() began */
    bool mending;          /* the tripwire is at work */
    PyObject *finder_told; /* strong; put before ours at the start, the last
                              that was told */
    const char *finder_by; /* whose it was then */
    bool stepped_aside;    /* sys.meta_path is empty because we left it */
    bool program_began;    /* the program of `run` or install() was seen */
    bool is_child;         /* multiprocessing has started this process */
    stk_file_id program;   /* where the program is; ino 0: nowhere */
    bool program_ran; /* `python -m stockade run` has had its one program */
    Py_ssize_t extra_index;
    int watch_id;                     /* of watch.c */
    uint64_t writes[STK_WATCH_KINDS]; /* of watch.c, as it was told */

    /* namespaces that the layers stand in; strong */
    PyObject *sys_dict;
    PyObject *builtins_dict;
    PyObject *bootstrap_dict;
    PyObject *imp_dict;

    PyObject *import_function;    /* strong; our builtins.__import__ */
    PyObject *firsts[STK_FIRSTS]; /* strong; of tripwire.c */
    PyObject *imp_firsts[STK_IMP_FUNCTIONS]; /* strong; of impfn.c */
    PyObject *finder;                        /* strong */
    PyObject *holder_type;                   /* strong; of carry.c */
    PyObject *carrier_type; /* strong; of carrier.c, once needed */
    PyObject *method_type;  /* strong; the same */
    PyObject *util_seen; /* strong; importlib.util's namespace, once there */

    /* of tripwire.c: what the layers stand in, and sys.meta_path, as they
     * were when all was in place */
    stk_watch places;
    PyObject *util_watched; /* borrowed, for identity alone */
    uint64_t modules_stamp; /* of sys.modules, when util_watched was there */
    PyObject *path_seen;    /* strong; an exact list, or NULL */

    /* of metapath.c: a list that we moved to the front of, as it was then,
     * and how many behind us had been before us; strong */
    PyObject *overtaken_in;
    PyObject *overtaken;
    Py_ssize_t n_overtaken;

    PyObject *import_denied;   /* strong; the class stockade.ImportDenied */
    PyObject *event_denied;    /* strong; the class stockade.EventDenied */
    PyObject *signature_error; /* strong; the class stockade.SignatureError */
    PyObject *verified_type;   /* strong; of verified.c */
    PyObject *resource_type;   /* strong; of resource.c, once needed */
    PyObject *reader_type;     /* strong; of reader.c, once needed */
    PyObject *namespaces;      /* strong; folder to VerifiedLoader, of
                                  reader.c, once needed */
    PyObject *pinned_type;     /* strong; of pinnedspec.c, once needed */
    PyObject *folder_type;     /* strong; stockade.VerifiedFolder, or NULL */
    PyObject *path_hook;       /* strong; of sys.path_hooks, or NULL */
    PyObject *is_builtin;      /* strong; _imp.is_builtin */
    PyObject *is_frozen;       /* strong; _imp.is_frozen */
    struct stk_signed *signed_python; /* owned; of signed.c */
    struct stk_isolation *isolation;  /* owned; of isolation.c, once needed */

    /* of opencode.c, byhand.c and program.c */
    PyObject *io_open;       /* strong; io.open, as it was at first */
    PyObject *io_bytes;      /* strong; io.BytesIO */
    PyObject *archives;      /* strong; path to (identity, verified bytes) */
    PyObject *verified_body; /* borrowed: what a verified loader executes */
    PyObject *verified_by;   /* borrowed: that loader */
    PyObject *verified_code; /* strong; what its get_code() gave last */
    char *program_name;      /* owned; what -m was given */

    bool quick_tried;                       /* quick.c was asked for once */
    bool quick;                             /* and serves here */
    struct stk_thin *thin;                  /* owned; of thinlock.c */
    struct stk_importframes *import_frames; /* owned; of importframes.c, once
                                               importlib was seen */
    bool frames_tried;                      /* it was, once */
    bool monitored;                         /* sys.monitoring is used */
    PyObject *announced;  /* borrowed: the code that quick.c executes now */
    PyObject *spec_class; /* strong; importlib's ModuleSpec */
    /* importlib's own loaders, whatever somebody calls so later; strong */
    PyObject *builtin_importer, *frozen_importer;
    PyObject *file_loaders[STK_FILE_LOADERS]; /* with the pins */
    PyObject *path_finder, *file_finder;      /* likewise */
    PyObject *zip_importer;                   /* once it is asked for */
    PyObject *stdlib_names; /* strong; frozenset of top names, or NULL */
    PyObject *stdlib_dirs;  /* strong; tuple of str, folders of the stdlib */
    /* of pins.c and pinning.c, once importlib is whole: lists of what
     * `pinned` watches, of what an audit event tells of, of what nothing
     * does, and of builtins; strong */
    PyObject *pins, *more_pins, *cell_pins, *builtin_pins;
    stk_watch pinned;
    bool pins_held;     /* when `pinned` was settled */
    bool builtins_held; /* at this version of theirs: */
    uint64_t builtins_version;
    uint64_t pins_rewritten;  /* how often functions and classes were */
    PyObject *pycache_prefix; /* strong; sys.pycache_prefix then */
    PyObject *known_places;   /* strong; list of str, sys.path when the program
                                 began; NULL before that */
    stk_known *known;         /* owned; of known.c */
    void *spare;              /* owned; room for an attempt, or NULL */
    stk_line_memo line;       /* of open.c, where no attempt has one */
    stk_seen seen;            /* what was recorded as cached */
    PyObject *events_seen;    /* strong; set of (event, importers) likewise */
    PyObject *given_back;     /* strong; list of givenback.c, or NULL */
    PyObject *searches;       /* strong; list of registries.c, or NULL */
    PyObject *own_finders;    /* strong; of finders.c, once known */
    PyObject **homes;         /* owned; of home.c, by importer number */
    uint32_t n_homes;
    PyObject *home_type; /* strong; of home.c, once needed */
    PyObject *home_end;  /* strong; the same */
    PyObject *tasks;     /* strong; of futures.c, the same */
    Py_ssize_t tasks_limit;
    uint64_t places_time;   /* when those were noted: nanoseconds since
                               1970, as files have it */
    PyObject *self_folder;  /* strong; folder of the package, or NULL */
    PyObject *child_folder; /* strong; the same where install() was called */

    /* interned, strong */
    PyObject *str_import;
    PyObject *str_find_and_load;
    PyObject *str_find_spec;      /* "find_spec" */
    PyObject *str_bootstrap_spec; /* "_find_spec" */
    PyObject *str_meta_path;
    PyObject *str_util; /* "importlib.util" */
    PyObject *str_io;   /* "_io" */
    PyObject *str_args;
    PyObject *str_module;
    PyObject *str_mod;
    PyObject *str_origin;
    PyObject *str_loader;
    PyObject *str_spec;
    PyObject *str_name;
    PyObject *str_spec_name; /* "name" */
    PyObject *str_pycache_prefix;
    PyObject *str_path;
    PyObject *str_external; /* "_frozen_importlib_external" */
    PyObject *str_builtin_importer;
    PyObject *str_frozen_importer;
    PyObject *str_file_loaders[STK_FILE_LOADERS]; /* of origin.c */
    PyObject *str_imp[STK_IMP_FUNCTIONS];         /* of impfn.c */
    PyObject *words[STK_WORDS];

    /* owned; of attempt.c: what reload() has found, one of a thread */
    struct stk_attempt_open *aside;

    uint64_t loads; /* modules that were not in sys.modules, so far */
    stk_hot hot[STK_HOT_SIZE];
    struct stk_interp *next;
} stk_interp;

/* The guard of the process, borrowed; NULL before one is installed. */
stk_guard *stk_process_guard(void);

/*
 * Makes `guard` the one guard of the process. Returns 0, or -1 when another
 * one stands.
 */
int stk_process_set_guard(stk_guard *guard);

/* Called when the guard goes: nothing is judged any more. */
void stk_process_clear_guard(stk_guard *guard);

/*
 * The importers that this thread makes the next interpreter for: its state
 * takes them over. Everything that runs there is bound as they are. NULL: it
 * makes none.
 */
void stk_interp_set_creators(const uint32_t *numbers, size_t n);

/* The same for one that is there already. */
void stk_interp_set_own_creators(stk_interp *state, const uint32_t *numbers,
                                 size_t n);

/* True when the host itself runs code, again and again: embedded. */
bool stk_process_embedded(void);
void stk_process_set_embedded(bool embedded);

/* A new state takes over those that stk_interp_set_creators() has told. */
void stk_interp_take_creators(stk_interp *state);

/* Among the interpreters of the process, and no more. */
void stk_interp_link(stk_interp *state);
void stk_interp_unlink(stk_interp *state);

/* This interpreter's state, or NULL without an exception. GIL held. */
stk_interp *stk_interp_find(void);

/* ---- words.c -------------------------------------------------------- */

/* Fills the names of `state`. Returns 0, or -1 with an exception. */
int stk_words_intern(stk_interp *state);
void stk_words_clear(stk_interp *state);

/* ---- process/interpreter.c ------------------------------------------ */

/* As stk_interp_find(), made when there is none; NULL with an exception. */
stk_interp *stk_interp_get(void);

#endif
