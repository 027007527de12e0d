/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What honest code asks of files in passing, where a worker has none: which
 * folder is the user's, which path is behind a link. It is told what it was
 * told by a refusal, without 25 of them for a word of sysconfig; who opens a
 * file or looks at one asks the kernel as ever.
 */
#include "worker/serve.h"

#include "worker/compat.h"

static bool blind;

/* Of posixpath, which is not in sys.modules for whoever may not import it. */
static PyObject *space; /* strong, or NULL */

/* posixpath.isfile, while sysconfig's own code looks for its sources; that may
 * be what has posixpath imported. */
static PyObject *held; /* strong, or NULL */
static bool looks;

static int hold(void);

/* In the namespace of posixpath: `plain` is CPython's. */
static const char texts[] =
    "def wrap_expanduser(plain):\n"
    "    def expanduser(path):\n"
    "        if 'HOME' in os.environ:\n"
    "            return plain(path)\n"
    "        return os.fspath(path)\n"
    "    return expanduser\n"
    "def wrap_realpath(plain):\n"
    "    def realpath(filename, **how):\n"
    "        if how.get('strict') or how.keys() - {'strict'}:\n"
    "            return plain(filename, **how)\n"
    "        return abspath(filename)\n"
    "    return realpath\n";

/* `dict[name] = wrap(dict[name])`, once. */
static int
wrap_one(PyObject *dict, const char *name, PyObject *wrap)
{
    PyObject *plain = PyDict_GetItemString(dict, name), *made;
    int result = -1;

    if (!plain || !wrap || PyObject_HasAttrString(plain, "of_stockade"))
        return 0;
    made = PyObject_CallFunctionObjArgs(wrap, plain, NULL);
    if (made && PyObject_SetAttrString(made, "of_stockade", Py_True) == 0)
        result = PyDict_SetItemString(dict, name, made);
    Py_XDECREF(made);
    return result;
}

int
stk_paths_give(PyObject *dict)
{
    PyObject *names, *done;
    int result = -1;

    if (!blind)
        return 0;
    Py_XSETREF(space, Py_NewRef(dict));
    names = PyDict_New();
    done = names ? PyRun_String(texts, Py_file_input, dict, names) : NULL;
    if (done)
        result = wrap_one(dict, "expanduser",
                          PyDict_GetItemString(names, "wrap_expanduser"));
    if (result == 0)
        result = wrap_one(dict, "realpath",
                          PyDict_GetItemString(names, "wrap_realpath"));
    Py_XDECREF(done);
    Py_XDECREF(names);
    return result < 0 || !looks ? result : hold();
}

bool
stk_paths_is(PyObject *name)
{
    return PyUnicode_CompareWithASCIIString(name, "posixpath") == 0;
}

int
stk_paths_see(PyObject *name, PyObject *module)
{
    return module && PyModule_Check(module) && stk_paths_is(name)
               ? stk_paths_give(PyModule_GetDict(module))
               : 0;
}

/* ---- where it is ------------------------------------------------------ */

static PyObject *
get_root(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    return PyUnicode_FromString("/");
}

static PyObject *
get_root_bytes(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    return PyBytes_FromString("/");
}

/* It is in a root without a file, or would be with every layer: rich asks for
 * its folder when it is imported. */
int
stk_paths_root(PyObject *dict)
{
    static PyMethodDef methods[] = {
        { "getcwd", get_root, METH_NOARGS, "The folder of a worker: /." },
        { "getcwdb", get_root_bytes, METH_NOARGS, "The same as bytes." },
    };
    int result = 0;

    for (size_t i = 0;
         blind && result == 0 && i < sizeof methods / sizeof *methods; i++) {
        PyObject *function = PyCFunction_New(&methods[i], NULL);

        result = function
                     ? PyDict_SetItemString(dict, methods[i].ml_name, function)
                     : -1;
        Py_XDECREF(function);
    }
    return result;
}

/* ---- sysconfig ------------------------------------------------------- */

static PyObject *
say_no(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(path))
{
    Py_RETURN_FALSE;
}

static PyMethodDef no_method = { "isfile", say_no, METH_O, "False." };

static int
hold(void)
{
    PyObject *plain =
        space && !held ? PyDict_GetItemString(space, "isfile") : NULL;
    PyObject *no;
    int result;

    if (!plain)
        return 0;
    no = PyCFunction_New(&no_method, NULL);
    if (!no)
        return -1;
    held = Py_NewRef(plain);
    result = PyDict_SetItemString(space, "isfile", no);
    Py_DECREF(no);
    return result;
}

int
stk_paths_hold(void)
{
    looks = blind;
    return hold();
}

void
stk_paths_let_go(void)
{
    PyObject *type, *value, *traceback;

    looks = false;
    PyErr_Fetch(&type, &value, &traceback);
    if (held && PyDict_SetItemString(space, "isfile", held) < 0)
        PyErr_Clear();
    Py_CLEAR(held);
    PyErr_Restore(type, value, traceback);
}

/* What it would go on looking for: the folder that Python was built in. */
int
stk_paths_config(PyObject *dict)
{
    PyObject *no = blind ? PyCFunction_New(&no_method, NULL) : NULL;
    int result =
        no ? PyDict_SetItemString(dict, "_is_python_source_dir", no) : 0;

    Py_XDECREF(no);
    return PyErr_Occurred() ? -1 : result;
}

void
stk_paths_init(bool fileless)
{
    blind = fileless;
}

bool
stk_paths_are_none(void)
{
    return blind;
}
