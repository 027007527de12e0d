# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/linked.c
# covers: python/signed/memfile.c
"""Libraries that a signed extension brings along are verified, and no others of the tree's."""

import hashlib
import os
import shutil

import pytest

from compiling import compile_c, include_option
from signedyard import yard

MODULE = """
#include <Python.h>
int answer(void);
static PyObject *call(PyObject *m, PyObject *n) { return PyLong_FromLong(answer()); }
static PyMethodDef methods[] = {{"call", call, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "%(name)s", "", 0, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_%(name)s(void) { return PyModuleDef_Init(&module); }
"""
OUTER = "int inner(void); int answer(void) { return inner() + %d; }\n"
INNER = "int inner(void) { return %d; }\n"


def add_module(lib, name, library, run_path, *options):
    compile_c(lib / ("shop/%s.abi3.so" % name), MODULE % {"name": name}, include_option(), library,
              "-Wl,-rpath," + run_path, *options)


def add_libraries(libs, number=40):
    """libouter, which answers with number + 2 by what libinner says."""
    compile_c(libs / "libinner.so.1", INNER % number, "-Wl,-soname,libinner.so.1")
    compile_c(libs / "libouter.so", OUTER % 2, libs / "libinner.so.1", "-Wl,-soname,libouter.so")


@pytest.fixture
def wheel(yard):
    """shop with an extension, as a wheel has them: its libraries in shop.libs, where the
    extension's run path leads to, which holds for the library of the library, too."""
    libs = yard.lib / "shop.libs"
    add_libraries(libs)
    add_module(yard.lib, "fast", libs / "libouter.so", "$ORIGIN/../shop.libs",
               "-Wl,--disable-new-dtags")
    return yard


@pytest.fixture(params=["tree", "bundle"])
def signed(request, wheel):
    if request.param == "tree":
        wheel.sign(wheel.lib)
    else:
        wheel.bundle(wheel.lib, "--package", "shop")
        wheel.policy("shop = signed bundle:shop.stk")
        shutil.move(str(wheel.lib), str(wheel.folder / "moved"))
        wheel.lib.mkdir()
    return wheel


CALL = "import shop.%s as m\nprint(m.call())"


def test_libraries_of_a_wheel_are_verified_and_loaded(signed):
    done = signed.run(CALL % "fast")
    assert (done.code, done.out) == (0, "42\n"), done.err
    told = [record for record in done.attempts("shop.fast") if "shop.libs" in record["origin"]]
    assert [os.path.basename(record["origin"]) for record in told] == [
        "libouter.so", "libinner.so.1"]
    assert all(len(record["digest"]) == 64 and record["key"] == "a" and
               record["requirement"] == "signed" for record in told)


MAPS = """
for line in open("/proc/self/maps"):
    if "/lib/shop" in line or "memfd:" in line:
        print(line.split()[5])
"""


def test_what_is_loaded_is_memory_and_no_file(signed):
    done = signed.run(CALL % "fast" + MAPS)
    answer, *mapped = done.out.split()
    assert answer == "42" and set(mapped) == {"/memfd:stockade"}, done.err


@pytest.mark.parametrize("name", ["libouter.so", "libinner.so.1"])
def test_a_library_that_is_not_what_was_signed_is_refused(wheel, name):
    wheel.sign(wheel.lib)
    with open(str(wheel.lib / "shop.libs" / name), "ab") as file:
        file.write(b"\0")
    done = wheel.run("""
        import stockade
        try:
            import shop.fast
        except stockade.SignatureError as error:
            print(error.name, error.reason, error.path)
        print("shop.fast" in sys.modules)
    """)
    path = wheel.lib / "shop.libs" / name
    assert done.out == "shop.fast hash-mismatch %s\nFalse\n" % path, done.err
    record, = done.attempts("shop.fast", verdict="deny")
    assert record["reason"] == "hash-mismatch"
    assert record["origin"] == str(path)


def test_a_library_that_nobody_signed_is_not_looked_for_in_the_tree(wheel):
    """The one that was dropped there would do; the linker is told of no folder."""
    shutil.move(str(wheel.lib / "shop.libs"), str(wheel.folder / "away"))
    wheel.sign(wheel.lib)
    shutil.move(str(wheel.folder / "away"), str(wheel.lib / "shop.libs"))
    done = wheel.run(CALL % "fast")
    assert done.code == 1
    assert "ImportError: libouter.so: cannot open shared object file" in done.err


