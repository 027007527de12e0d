# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/sandboxrun.c
"""Escapes from public reports, as strings of code in a box: they get nothing,
under the policy that is shipped for such code, and, with only the worker
around them, under one that allows every import. The table is in
snippets/tricks.py."""

import ast
import os
import subprocess
import sys

import pytest

import guarded
import sandboxplace
from snippets.tricks import TRICKS

pytestmark = pytest.mark.workers

SECRET = "kept_from_all_of_them"
POLICIES = {
    "shipped": "extends = agent.ini\n",
    "everything": "default = allow\n",
}

MAIN = """
tricks = {tricks!r}
for title, source in tricks.items():
    with _guard.sandbox("agent") as box:
        try:
            done = box.run(source, inputs={{"path": {path!r}}}, timeout=20)
            told = [type(done.value).__name__, str(done.value), done.output, done.denied]
        except Exception as error:
            told = [type(error).__name__, str(error), "", getattr(error.__cause__, "result", error)]
        print(ascii((title, ascii(told))))
"""


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    """A file that anybody may read."""
    folder = tmp_path_factory.mktemp("hidden")
    os.chmod(str(folder), 0o755)
    path = folder / "hidden.txt"
    path.write_text(SECRET + "\n")
    return str(path)


@pytest.fixture(scope="module", params=sorted(POLICIES))
def got(request, tmp_path_factory, hidden):
    """What each of them got, all run by one host."""
    place = guarded.Place(tmp_path_factory.mktemp(request.param))
    place.write("agent.ini", open(os.path.join(guarded.ROOT, "policy", "agent.ini")).read())
    place.policy(POLICIES[request.param])
    done = place.install(MAIN.format(tricks=TRICKS, path=hidden),
                         env=guarded.environment(HOST_SECRET=SECRET))
    assert done.code == 0, done.err
    return dict(map(ast.literal_eval, done.out.splitlines()))


@pytest.mark.parametrize("title", sorted(TRICKS))
def test_it_gets_nothing(got, title):
    assert SECRET not in got[title]


@pytest.mark.parametrize("title", sorted(TRICKS))
def test_it_works_where_nothing_stands_around_it(hidden, title):
    """Else it would show nothing that it does not work in a box."""
    source = "import os\npath = %r\nscope = {'path': path}\nexec(%r, scope)\nprint(scope['result'])\n" % (
        hidden, TRICKS[title])
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", source], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                          env=guarded.environment(HOST_SECRET=SECRET), timeout=60)
    assert SECRET in done.stdout, done.stderr


def test_what_comes_back_does_nothing_in_the_host(tmp_path):
    place = sandboxplace.make(tmp_path, "default = allow\n")
    done = place.install(r"""
        import copy, pickle, textwrap
        box = _guard.sandbox("agent")
        source = textwrap.dedent('''
            def evil(*args, **kwargs):
                raise BaseException("in the host")
            class Evil(Exception):
                __reduce__ = __reduce_ex__ = __del__ = __eq__ = __hash__ = __index__ = __repr__ = __str__ = evil
                __class__ = property(lambda self: str)
                __getattr__ = evil
            class Dict(dict):
                __iter__ = items = keys = __getitem__ = evil
            class Str(str):
                __str__ = encode = __len__ = evil
        ''')
        for last in "Evil()", "Dict(a=1)", "Str('x')", "[Evil(), Str('x')]", "{'k': Dict()}", "Evil", "type":
            value = box.run(source + last).value
            value = value[0] if type(value) is list else value["k"] if type(value) is dict else value
            print(type(value).__name__, isinstance(value, (str, dict)), end=" ")
            for function in pickle.dumps, copy.copy, copy.deepcopy:
                try:
                    function(value)
                except TypeError:
                    print("refused", end=" ")
            print()
        for last in "raise Evil", "raise Evil(Evil())", "raise ValueError(Evil())", "raise OSError(Str('x'), 3)":
            try:
                box.run(source + last)
            except Exception as error:
                print(type(error).__name__, all(type(a) in (str, int) for a in error.args))
        print(box.run("2").value)
    """)
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[:7]] == ["RemoteInstance"] * 5 + ["RemoteClass"] * 2, (
        done.out, done.err)
    assert all("False" in line and line.count("refused") == 3 for line in lines[:7]), done.out
    assert all(line.endswith(" True") for line in lines[7:11]) and lines[11:] == ["2"], (done.out, done.err)


def test_the_next_box_is_not_touched_by_what_the_last_one_changed(tmp_path):
    place = sandboxplace.make(tmp_path, "default = allow\n")
    done = place.install(r"""
        source = '''
        import builtins, sys, json
        json.loads = lambda text: "changed"
        builtins.compile = builtins.len = builtins.__import__ = lambda *a, **k: 7
        sys.meta_path.clear()
        '''
        import textwrap
        one, two = _guard.sandbox("agent"), _guard.sandbox("agent")
        try:
            one.run(textwrap.dedent(source))
        except TypeError as error:
            print(type(error).__name__)
        ask = "import json\nlen(json.loads('[1]'))"
        print(two.run(ask).value, one.run(ask, name="another").value)
    """)
    assert done.out == "TypeError\n1 1\n", (done.out, done.err)


@pytest.mark.parametrize("crash", [
    "import ctypes\nctypes.string_at(8)",
    "f = lambda: 0\nf.__code__ = f.__code__.replace(co_code=bytes([9, 0, 100, 255, 83, 0]) * 40, co_consts=())\nf()",
    "import sys\nsys.setrecursionlimit(1 << 30)\nf = lambda f: f(f)\nf(f)",
    "import os\nos.abort()", "import os\nos._exit(0)", "import os, signal\nos.kill(os.getpid(), 9)",
    "import os, signal\nos.kill(os.getppid(), 9)", "import os, signal\nos.kill(-1, 9)",
    "import gc\nfor o in gc.get_objects():\n    try:\n        o.clear()\n    except Exception:\n        pass",
    "import sys\nsys.stdout = sys.stderr = None\nimport builtins\nvars(builtins).clear()",
])
def test_a_host_survives_what_ends_the_worker(tmp_path, crash):
    place = sandboxplace.make(tmp_path, "default = allow\n\n[sandbox agent]\npreload = ctypes\n")
    done = place.install("""
        box = _guard.sandbox("agent")
        try:
            box.run(%r, timeout=5)
        except Exception as error:
            pass
        print(box.run("1 + 1", name="next").value)
    """ % crash)
    assert (done.out, done.code) == ("2\n", 0), done.err
