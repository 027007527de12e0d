/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A product that lets its customers script it: an order book in C, and
 * Python scripts that may set discounts. What a script may import is what
 * policy.ini says, from the first import of the interpreter on.
 *
 *     embed POLICY LOG SCRIPT
 *
 *     embed policy.ini scripts.jsonl discount.py    allowed
 *     embed policy.ini scripts.jsonl report.py      denied: it wants a socket
 *     stockade audit show scripts.jsonl             what was decided
 *
 * Public headers alone; `cc embed.c $(pkg-config --cflags --libs stockade)
 * $(python3-config --cflags --embed --ldflags)` builds it.
 * Exit codes: 0 the script ran, 1 it failed or was refused something, 2
 * usage, 3 the product does not start.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>
#include <string.h>

#include <stockade/stockade.h>

/* ---- what the product offers to scripts ----------------------------- */

static struct {
    const char *number;
    long cents;
    long percent;
} orders[] = {
    { "A-1", 1999, 0 },
    { "A-2", 25000, 0 },
    { "B-7", 11050, 0 },
};

#define N_ORDERS (sizeof orders / sizeof orders[0])

static PyObject *
list_orders(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    (void)self, (void)unused;
    for (size_t i = 0; list && i < N_ORDERS; i++) {
        PyObject *order =
            Py_BuildValue("(sl)", orders[i].number, orders[i].cents);

        if (!order || PyList_Append(list, order) < 0)
            Py_CLEAR(list);
        Py_XDECREF(order);
    }
    return list;
}

static PyObject *
set_discount(PyObject *self, PyObject *args)
{
    const char *number;
    long percent;

    (void)self;
    if (!PyArg_ParseTuple(args, "sl:discount", &number, &percent))
        return NULL;
    if (percent < 0 || percent > 50)
        return PyErr_Format(PyExc_ValueError, "%ld%% is no discount", percent);
    for (size_t i = 0; i < N_ORDERS; i++)
        if (!strcmp(orders[i].number, number)) {
            orders[i].percent = percent;
            Py_RETURN_NONE;
        }
    return PyErr_Format(PyExc_KeyError, "no order %s", number);
}

static PyMethodDef product_methods[] = {
    { "orders", list_orders, METH_NOARGS, "All orders: (number, cents)." },
    { "discount", set_discount, METH_VARARGS, "Discount one order." },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef product_module = {
    PyModuleDef_HEAD_INIT,
    "product",
    NULL,
    0,
    product_methods,
    NULL,
    NULL,
    NULL,
    NULL,
};

static PyObject *
init_product(void)
{
    return PyModuleDef_Init(&product_module);
}

/* ---- the guard, and Python behind it -------------------------------- */

static int
say_error(const stk_error *err)
{
    char text[STK_ERROR_FILE_MAX + STK_ERROR_MESSAGE_MAX + 16];

    fprintf(stderr, "embed: %s\n", stk_error_text(err, text, sizeof text));
    return -1;
}

/* A policy may have more than one mistake: all are worth knowing. */
static void
say_found(void *told, const stk_diagnostic *found)
{
    ++*(unsigned *)told;
    if (found->line)
        fprintf(stderr, "embed: %s:%u: %s\n", found->file,
                (unsigned)found->line, found->message);
    else
        fprintf(stderr, "embed: %s: %s\n", found->file, found->message);
}

static stk_guard *
make_guard(const char *policy, const char *log)
{
    stk_guard_options options = STK_GUARD_OPTIONS_INIT;
    stk_error err = STK_ERROR_INIT;
    stk_guard *guard = NULL;
    unsigned told = 0;
    char sink[4096];

    snprintf(sink, sizeof sink, "file:%s", log);
    options.policy = policy;
    options.audit = sink;
    options.host = "embed";
    options.version = PY_VERSION;
    options.report = say_found;
    options.payload = &told;
    /* what was not found in the policy is the log, or memory */
    if (stk_guard_new(&guard, &options, &err) < 0 && told == 0)
        say_error(&err);
    return guard;
}

/* An isolated interpreter: what the environment or a site-packages folder
 * of the machine would add is none of the product's. */
static int
start_isolated(void)
{
    PyConfig config;
    PyStatus status;

    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (!PyStatus_Exception(status))
        return 0;
    fprintf(stderr, "embed: Python does not start: %s\n",
            status.err_msg ? status.err_msg : "exit");
    return -1;
}

static int
start_python(stk_guard *guard)
{
    stk_error err = STK_ERROR_INIT;

    if (PyImport_AppendInittab("product", init_product) < 0)
        return -1;
    if (stk_guard_preinit(guard, &err) < 0)
        return say_error(&err);
    if (start_isolated() < 0)
        return -1;
    if (stk_guard_postinit(guard, &err) < 0)
        return say_error(&err);
    return 0;
}

/* ---- one script ------------------------------------------------------ */

/*
 * What PyRun_*() executes is the program, `__main__`, to the policy. Each
 * script gets a namespace of its own.
 */
static int
run_script(const char *path)
{
    FILE *file = fopen(path, "rb");
    PyObject *globals, *result = NULL;

    if (!file) {
        perror(path);
        return -1;
    }
    globals =
        Py_BuildValue("{ssss}", "__name__", "__main__", "__file__", path);
    if (globals && PyDict_SetItemString(globals, "__builtins__",
                                        PyEval_GetBuiltins()) == 0)
        result = PyRun_File(file, path, Py_file_input, globals, globals);
    fclose(file);
    Py_XDECREF(globals);
    if (!result)
        PyErr_Print();
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* ImportDenied is an ImportError: a script may have swallowed it. */
static int
tell_refused(const stk_guard *guard)
{
    stk_guard_stats stats;

    stk_guard_stats_get(guard, &stats);
    if (stats.refused == 0)
        return 0;
    fprintf(stderr, "embed: imports refused: %llu\n",
            (unsigned long long)stats.refused);
    return -1;
}

static void
show_orders(void)
{
    for (size_t i = 0; i < N_ORDERS; i++)
        printf("%s  %8.2f  -%ld%%\n", orders[i].number,
               (double)orders[i].cents / 100, orders[i].percent);
}

int
main(int argc, char **argv)
{
    stk_guard *guard;
    int status = 3;

    if (argc != 4) {
        fputs("usage: embed POLICY LOG SCRIPT\n", stderr);
        return 2;
    }
    guard = make_guard(argv[1], argv[2]);
    if (guard && start_python(guard) == 0) {
        status = run_script(argv[3]) < 0;
        if (tell_refused(guard) < 0)
            status = 1;
        show_orders();
    }
    if (Py_IsInitialized() && Py_FinalizeEx() < 0)
        status = 3;
    stk_guard_free(guard);
    return status;
}
