/* SPDX-License-Identifier: Apache-2.0 */
/* One module that a worker asks for, while it is decided and sent. */
#ifndef STK_PYTHON_BROKER_H
#define STK_PYTHON_BROKER_H

#include "guard/evidence.h"
#include "python/broker/brokering.h"
#include "python/object/name.h"
#include "python/remote/remote.h"

typedef struct stk_broker_request {
    PyObject *name;     /* borrowed; exact str */
    PyObject *importer; /* borrowed; who in the worker says that he asks */
    bool kept;          /* the worker has it: it was loaded before */
    bool loaded;        /* and executed: may it be imported once more? */
    bool own;           /* of the package that the worker is for */
    bool lazily;        /* who is said to ask has `closure`, but does not
                           state it: it is the plugin's */
    bool unproven;      /* that it has it is all that speaks for the asker */
    stk_utf8 text, package, claimed;
    stk_importer asker;
    uint64_t began;
    stk_judgement judgement;
} stk_broker_request;

/* The answer to a module that the worker asks for, a list or None;
 * NULL with the exception that is to be raised there. */
PyObject *stk_broker_answer(stk_remote *remote, PyObject *question);

/* broker_code.c: the same list for the code of a spec. NULL with ImportError
 * where it is none that can be sent; `*machine`, which may be NULL, is set
 * where that is because it is machine code. */
PyObject *stk_broker_code(PyObject *name, PyObject *spec, bool own,
                          bool *machine);

/* [name, kind, package, data, origin] for STK_OP_LOAD: a module that the
 * worker itself is for. NULL with an exception. */
PyObject *stk_broker_load_request(stk_remote *remote, PyObject *name);

/* Whether what the policy wants of a module, NULL for nothing, is to be had in
 * a worker of this profile. */
bool stk_broker_fits(const char *requirement, const char *profile);

/* broker_resource.c: the answer to a file that it asks for: bytes, None where
 * there is none; NULL with the exception that is to be raised there. */
PyObject *stk_broker_resource(stk_remote *remote, PyObject *question);

/* broker_metadata.c: the same for the metadata of what is installed: "" is a
 * list of names, "shop/" one of the files of one, "shop/METADATA" bytes. The
 * name that such a question has in the place of a package's. */
#define STK_BROKER_METADATA "importlib.metadata"
PyObject *stk_broker_metadata(stk_remote *remote, const char *path);

/* Whether `name` is of `package`, the one that the worker is for. */
bool stk_broker_is_own(const stk_remote *remote, const char *package,
                       const char *name);

/* What is judged and written down. */
stk_attempt stk_broker_attempt(const stk_broker_request *request);

/* The same with what is written down beside; borrows from both. */
stk_brokering stk_broker_view(const stk_broker_request *request,
                              const stk_remote *remote);

/* Writes it down. 0, or -1 with ImportError: then nothing is sent. */
int stk_broker_record(const stk_broker_request *request,
                      const stk_remote *remote,
                      stk_circumstances *circumstances);

/* Notes that it was denied, for whoever ran the string of code that asked.
 * 0, or -1 with an exception. */
int stk_broker_note_refused(const stk_broker_request *request,
                            const stk_remote *remote);

/* What is sent; `data` is taken, NULL with an exception too. New reference. */
PyObject *stk_broker_found(const char *kind, PyObject *package, PyObject *data,
                           PyObject *origin);
/* The same of bytes that were verified: the source, or the code. */
PyObject *stk_broker_bytes(const stk_evidence *evidence, bool is_source,
                           PyObject *origin);
/* Notes where its submodules are looked for; `folders` may be None. 0, -1. */
int stk_broker_note(stk_remote *remote, PyObject *name, PyObject *folders);
/* Where `name` is looked for: None for sys.path; NULL without an exception:
 * its package is none, or nowhere. */
PyObject *stk_broker_path(stk_remote *remote, PyObject *name);
/* One more question of the worker's. 0, or -1 with ImportError: too many. */
int stk_broker_count(stk_remote *remote);
/* Raises ImportError: machine code. Returns NULL. */
PyObject *stk_broker_refuse_extension(PyObject *name);

/*
 * broker_signed.c: the answer for a name that must be signed, looked for below
 * `path`, recorded: verified bytes, or None where there is no such module.
 * NULL with SignatureError. `*left` where somebody else is to find it: it is
 * part of the interpreter, or the guard only observes.
 */
PyObject *stk_broker_signed(stk_broker_request *request, stk_remote *remote,
                            PyObject *path, bool *left);
/* Records that its signature does not hold, and raises SignatureError: -1; or
 * 0 where the guard only observes. */
int stk_broker_distrust(stk_broker_request *request, const stk_remote *remote,
                        const stk_evidence *evidence);

/* broker_loader.c: the answer for a name that a [loader NAME] has, recorded.
 * None where that has no such module; NULL with ImportError. */
PyObject *stk_broker_from_loader(stk_broker_request *request,
                                 stk_remote *remote,
                                 const stk_loader_rule *rule);

/* broker_folder.c: adds what is in `below`, "" for it itself, of `folder` to
 * the list `names`, sorted: a slash behind the names of folders. 1; 0: there
 * is no such folder; -1 with an exception. */
int stk_broker_folder(PyObject *names, const char *folder, const char *below);
/* Adds one name: 0, or -1. One that is no text is left out. */
int stk_broker_entry(PyObject *names, const char *name, bool is_folder);

/* broker_closure.c: judges it, for whose import it is as far as the worker is
 * believed. 0, or -1. */
int stk_broker_judge(stk_broker_request *request, const stk_remote *remote);
/* Once more, as the import of the plugin: of who asks nothing is believed. */
void stk_broker_judge_anew(stk_broker_request *request);
/* The [loader NAME] that a judged one is for, or NULL. */
const stk_loader_rule *stk_broker_loader(const stk_broker_request *request);
/* Notes that it was answered by `sent`. 0, or -1. */
int stk_broker_note_closure(const stk_broker_request *request,
                            stk_remote *remote, PyObject *sent);

/* broker_shadow.c: whether `spec`, found for a judged one, is in the place of
 * a module of the standard library. 0: it may be sent; 1: it is denied now;
 * -1 with an exception, recorded. */
int stk_broker_shadow(stk_broker_request *request, const stk_remote *remote,
                      PyObject *spec);

/* broker_name.c: whether `name`, an exact str, can be a module's. */
bool stk_broker_is_name(PyObject *name);
/* Sets ImportError for any object that is none: NULL. */
PyObject *stk_broker_refuse_name(PyObject *name);
/* copy and pickle try what Jython has as soon as they are imported. It stands
 * in the log; that the code was denied something is not told of it. */
bool stk_broker_is_for_jython(const stk_broker_request *request);

/* broker_zone.c: the time zone `key`, as this machine has it. 1, `*data` freed
 * by free(); 0: there is none. */
int stk_broker_zone(char **data, size_t *length, const char *key);
/* The keys of all that it has. New reference: a list, some of them twice. */
PyObject *stk_broker_zones(void);

#endif
