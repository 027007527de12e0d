# SPDX-License-Identifier: Apache-2.0
# covers: worker/beside.c
# covers: worker/kept.c
# covers: worker/lines.c
# covers: worker/store.c
"""What every worker has of the standard library: in memory, executed when it
is first needed, in the first worker as in those that had time."""

import sys

import pytest

from workerplace import POLICY, place, with_profile  # noqa: F401

pytestmark = pytest.mark.workers

MACHINE = ("_bisect _csv _datetime _decimal _heapq _json _md5 _pickle _random _struct array binascii "
           "math pyexpat unicodedata zlib").split()
SOURCES = "collections collections.abc enum functools linecache numbers operator re traceback types".split()

PLUGIN = """
    import sys

    def load(names):
        before = set(sys.modules)
        for name in names:
            __import__(name)
        return sorted(set(sys.modules) - before)

    def try_(name):
        try:
            __import__(name)
        except ImportError as error:
            return str(error)[:40]

    def use():
        import decimal, datetime, json, re, zlib, pickle, math, array
        return [str(decimal.Decimal("1.1") + 2), str(datetime.date(2020, 1, 2)), json.dumps({"a": [1]}),
                re.sub("b+", "c", "abbb"), len(zlib.compress(b"a" * 1000)) < 100,
                pickle.loads(pickle.dumps([1])), math.sqrt(4), sum(array.array("i", [1, 2]))]

    def told(x):
        return type(x).__name__, str(x)

    def fail():
        raise ValueError("late")  # here

    def shown():
        import traceback
        try:
            fail()
        except ValueError:
            return traceback.format_exc()
"""

# the first worker is waited for, the second comes of a zygote that had time
TWICE = """
    import time
    import plugins.first as first
    time.sleep(0.3)
    import plugins.second as second
    for r in first, second:
        pass
"""


@pytest.fixture
def two(place):  # noqa: F811
    place.write("plugins/first.py", PLUGIN)
    place.write("plugins/second.py", PLUGIN)
    return place


def each(place, text):  # noqa: F811
    lines = ["    " + line for line in text.strip("\n").split("\n")]
    return place.install(TWICE.replace("        pass\n", "\n".join(lines) + "\n"))


def refused(done):
    return [record["name"] for record in done.records if record["event"] == "syscall"]


def test_machine_code_is_there_and_nothing_is_opened_for_it(two):
    done = each(two, """
        print(r.load(%r) == sorted(set(%r) | set(r.load([]))) or r.load([]))
        print(*r.use())
    """ % (MACHINE, MACHINE))
    told = "3.1 2020-01-02 {\"a\": [1]} ac True [1] 2.0 3\n"
    assert [line + "\n" for line in done.out.splitlines()][1::2] == [told, told], (done.out, done.err)
    assert refused(done) == []


@pytest.mark.parametrize("name", MACHINE + SOURCES)
def test_it_is_recorded_as_loaded_before(two, name):
    done = each(two, "        r.load([%r])\n        print(1)\n" % name)
    assert done.out == "1\n1\n", done.err
    records = [r for r in done.attempts(name) if r["sandbox"]]
    if name not in sys.builtin_module_names:
        assert {r["loader"] for r in records} == {"preload"}, records
    assert len(records) == 2
    assert refused(done) == []


def test_what_it_imports_for_itself_is_no_permission(two):
    two.policy("""
        default = deny
        [modules]
        plugins = allow
        plugins.* = sandbox:strict
        stockade = allow
        time = allow
        _decimal = allow
        traceback = allow
        sys = allow
    """)
    done = each(two, """
        print(r.load(["_decimal", "traceback", "sys"]))
        for name in "numbers", "collections", "re", "os", "posix":
            print(r.try_(name)[:17])
    """)
    one = "['_decimal', 'traceback']\n" + 5 * "No module named '\n"
    assert done.out == one * 2, (done.out, done.err)


def test_values_that_need_it_cross(two):
    done = each(two, """
        import datetime, decimal
        print(r.told(decimal.Decimal("1.5")), r.told(datetime.date(2020, 1, 2)))
    """)
    assert done.out == "('Decimal', '1.5') ('date', '2020-01-02')\n" * 2, (done.out, done.err)


def test_lines_of_the_plugin_are_in_its_tracebacks(two):
    done = each(two, """
        import traceback
        try:
            r.fail()
        except ValueError as error:
            print("# here" in error.__cause__.remote_traceback, "# here" in r.shown())
    """)
    assert done.out == "True True\n" * 2, (done.out, done.err)
    assert refused(done) == []


def test_lines_are_there_when_linecache_was_loaded_before(two):
    two.policy(with_profile("preload = traceback, logging\n"))
    done = each(two, """
        print("# here" in r.shown())
    """)
    assert done.out == "True\n" * 2, (done.out, done.err)
    assert refused(done) == []


BROKEN = ["x = = 1", "def f(:\n pass", "\tx\n        y", "return 3", "nonlocal y", "compile('a b', '<q>', 'exec')",
          "exec('return')", "import ast; ast.parse('a b')", "x = '''", "f'{a b}'", "eval('1 +')", "import broken"]


def test_no_file_is_looked_for_where_code_is_none(place):  # noqa: F811
    place.write("broken.py", "def f():\n    return = 1\n")
    place.policy(POLICY + "\n[sandbox small]\ndenials = 1\n")
    done = place.install("""
        box = _guard.sandbox("small")
        for source in %r:
            try:
                box.run(source)
            except SyntaxError as error:
                print(error.__cause__.result.denied)
        try:
            box.run("open('<snippet>')")
        except PermissionError as error:
            print(len(error.__cause__.result.denied))
    """ % BROKEN)
    assert done.out == "()\n" * len(BROKEN) + "1\n", (done.out, done.err)
    assert refused(done) == ["openat(AT_FDCWD, ..., O_RDONLY|O_CLOEXEC)"]


def test_threads_beside_one_that_needs_it(two):
    two.policy(with_profile("syscalls = @threads\nprocesses = 8\n"))
    two.write("plugins/first.py", PLUGIN + """
    def race():
        import threading
        done = []
        def spin():
            while not done:
                pass
        threads = [threading.Thread(target=spin) for _ in range(3)]
        for thread in threads:
            thread.start()
        for name in ("re", "tokenize", "traceback", "_decimal"):
            __import__(name)
        done.append(len(use()))
        for thread in threads:
            thread.join()
        return done
    """)
    done = two.install("import plugins.first as r\nprint(r.race())\n")
    assert done.out == "[8]\n", (done.out, done.err)
    assert refused(done) == []


def test_memory_of_the_profile_is_the_plugins_own(two):
    """Neither an arena of libc's nor the stack of a thread counts."""
    two.policy(with_profile("memory = 128M\n"))
    two.write("plugins/first.py", "def f():\n    return len(bytearray(70 << 20))\n")
    done = two.install("import plugins.first as r\nprint(r.f() >> 20)\n")
    assert done.out == "70\n", (done.out, done.err)
