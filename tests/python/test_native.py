# SPDX-License-Identifier: Apache-2.0
# covers: python/asks/native.c, python/object/spelling.c
"""What functions written in C import is not what their caller asks for."""

import sysconfig

import pytest

import guarded
from compiling import compile_c

POLICY = """
default = deny
trusted = @stdlib

[modules]
plugin = allow
@stdlib = allow
stockade = allow
_stockade = allow

[modules from plugin]
argparse = allow
copy = allow
datetime = allow
email = allow
email.utils = allow
pickle = allow
unittest = allow
unittest.mock = allow
* = deny
"""

# Each is what honest code does with modules that it may import.
HONEST = {
    "a date is formatted": """
        import datetime
        def run(): return datetime.date(2020, 1, 2).strftime("%d")
    """,
    "a date is formatted in an f-string": """
        import datetime
        def run(): return f"{datetime.datetime(2020, 1, 2):%Y}"
    """,
    "a date is read": """
        import datetime
        def run(): return datetime.datetime.strptime("2020", "%Y")
    """,
    "the local time zone is asked for": """
        import datetime
        def run(): return datetime.datetime.now().astimezone()
    """,
    "the library formats a date": """
        import email.utils
        def run(): return email.utils.formatdate(0)
    """,
    "the library replaces by a regular expression": """
        import argparse
        def run(): return argparse.ArgumentParser(prog="x").format_help()
    """,
    "an object is copied": """
        import copy
        class A: pass
        def run(): return copy.deepcopy(A()), A().__reduce_ex__(2)
    """,
    "builtins and bytes are pickled": """
        import pickle
        def run(): return [pickle.loads(pickle.dumps([len, int, b"x"], n))
                           for n in range(5)]
    """,
    "the library mocks": """
        import unittest.mock
        def run():
            with unittest.mock.patch("plugin.run", unittest.mock.MagicMock()):
                return 1
    """,
    "a character is named": r"""
        def run(): return eval(r"'\N{EN DASH}'"), "-".encode("ascii", "namereplace")
    """,
}

# The same modules, for somebody who wants them.
DENIED = {
    "a statement": "def run(): import time",
    "__import__": "def run(): __import__('time')",
    "__import__ as C calls it": "def run(): __import__('time', globals(), globals(), [], 0)",
    "getattr": "def run(): getattr(__builtins__, '__import__', None) or "
               "__builtins__['__import__']('time')",
    "importlib": """
        import datetime
        def run():
            spec = datetime.__spec__.loader.__class__.__init__.__globals__
            spec['_bootstrap']._gcd_import('time')
    """,
    "a pickle of another": r"""
        import pickle
        def run(): pickle.loads(b"cwarnings\nwarn\n.")
    """,
    "a pickle that leads on": r"""
        import pickle
        def run(): pickle.loads(b"\x80\x04\x8c\x09_strptime\x8c\x12locale.sys.modules\x93.")
    """,
    "a pickle, read by Python's code": r"""
        import pickle
        def run(): pickle._loads(b"cio\nopen\n.")
    """,
    "a pickle that imports": r"""
        import pickle
        def run(): pickle.loads(b"cbuiltins\n__import__\n(S'os'\ntR.")
    """,
    "a pickle that evaluates": r"""
        import pickle
        def run(): pickle.loads(b"cbuiltins\neval\n(S'__import__(\"os\")'\ntR.")
    """,
}

PROGRAM = """
    import plugin
    try:
        plugin.run()
        print("ran")
    except ImportError as error:
        print("denied")
"""


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    return place


@pytest.mark.parametrize("what", sorted(HONEST))
def test_it_is_imported_for_the_library(place, what):
    place.write("plugin.py", HONEST[what])
    done = place.install(PROGRAM)
    assert done.out == "ran\n", (done.out, done.err)
    assert [record["name"] for record in done.records
            if record.get("verdict") == "deny"] == []


@pytest.mark.parametrize("what", sorted(DENIED))
def test_who_asks_for_it_is_denied(place, what):
    place.write("plugin.py", DENIED[what])
    done = place.install(PROGRAM)
    assert done.out == "denied\n", (done.out, done.err)


def test_it_is_recorded_as_the_librarys(place):
    place.write("plugin.py", HONEST["a date is formatted"])
    done = place.install(PROGRAM)
    record, = [record for record in done.attempts("time")
               if record.get("importer") == "datetime" and "plugin" in record.get("file", "")]
    assert record["verdict"] == "allow"


def test_what_is_forbidden_is_so_for_c_too(place):
    place.policy(POLICY.replace("[modules]", "[forbidden]\n_strptime = no\n[modules]", 1))
    place.write("plugin.py", HONEST["a date is read"])
    assert place.install(PROGRAM).out == "denied\n"


EXTENSION = """
#include <Python.h>
static int fill(PyObject *m)
{
    PyObject *other = PyImport_ImportModule("helper");
    int done = other ? PyModule_AddObject(m, "other", other) : -1;
    return done;
}
static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_speed", "", 0, NULL, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__speed(void) { return PyModuleDef_Init(&module); }
"""


@pytest.mark.parametrize("rule, outcome", [
    ("pack = allow closure", "yes"),
    ("pack = allow\n[modules from pack]\nhelper = allow", "yes"),
    ("pack = allow\n[modules from pack.deep._speed]\nhelper = allow", "yes"),
    ("outer = allow closure", "yes"),
    ("pack = allow\n[modules from __main__]\nhelper = allow", "pack.deep._speed"),
])
def test_an_extension_of_a_package_imports_as_what_it_is_found_as(tmp_path, rule, outcome):
    place = guarded.Place(tmp_path)
    place.policy("default = deny\ntrusted = @stdlib\n\n[modules]\n@stdlib = allow\nstockade = allow\n"
                 "_stockade = allow\n" + rule + "\n")
    place.write("helper.py", "")
    place.write("pack/__init__.py", "")
    place.write("pack/deep/__init__.py", "")
    place.write("outer/__init__.py", "import pack.deep._speed\n")
    compile_c(tmp_path / "pack" / "deep" / "_speed.abi3.so", EXTENSION,
              "-I" + sysconfig.get_path("include"))
    done = place.install("""
        try:
            import %s
            print("yes")
        except ImportError as error:
            print(error.importer)
    """ % ("outer" if rule.startswith("outer") else "pack.deep._speed"))
    assert done.out == outcome + "\n", (done.out, done.err)
