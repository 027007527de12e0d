/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What importlib.metadata finds in a worker: the distributions that the host
 * tells of, each file of theirs read by the host when it is wanted.
 */
#include "worker/serve.h"

#include "worker/compat.h"

/* In a namespace with `Distribution`, `PurePosixPath` and `ask`. A file of
 * the list is there; who opens it asks the kernel as ever. */
static const char text[] =
    "class BrokeredPath(PurePosixPath):\n"
    "    def exists(self):\n"
    "        return True\n"
    "    def open(self, *args, **kwargs):\n"
    "        return open(self, *args, **kwargs)\n"
    "    def read_text(self, encoding=None, errors=None):\n"
    "        with self.open('r', -1, encoding, errors) as stream:\n"
    "            return stream.read()\n"
    "    def read_bytes(self):\n"
    "        with self.open('rb') as stream:\n"
    "            return stream.read()\n"
    "class BrokeredDistribution(Distribution):\n"
    "    def __init__(self, name):\n"
    "        self._asked = name\n"
    "    @property\n"
    "    def _normalized_name(self):\n"
    "        return self._asked\n"
    "    def read_text(self, filename):\n"
    "        return ask(self._asked, str(filename))\n"
    "    def locate_file(self, path):\n"
    "        return BrokeredPath('/', path)\n";

static PyObject *
ask_host(PyObject *path)
{
    PyObject *question = Py_BuildValue("[sO]", "importlib.metadata", path);
    PyObject *answer = question ? stk_serve_ask(stk_serve_current(),
                                                STK_OP_RESOURCE, question)
                                : NULL;

    Py_XDECREF(question);
    return answer;
}

/* ask(name, file): str or None. */
static PyObject *
ask_file(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *name, *file, *path, *data, *decoded;

    if (!PyArg_ParseTuple(args, "UU:ask", &name, &file))
        return NULL;
    path = PyUnicode_FromFormat("%U/%U", name, file);
    data = path ? ask_host(path) : NULL;
    Py_XDECREF(path);
    if (data && !PyBytes_Check(data)) /* the list of "" */
        Py_SETREF(data, Py_NewRef(Py_None));
    if (!data || data == Py_None)
        return data;
    decoded = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(data),
                                   PyBytes_GET_SIZE(data), "strict");
    Py_DECREF(data);
    return decoded;
}

/* ---- the class ---------------------------------------------------------- */

static PyObject *class;   /* strong; of `made_by` */
static PyObject *made_by; /* strong; importlib.metadata.Distribution */

static int
fill(PyObject *dict, PyObject *module, PyObject *base)
{
    static PyMethodDef method = { "ask", ask_file, METH_VARARGS,
                                  "A file of a distribution, or None." };
    PyObject *pathlib = PyObject_GetAttrString(module, "pathlib");
    PyObject *path =
        pathlib ? PyObject_GetAttrString(pathlib, "PurePosixPath") : NULL;
    PyObject *ask = path ? PyCFunction_New(&method, NULL) : NULL;
    PyObject *name = ask ? PyUnicode_FromString("importlib.metadata") : NULL;
    int result = -1;

    if (name && PyDict_SetItemString(dict, "PurePosixPath", path) == 0 &&
        PyDict_SetItemString(dict, "Distribution", base) == 0 &&
        PyDict_SetItemString(dict, "ask", ask) == 0 &&
        PyDict_SetItemString(dict, "__name__", name) == 0)
        result =
            PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins());
    Py_XDECREF(pathlib);
    Py_XDECREF(path);
    Py_XDECREF(ask);
    Py_XDECREF(name);
    return result;
}

static int
make_class(PyObject *module, PyObject *base)
{
    PyObject *dict = PyDict_New(), *done = NULL, *made;

    if (dict && fill(dict, module, base) == 0)
        done = PyRun_String(text, Py_file_input, dict, dict);
    made = done ? PyDict_GetItemString(dict, "BrokeredDistribution") : NULL;
    if (made) {
        Py_XSETREF(class, Py_NewRef(made));
        Py_XSETREF(made_by, Py_NewRef(base));
    }
    Py_XDECREF(done);
    Py_XDECREF(dict);
    return made ? 0 : -1;
}

/* Where importlib.metadata is not loaded, somebody else asks: 0. */
static int
find_class(void)
{
    PyObject *module =
        PyDict_GetItemString(PyImport_GetModuleDict(), "importlib.metadata");
    PyObject *base =
        module ? PyObject_GetAttrString(module, "Distribution") : NULL;
    int result = -1;

    if (!module)
        return 0;
    if (base)
        result = base == made_by || make_class(module, base) == 0 ? 1 : -1;
    Py_XDECREF(base);
    return result;
}

/* ---- finding ------------------------------------------------------------ */

static int
add_one(PyObject *found, PyObject *name)
{
    PyObject *one = PyObject_CallFunctionObjArgs(class, name, NULL);
    int result = one ? PyList_Append(found, one) : -1;

    Py_XDECREF(one);
    return result;
}

/* All that there are; of one, where there is any file of it. */
static int
add_asked(PyObject *found, PyObject *name)
{
    bool all = name == Py_None;
    PyObject *path =
        all ? PyUnicode_FromString("") : PyUnicode_FromFormat("%S/", name);
    PyObject *answer = path ? ask_host(path) : NULL;
    int result = answer ? 0 : -1;

    Py_XDECREF(path);
    if (answer && !all && PyList_Check(answer))
        result = add_one(found, name);
    for (Py_ssize_t i = 0; result == 0 && all && PyList_Check(answer) &&
                           i < PyList_GET_SIZE(answer);
         i++)
        result = add_one(found, PyList_GET_ITEM(answer, i));
    Py_XDECREF(answer);
    return result;
}

/* Of the folders that somebody names there are none here. */
static bool
names_folders(PyObject *context)
{
    PyObject *dict = PyObject_GetAttrString(context, "__dict__");
    bool found = dict && PyDict_Check(dict) &&
                 PyDict_GetItemString(dict, "path") != NULL;

    PyErr_Clear();
    Py_XDECREF(dict);
    return found;
}

/* A list, or NULL. */
static PyObject *
list_them(PyObject *context)
{
    PyObject *found = PyList_New(0), *name;
    int result = found && stk_serve_current() ? find_class() : 0;

    if (result <= 0 || (context && names_folders(context))) {
        if (result < 0)
            Py_CLEAR(found);
        return found;
    }
    name =
        context ? PyObject_GetAttrString(context, "name") : Py_NewRef(Py_None);
    if (!name || add_asked(found, name) < 0)
        Py_CLEAR(found);
    Py_XDECREF(name);
    return found;
}

PyObject *
stk_distributions_iterate(PyObject *context)
{
    PyObject *found = list_them(context);
    PyObject *iterator = found ? PyObject_GetIter(found) : NULL; /* 3.8 */

    Py_XDECREF(found);
    return iterator;
}
