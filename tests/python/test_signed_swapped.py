# SPDX-License-Identifier: Apache-2.0
# covers: python/object/pinnedspec.c, python/signed/extension.c
"""What code of the process changes while a verified extension is being loaded."""

import pytest

import guarded
from compiling import compile_c, include_option
from signedyard import yard

HONEST = """
#include <Python.h>
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "fast", "", 0, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_fast(void) { return PyModuleDef_Init(&module); }
"""
EVIL = HONEST + """
#include <unistd.h>
__attribute__((constructor)) static void run(void) { (void)!write(1, "evil\\n", 5); }
"""
BEGIN = """
import gc, importlib.machinery, os
EVIL = %r
IMP = sys.modules["_imp"]
shop = __import__("shop")
"""
END = """
try:
    import shop.fast
    print("loaded")
except ImportError as error:
    print(type(error).__name__)
"""


@pytest.fixture
def fast(yard):
    compile_c(yard.lib / "shop/fast.abi3.so", HONEST, include_option())
    compile_c(yard.folder / "evil.so", EVIL, include_option())
    yard.sign(yard.lib)
    return yard


def swapped(fast, how):
    done = fast.run(BEGIN % str(fast.folder / "evil.so") + guarded.dedent(how) + END)
    assert done.code == 0, done.err
    return done.out


def test_the_descriptor_of_its_memory_is_another_files(fast):
    """dlopen() is given a number, and an audit hook runs before it opens that."""
    assert swapped(fast, """
        def hook(event, args):
            if event == "import" and str(args[1]).startswith("/proc/self/fd/"):
                os.dup2(os.open(EVIL, os.O_RDONLY), int(args[1].rsplit("/", 1)[1]))
        sys.addaudithook(hook)
    """) == "loaded\n"


def test_its_spec_is_found_by_the_collector_and_changed(fast):
    """Before 3.12 the collector runs whenever something is made, and has callbacks."""
    assert swapped(fast, """
        def change(phase, info):
            for each in gc.get_objects():
                origin = getattr(each, "origin", None)
                if type(each) is importlib.machinery.ModuleSpec and origin and (
                        origin.startswith("/proc/self/fd/")):
                    each.origin = EVIL
        gc.callbacks.append(change)
        gc.set_threshold(1)
    """) == "loaded\n"


def test_its_leave_is_asked_for_by_another(fast):
    assert swapped(fast, """
        def take(phase, info):
            spec = importlib.machinery.ModuleSpec("shop.fast", None, origin=EVIL)
            try:
                IMP.create_dynamic(spec)
            except BaseException:
                pass
        gc.callbacks.append(take)
        gc.set_threshold(1)
    """) == "loaded\n"


def test_what_a_module_is_made_of_is_what_was_judged(tmp_path):
    """The spec that _imp is given is the caller's, who has callbacks."""
    place = guarded.Place(tmp_path)
    place.policy("default = allow\ntrusted = @stdlib\n[modules]\n_ctypes = deny\n")
    done = place.install("""
        import gc, importlib.machinery, os, sys
        IMP = sys.modules["_imp"]
        real = importlib.machinery.PathFinder.find_spec("_json").origin
        def change(phase, info):
            global left
            left -= 1
            if left == 0:
                spec.name, spec.origin = "_ctypes", real.replace("_json", "_ctypes")
        gc.callbacks.append(change)
        def made():
            try:
                return IMP.create_dynamic(spec).__name__
            except ImportError as error:
                return type(error).__name__
        for moment in range(1, 30):
            spec = importlib.machinery.ModuleSpec("_json", None, origin=real)
            left = moment
            gc.set_threshold(1)
            name = made()
            gc.set_threshold(0)
            assert name in ("_json", "ImportDenied"), (moment, name)
        print(name)
    """)
    assert done.out == "_json\n", done.out + done.err