def test_a_revoked_library_is_refused(wheel):
    data = (wheel.lib / "shop.libs/libinner.so.1").read_bytes()
    digest = hashlib.blake2b(data, digest_size=32).hexdigest()
    wheel.sign(wheel.lib)
    wheel.policy(signing="revoked = " + digest)
    done = wheel.run(CALL % "fast")
    assert done.code == 1
    assert "shop.fast is refused (hash-revoked)" in done.err


def test_a_library_that_is_loaded_and_then_revoked_is_refused(wheel):
    """What has been loaded stays; nothing else that needs it comes."""
    libs = wheel.lib / "shop.libs"
    digest = hashlib.blake2b((libs / "libinner.so.1").read_bytes(), digest_size=32).hexdigest()
    add_module(wheel.lib, "slow", libs / "libouter.so", "$ORIGIN/shop.libs",
               "-Wl,--disable-new-dtags")
    shutil.move(str(wheel.lib / "shop/slow.abi3.so"), str(wheel.lib / "slow.abi3.so"))
    wheel.sign(wheel.lib)
    wheel.policy("shop = signed\nslow = signed", signing="revoked = " + digest)
    revoking = wheel.ini.read_text()
    wheel.policy("shop = signed\nslow = signed")
    done = wheel.run(CALL % "fast" + """
import stockade
with open(%r, "w") as file:
    file.write(%r)
stockade.current().reload()
import slow
""" % (str(wheel.ini), revoking))
    assert done.out == "42\n" and done.code == 1
    assert "slow is refused (hash-revoked)" in done.err, done.err


def test_a_library_is_loaded_once_for_all_that_need_it(wheel):
    add_module(wheel.lib, "slow", wheel.lib / "shop.libs/libouter.so", "${ORIGIN}/../shop.libs",
               "-Wl,--disable-new-dtags")
    wheel.sign(wheel.lib)
    done = wheel.run(CALL % "fast" + "\n" + CALL % "slow")
    assert done.out == "42\n42\n", done.err
    assert not [record for record in done.attempts("shop.slow")
                if "shop.libs" in record["origin"]]


def test_a_library_that_cannot_be_loaded_is_named(wheel):
    libs = wheel.lib / "shop.libs"
    compile_c(libs / "libinner.so.1", "int other(void) { return 1; }\n",
              "-Wl,-soname,libinner.so.1")
    wheel.sign(wheel.lib)
    done = wheel.run(CALL % "fast")
    assert done.code == 1
    assert "ImportError: shop.fast: cannot load %s: " % (libs / "libouter.so") in done.err
    assert "undefined symbol: inner" in done.err


def test_libraries_that_need_each_other_end(wheel):
    libs = wheel.lib / "shop.libs"
    compile_c(libs / "libinner.so.1", INNER % 40, "-Wl,--no-as-needed", libs / "libouter.so",
              "-Wl,-soname,libinner.so.1", "-Wl,--no-as-needed", "-Wl,-rpath,$ORIGIN")
    wheel.sign(wheel.lib)
    done = wheel.run(CALL % "fast")
    assert done.code == 1
    assert "cannot load %s: " % (libs / "libinner.so.1") in done.err


def test_a_run_path_out_of_the_tree_leads_nowhere(wheel):
    """A folder of the linker's own: what it finds there is not ours to verify."""
    add_module(wheel.lib, "far", wheel.lib / "shop.libs/libouter.so",
               "$ORIGIN/../../../../../../../../../../shop.libs")
    wheel.sign(wheel.lib)
    done = wheel.run(CALL % "far")
    assert done.code == 1
    assert "libouter.so: cannot open shared object file" in done.err


def test_libraries_are_told_apart_where_the_policy_revokes_something(signed):
    """Then the tree is not asked what they are: two of them are still not the same."""
    bundle = " bundle:shop.stk" if (signed.folder / "shop.stk").exists() else ""
    signed.policy("shop = signed" + bundle, signing="revoked = " + "0" * 64)
    done = signed.run(CALL % "fast" + MAPS)
    answer, *mapped = done.out.split()
    assert answer == "42" and set(mapped) == {"/memfd:stockade"}, done.err
