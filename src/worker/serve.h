/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker does: it waits for the host, does what it is asked, answers.
 * All of this runs locked down, beside untrusted code that can change
 * anything here: nothing of it is relied on by the host.
 *
 * One worker a process: `stk_serving` is the one there is.
 */
#ifndef STK_WORKER_SERVE_H
#define STK_WORKER_SERVE_H

#include "wire/channel.h"
#include "wire/conversation.h"
#include "worker/objects.h"
#include "worker/values.h"

typedef struct stk_serving {
    stk_channel *channel; /* owned */
    stk_conversation talk;
    stk_objects objects;
    stk_crossing crossing;
    stk_value_bounds bounds;      /* of what is said */
    int fds[STK_CHANNEL_FDS_MAX]; /* owned: of the frame that is read */
    unsigned n_fds;
    PyObject *output; /* strong; tuple of the two streams, of output.c */
    PyObject *zones;  /* strong; {key: a time zone that came}, or NULL */
    bool copied;      /* what is read is a copy: the host may be asked */
    bool fresh;       /* nothing was asked yet, and there is time */
    bool strings;     /* a string of code runs: its output is text */
    bool wanting;     /* and must be, for a zone: what was read is let go */
} stk_serving;

/* Makes ready what does not depend on the host: 0, or -1 with an
 * exception. */
int stk_serve_init(stk_serving *serving);

/* What the host takes of an answer, so that what is larger is an exception
 * here and not the end of the worker. */
void stk_serve_bound(stk_serving *serving, uint64_t reply);

/* The one of this process, or NULL. */
stk_serving *stk_serve_current(void);

/* Answers until the host asks to stop or is gone. Does not fail. */
void stk_serve(stk_serving *serving, stk_channel *channel);

/*
 * Asks the host within what it asked: `value` is what the frame says. New
 * reference to its answer; NULL with the exception that it answered with,
 * RuntimeError when it is not ours to ask now, or what stk_values_write()
 * says where it cannot cross.
 */
PyObject *stk_serve_ask(stk_serving *serving, enum stk_op op, PyObject *value);

/* Tells the host, which does not answer. 0, or -1 without an exception: it
 * is not ours to say now. */
int stk_serve_tell(stk_serving *serving, enum stk_op op, PyObject *value);

/* Does what is asked as if the host had, and says nothing: 0, or -1 and
 * perhaps an exception. For warm.c. */
int stk_serve_rehearse(stk_serving *serving, enum stk_op op,
                       stk_writer *asked);

/* ---- the other files ------------------------------------------------- */

/* What a request does: `args` has as many as the table says. New
 * reference. */
typedef PyObject *(*stk_handler)(stk_serving *serving, PyObject *const *args);

/* code.c */
PyObject *stk_code_load(stk_serving *serving, PyObject *const *args);
PyObject *stk_code_run(stk_serving *serving, PyObject *const *args);
PyObject *stk_code_adopt(stk_serving *serving, PyObject *const *args);

/* likeness.c: whether it is equal to itself alone; else what the host is told
 * of that: 0, or -1 as the writer says. Runs no code. */
bool stk_likeness_is_own(PyObject *object);
int stk_likeness_write(stk_writer *writer, PyObject *object);

/* fresh.c: before a string of code, the settings of the interpreter are what
 * they were before the first one. Total. */
void stk_fresh(void);
/* held.c: the same of what modules in Python hold for everybody: what is
 * executed already, module `name` just now, as it was. Total. */
void stk_held_begin(void);
void stk_held_see(PyObject *name, PyObject *dict);
void stk_held_restore(void);

/* loaders.c */
PyObject *stk_loaders_find(stk_serving *serving, PyObject *const *args);
PyObject *stk_loaders_source(stk_serving *serving, PyObject *const *args);
PyObject *stk_loaders_data(stk_serving *serving, PyObject *const *args);
/* What the finder that the host asked last has for `name`. New reference. */
PyObject *stk_loaders_spec(PyObject *name);

