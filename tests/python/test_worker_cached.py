# SPDX-License-Identifier: Apache-2.0
# covers: python/load/cached.c
# covers: python/load/sourcefile.c
"""What a worker imports is sent as Python keeps it, where that is current."""

import importlib.util
import os
import py_compile
import shutil

import pytest

import guarded
from workerplace import PATIENT as POLICY

pytestmark = pytest.mark.workers

ASK = """
    import plugins.a
    print(plugins.a.value())
"""


@pytest.fixture
def place(tmp_path):
    """helper.py says 1; what is kept of it says 2, and looks as if of it."""
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("plugins/__init__.py", "")
    place.write("plugins/a.py", "import helper\ndef value():\n    return helper.value\n")
    place.source = place.path("helper.py")
    place.kept = importlib.util.cache_from_source(place.source)
    place.write("helper.py", "value = 2\n")
    compile_it(place)
    stamp = os.stat(place.source)
    place.write("helper.py", "value = 1\n")
    os.utime(place.source, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    return place


def compile_it(place, mode=py_compile.PycInvalidationMode.TIMESTAMP):
    py_compile.compile(place.source, place.kept, doraise=True, invalidation_mode=mode)


def kept_with(place, at, data):
    with open(place.kept, "r+b") as file:
        file.seek(at)
        file.write(data)


def test_it_is_what_importlib_would_take(place):
    done = place.install("import helper\nprint(helper.value)\n" + guarded.dedent(ASK))
    assert done.out == "2\n2\n", done.err


@pytest.mark.parametrize("at, data", [
    (0, b"\0\0\0\0"), (4, b"\4\0\0\0"), (8, b"\1\0\0\0"), (12, b"\1\0\0\0")])
def test_another_magic_flags_time_or_size_are_not_taken(place, at, data):
    kept_with(place, at, data)
    done = place.install(ASK)
    assert done.out == "1\n", done.err


def test_one_that_is_cut_off_is_not_taken(place):
    os.truncate(place.kept, 10)
    done = place.install(ASK)
    assert done.out == "1\n", done.err


def test_one_that_is_none_is_the_workers_to_fail_at(place):
    """It is read by the worker, and by nobody in the host."""
    kept_with(place, 16, b"\xff" * 20)
    done = place.install("""
        try:
            import plugins.a
        except Exception as error:
            print(type(error).__name__)
    """)
    assert done.out in ("ValueError\n", "EOFError\n", "ImportError\n", "RemoteError\n"), done.err


def test_a_hash_is_left_to_importlib(place):
    place.write("helper.py", "value = 3\n")
    compile_it(place, py_compile.PycInvalidationMode.CHECKED_HASH)
    place.write("helper.py", "value = 4\n")
    done = place.install(ASK)
    assert done.out == "4\n", done.err


def test_without_one_the_source_is_taken(place):
    shutil.rmtree(os.path.dirname(place.kept))
    done = place.install(ASK)
    assert done.out == "1\n", done.err


# ---- source ------------------------------------------------------------------

WATCH = """
    import os, sys
    seen = []
    def hook(event, args):
        if event == "open" and str(args[0]).endswith("a.py"):
            seen.append((os.path.basename(args[0]), args[1]))
            {more}
    sys.addaudithook(hook)
    {how}
    try:
        import plugins.a
        print(plugins.a.__name__)
    except Exception as e:
        print(type(e).__name__, e)
    sys.setprofile(None)
    print(seen)
"""


@pytest.mark.parametrize("more", ["pass", "raise ValueError('not this one')"])
def test_who_audits_sees_it_opened_as_by_importlib(place, more):
    outs = {place.install(guarded.dedent(WATCH).format(more=more, how=how)).out
            for how in ("pass", "sys.setprofile(lambda *what: None)")}
    assert len(outs) == 1 and "('a.py', 'r" in outs.pop()


def test_a_loader_that_reads_otherwise_is_asked(place):
    done = place.install("""
        import importlib.machinery
        read = importlib.machinery.SourceFileLoader.get_data
        def get_data(self, path):
            data = read(self, path)
            return data.replace(b"helper.value", b"'read'") if path.endswith("a.py") else data
        importlib.machinery.SourceFileLoader.get_data = get_data
        import plugins.a
        print(plugins.a.value())
    """)
    assert done.out == "read\n", done.err


PATCHED = {
    "a method of the class": """
        get_code = L.get_code
        L.get_code = lambda self, name: mine(name) or get_code(self, name)
    """,
    "the code of it": """
        importlib.kept = types.FunctionType(L.get_code.__code__, L.get_code.__globals__)
        def get_code(self, name):
            import importlib
            return importlib.mine(name) or importlib.kept(self, name)
        L.get_code.__code__ = get_code.__code__
    """,
    "a function that it calls": """
        unmarshal = E._compile_bytecode
        E._compile_bytecode = lambda data, name=None, **rest: mine(name) or unmarshal(data, name, **rest)
    """,
    "a method of one loader": """
        find_spec = importlib.machinery.PathFinder.find_spec
        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                spec = find_spec(name, path, target)
                if name == "helper":
                    spec.loader.get_code = mine
                return spec
        sys.meta_path.insert(0, Finder)
    """,
}


@pytest.mark.parametrize("how", sorted(PATCHED))
def test_where_importlib_was_changed_it_is_asked(place, how):
    done = place.install(guarded.dedent("""
        import importlib, importlib.machinery, sys, types
        E = importlib._bootstrap_external
        L = importlib.machinery.SourceFileLoader
        def mine(name):
            return compile("value = 'patched'", "x", "exec") if name == "helper" else None
        importlib.mine = mine
    """) + guarded.dedent(PATCHED[how]) + guarded.dedent(ASK))
    assert done.out == "patched\n", done.err


def test_what_is_larger_than_any_source_is_loaded_all_the_same(place):
    place.write("plugins/a.py", "def value():\n    return 7\n" + "#" * (17 << 20))
    done = place.install(ASK)
    assert done.out == "7\n", done.err


@pytest.mark.parametrize("how", ["pass", "sys.setprofile(lambda *what: None)"])
def test_where_it_is_all_that_there_is_the_module_says_so(place, how):
    compiled = place.path("plugins/alone.pyc")
    py_compile.compile(place.source, compiled, doraise=True)
    done = place.install("""
        import sys
        %s
        import plugins.alone as alone
        print(alone.value, alone.__file__, alone.__cached__)
    """ % how)
    assert done.out == "1 %s %s\n" % (compiled, compiled), done.err