/* operate.c */
PyObject *stk_operate_call(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_call_method(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_getattr(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_setattr(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_delattr(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_dir(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_text(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_compare(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_operate(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_len(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_getitem(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_setitem(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_delitem(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_contains(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_iter(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_next(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_send(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_throw(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_close(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_enter(stk_serving *serving, PyObject *const *args);
PyObject *stk_operate_exit(stk_serving *serving, PyObject *const *args);

/* What other files take of operate.c: an exception of the host's, told as
 * [type, message, arguments, fields]; what a StopIteration says that is set.
 * New references. */
PyObject *stk_operate_exception(PyObject *told);
PyObject *stk_operate_stopped(void);

/* await.c */
PyObject *stk_operate_await(stk_serving *serving, PyObject *const *args);

/* caller.c: a call of the host's: a function that looks at the frame above it
 * has one, which says nothing of the host. `keywords` may be NULL. New
 * reference. */
PyObject *stk_caller_call(PyObject *callable, PyObject *args,
                          PyObject *keywords);
/* Once, before any: 0, or -1 with an exception. */
int stk_caller_init(void);

/* describe.c */
PyObject *stk_operate_describe(stk_serving *serving, PyObject *const *args);

/* raised.c: the exception that is set, which is taken, as [type, nearest
 * built-in type, message, traceback, arguments]. New reference; total. */
PyObject *stk_raised_take(void);
/* The other way, for what the host answers: sets it. */
void stk_raised_set(PyObject *value);
/* The built-in exception of that name, else RuntimeError. Borrowed. */
PyObject *stk_raised_class(PyObject *name);

/* broker.c: the worker's only finder. `calls`: the groups of system calls that
 * the profile has; `stored`: store.h's modules may be used. 0, or -1 with an
 * exception. */
int stk_broker_install(uint32_t calls, bool stored);
/* What the host says of a module. */
enum stk_found {
    STK_FOUND_KIND,
    STK_FOUND_PACKAGE,
    STK_FOUND_DATA,
    STK_FOUND_ORIGIN,
    STK_FOUND_N,
};
/* spec.c: whether it is of that kind. */
bool stk_found_is(PyObject *kind, const char *name);
/* The spec for what the host says. New reference. */
PyObject *stk_broker_spec(PyObject *name, PyObject *const *found);
/* What is needed for that: 0, or -1. Then also before it is installed: the
 * spec of what was sent as code. New reference. */
int stk_broker_prepare(void);
PyObject *stk_broker_sent(PyObject *name, PyObject *const *found);
/* 0, or -1 with an exception. Once, before any is made. */
int stk_broker_specs_init(void);
/* The loader that such a spec has. New reference. */
PyObject *stk_broker_new_loader(PyObject *name, PyObject *const *found);
/* The spec of module `name`, which is asked for by `importer`, a str or None,
 * taken; or None. New reference. */
PyObject *stk_broker_find(PyObject *name, PyObject *importer);
/* Its loader, where that has code to be executed: borrowed. */
typedef struct stk_brokered {
    PyObject *loader;
    PyObject *origin; /* str or None */
    bool package;
} stk_brokered;
bool stk_broker_has_code(PyObject *loader, stk_brokered *out);
/* exec_module() of it: 0, or -1 with an exception. */
int stk_broker_execute(PyObject *loader, PyObject *module);
/* spec.c: what BuiltinImporter or FrozenImporter finds. New reference; or
 * None. */
PyObject *stk_broker_inbuilt(PyObject *name, const char *importer);
/* One of importlib's own functions and classes. New reference. */
PyObject *stk_broker_bootstrap(const char *name);

/* spare.c: what honest modules would be refused. Around the code of module
 * `name`, whose namespace is `dict`, NULL where it failed: 0, or -1 with an
 * exception. `*lent` is what the first tells the second. */
int stk_spare_before(PyObject *name, const char **lent);
int stk_spare_after(PyObject *name, PyObject *dict, const char *lent);
/* The same for what is loaded already. */
int stk_spare_init(uint32_t calls);
/* lines.c: the lines of `file`. Without memory there are none. */
void stk_lines_remember(PyObject *file, PyObject *text, Py_ssize_t size);
void stk_lines_forget(const char *file);
/* CPython looks for none either, from now on. 0, or -1 with an exception. */
int stk_lines_blind(void);
/* To the dict of linecache. 0, or -1 with an exception. */
int stk_lines_give(PyObject *linecache);

/* logs.c: to the dict of logging. 0, or -1 with an exception. */
int stk_logs_give(PyObject *dict);

/* paths.c: whether files are out of reach here; to the dicts of os, of
 * posixpath and of sysconfig; around the code of that: 0, or -1 with an
 * exception. */
void stk_paths_init(bool fileless);
bool stk_paths_are_none(void);
int stk_paths_root(PyObject *dict);
int stk_paths_give(PyObject *dict);
bool stk_paths_is(PyObject *name); /* it is posixpath */
/* Some module, which CPython itself has executed where it is frozen. */
int stk_paths_see(PyObject *name, PyObject *module);
int stk_paths_config(PyObject *dict);
int stk_paths_hold(void);
void stk_paths_let_go(void);

/* load.c: a module of this code, in sys.modules, executed. New reference. */
PyObject *stk_broker_load(PyObject *name, PyObject *const *found);
/* The same for a spec of somebody else's. */
PyObject *stk_broker_adopt(PyObject *name, PyObject *spec);

/* zones.c: the time zone of that key, for what crosses. NULL with an
 * exception; `wanting` is set where the frame must be copied for it. */
PyObject *stk_zones_find(void *payload, PyObject *key);

/* buffer.c: bytes of the host's that are mapped. 0, or -1. */
int stk_buffer_init(void);
/* Those of the frame that was heard, until they are closed. */
void stk_buffer_take(stk_serving *serving);
void stk_buffer_close(stk_serving *serving);
/* For what crosses. New reference to a memoryview. */
PyObject *stk_buffer_map(void *payload, unsigned index, size_t length);

/* warm.c: what the first request would take time for. Total: what goes wrong
 * is left to that. `shared`: what the zygote and all its workers have once,
 * which may be much. */
void stk_warm(stk_serving *serving, bool shared);
/* The same once more, of what leads to `op`, until that is asked. */
void stk_warm_for(stk_serving *serving, enum stk_op op);

/* callback.c: a function of the host's, by the id that it has there. */
PyObject *stk_callback_new(uint64_t id, bool awaited, PyObject *name);
uint64_t stk_callback_id(PyObject *object); /* 0: it is none */
/* Tells the host of those that are gone. */
void stk_callback_flush(stk_serving *serving);

/* resources.c: what importlib.resources asks for the files beside module
 * `name`. New reference. */
PyObject *stk_resources_new(PyObject *name, bool package);
/* The bytes of one of them, by a path beside that of `file`, which is the
 * module's. OSError where there is none. New reference. */
PyObject *stk_resources_beside(PyObject *name, bool package, PyObject *file,
                               PyObject *path);

/* What is in a folder of `package`, "" for its own: a list of str, with a
 * slash behind the names of folders. OSError where there is none. New
 * reference. */
PyObject *stk_resources_list(PyObject *package, PyObject *path);

/* distributions.c: the find_distributions() of a finder: what
 * importlib.metadata finds by it. New reference to a list. */
PyObject *stk_distributions_iterate(PyObject *context);

/* listing.c: where the modules of `package` are, whose own file is `file`: a
 * list for its __path__, which pkgutil has them of. New reference. */
PyObject *stk_listing_path(PyObject *package, PyObject *file);
/* 0, or -1 with an exception. */
int stk_listing_install(void);

/* output.c: sys.stdout and sys.stderr. 0, or -1 with an exception. */
int stk_output_install(stk_serving *serving);
/* A sys.stdin that is at its end. New reference. */
PyObject *stk_output_input(void);
/* What is held back goes to the host now. */
void stk_output_flush(stk_serving *serving);
/* As much of `text`, from `at` on, as one frame has. New reference. */
PyObject *stk_output_piece(const stk_serving *serving, PyObject *text,
                           Py_ssize_t at);

/* advice.c: what would help with exception `value`, which says `message`, or
 * NULL. */
const char *stk_advice_for(PyObject *value, PyObject *message);

#endif
