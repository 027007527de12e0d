# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/isolated.c
# covers: python/remote/isolation.c
# covers: python/remote/loader_worker.c
# covers: python/remote/remote.c
# covers: python/remote/remoteerror.c
# covers: python/remote/remotefailed.c
# covers: python/remote/remotemodule.c
# covers: worker/code.c
# covers: worker/interpreter.c
# covers: worker/main.c
# covers: worker/raised.c
# covers: worker/serve.c
# covers: worker/zygote.c
"""`plugins.* = sandbox:strict`: a plain import runs the module in a worker."""

import os
import signal
import subprocess
import sys

import pytest

import guarded
import workerplace
from workerplace import PATIENT as POLICY
from processes import wait_until_none, workers

pytestmark = pytest.mark.workers

@pytest.fixture
def place(tmp_path):
    return workerplace.make(tmp_path, POLICY)


def denied(done):
    return [record for record in done.records if record["event"] == "syscall"]


def test_a_call_is_answered_by_the_worker(place):
    place.write("plugins/reports.py", """
        def total(numbers):
            return sum(numbers)
    """)
    done = place.install("""
        import plugins.reports
        print(plugins.reports.total([1, 2, 3]))
        print(type(plugins.reports).__name__)
    """)
    assert done.out.split("\n")[:2] == ["6", "RemoteModule"], done.err
    assert done.code == 0
    record, = done.attempts("plugins.reports")
    assert record["sandbox"] == "strict"
    assert record["requirement"] == "sandbox:strict"
    assert record["outcome"] == "found"


def test_a_program_that_closes_all_descriptors_loses_none_of_its_own(place):
    """As a daemon does: what has their numbers then is its own, in a fork, too."""
    place.write("plugins/reports.py", "def total(numbers): return sum(numbers)")
    done = place.install("""
        import os, sys
        import plugins.reports
        print(plugins.reports.total([1, 2, 3]))
        os.closerange(3, 200)
        files = [os.open("/", os.O_RDONLY) for _ in range(40)]
        sys.stdout.flush()
        if os.fork() == 0:
            for file in files:
                os.fstat(file)
            os._exit(0)
        print(os.wait()[1])
        for file in files:
            os.fstat(file)
    """)
    assert done.out.split() == ["6", "0"], done.err
    assert done.code == 0


def test_the_code_is_not_run_in_the_host(place):
    place.write("plugins/reports.py", """
        import sys
        sys.modules["taken"] = sys
        value = 3
    """)
    done = place.install("""
        import sys
        import plugins.reports as r
        print(r.value, "taken" in sys.modules)
    """)
    assert done.out == "3 False\n", done.err


def test_a_file_is_refused_and_recorded(place):
    place.write("plugins/reports.py", """
        def read():
            return open("/etc/passwd").read()
    """)
    done = place.install("""
        import plugins.reports as r
        try:
            r.read()
        except PermissionError as error:
            print(error.errno, error.filename)
    """)
    assert done.out == "1 /etc/passwd\n", done.err
    record = [r for r in denied(done) if r["name"].startswith("openat(")][0]
    assert record["requirement"] == "@files-read"
    assert record["importer"] == "plugins.reports"
    assert record["verdict"] == "deny"
    assert record["outcome"] == "refused"
    assert record["sandbox"] == "strict"


def test_a_socket_is_refused_and_recorded(place):
    place.policy(POLICY + "preload = socket\n")
    place.write("plugins/reports.py", """
        import socket
        def connect():
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    """)
    done = place.install("""
        import plugins.reports as r
        try:
            r.connect()
        except PermissionError as error:
            print(error.errno)
    """)
    assert done.out == "1\n", done.err
    assert [r for r in denied(done) if r["name"].startswith("socket(AF_INET")]


def test_exceptions_cross_with_where_they_were_raised(place):
    place.write("plugins/reports.py", """
        class Late(ValueError):
            pass
        class Odd(Exception):
            pass
        def plain():
            raise ValueError("no", 3)
        def own():
            raise Late("by a day")
        def odd():
            raise Odd("one")
        def leave():
            raise SystemExit(4)
        def deep():
            return deep()
    """)
    done = place.install("""
        import stockade
        import plugins.reports as r
        try:
            r.plain()
        except ValueError as error:
            print(error.args, error.__cause__.remote_type)
            print("raise ValueError" in error.__cause__.remote_traceback)
        try:
            r.own()
        except ValueError as error:
            print(error, error.__cause__.remote_type)
        for function in r.odd, r.leave:
            try:
                function()
            except stockade.RemoteError as error:
                print(error.remote_type)
        try:
            r.deep()
        except RecursionError:
            print("deep")
    """)
    assert done.out == (
        "('no', 3) ValueError\nTrue\nby a day plugins.reports.Late\n"
        "plugins.reports.Odd\nSystemExit\ndeep\n"), done.err


def test_an_error_of_the_body_is_one_of_the_import(place):
    place.write("plugins/reports.py", "1 / 0\n")
    place.write("plugins/bad.py", "def (:\n")
    done = place.install("""
        import sys
        for name in "reports", "bad":
            try:
                __import__("plugins." + name)
            except (ZeroDivisionError, SyntaxError) as error:
                print(type(error).__name__, "plugins." + name in sys.modules)
    """)
    assert done.out == "ZeroDivisionError False\nSyntaxError False\n", done.err


def test_a_deadline_ends_the_worker_and_later_calls_say_so(place):
    place.write("plugins/reports.py", """
        def spin():
            while True:
                pass
        def total(numbers):
            return sum(numbers)
    """)
    place.policy(POLICY.replace("60s", "3s"))
    done = place.install("""
        import time
        import stockade
        import plugins.reports as r
        total = r.total
        began = time.monotonic()
        try:
            r.spin()
        except stockade.SandboxTimeout as error:
            print("in time" in str(error), time.monotonic() - began < 60)
        try:
            total([1])
        except stockade.WorkerDied as error:
            print("died", isinstance(error, stockade.SandboxError))
    """)
    assert done.out == "True True\ndied True\n", done.err


@pytest.mark.parametrize("way", ["leave", "crash"])
def test_a_worker_that_crashes_is_an_exception(place, way):
    place.policy(POLICY + "preload = ctypes\n")
    place.write("plugins/reports.py", """
        import os
        def leave():
            os._exit(3)
        def crash():
            import ctypes
            ctypes.string_at(8)
    """)
    done = place.install("""
        import stockade
        import plugins.reports as r
        try:
            r.%s()
        except stockade.WorkerDied:
            print("died")
    """ % way)
    assert done.out == "died\n", done.err


MARK = """
    import os
    open(%r, "w").close()
"""


def test_what_is_not_preloaded_is_not_found_before_the_lock_down(place):
    """copy asks for org.python.core, which would run as the host does."""
    mark = place.path("mark")
    place.policy(POLICY + "preload = pool.part\n")
    for name in ("org/__init__.py", "org/python/__init__.py", "org/python/core.py"):
        place.write(name, MARK % mark)
    place.write("pool/__init__.py", """
        import copy
        try:
            import beside
        except ImportError as error:
            told = str(error)
    """)
    place.write("pool/part.py", "")
    place.write("beside.py", MARK % mark)
    place.write("plugins/reports.py", """
        import pool
        def f():
            return pool.told
    """)
    done = place.install("import plugins.reports as r\nprint(r.f())\n")
    assert done.out == "No module named 'beside'\n", done.err
    assert not os.path.exists(mark)


def test_what_is_preloaded_may_need_what_is_preloaded(place):
    place.policy(POLICY + "preload = pool beside\n")
    place.write("pool.py", "import beside\ntold = beside.told\n")
    place.write("beside.py", "told = 5\n")
    place.write("plugins/reports.py", "import pool\ndef f():\n    return pool.told\n")
    done = place.install("import plugins.reports as r\nprint(r.f())\n")
    assert done.out == "5\n", done.err


def test_what_is_forbidden_is_not_preloaded(place):
    place.policy(POLICY + "preload = pool\n\n[forbidden]\npool = no\n")
    place.write("pool.py", MARK % place.path("mark"))
    place.write("plugins/reports.py", "")
    done = place.install("""
        import stockade
        try:
            import plugins.reports
        except stockade.SandboxError as error:
            print(error)
    """)
    assert done.out == (
        "plugins.reports: [sandbox strict] cannot load pool before the lock-down:"
        " \"pool = no\" at %s:15 forbids it\n" % place.path("policy.ini")), done.err
    assert not os.path.exists(place.path("mark"))


def test_a_library_that_is_preloaded_starts_no_pool_of_threads(place):
    """OpenBLAS would, when numpy is loaded; os.environ is as it was."""
    place.policy(POLICY + "preload = pool\n")
    place.write("pool.py", """
        import ctypes
        import os
        names = "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_char_p
        told = [getenv(name.encode()) for name in names]
        seen = [name in os.environ for name in names]
    """)
    place.write("plugins/reports.py", """
        import pool
        def f():
            return pool.told, pool.seen
    """)
    done = place.install("import plugins.reports as r\nprint(r.f())\n")
    assert done.out == "([b'1', b'1', b'1'], [False, False, False])\n", done.err


def test_a_thread_of_what_is_preloaded_is_an_error(place):
    place.policy(POLICY + "preload = pool\n")
    place.write("pool.py", """
        import threading
        import time
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()
    """)
    place.write("plugins/reports.py", "")
    done = place.install("""
        import stockade
        try:
            import plugins.reports
        except stockade.SandboxError as error:
            print(error)
    """)
    assert done.out == ("plugins.reports: a module that is loaded before, by `preload`,"
                        " has started a thread\n"), done.err


def test_no_process_is_left_by_a_host_that_ends(place):
    place.write("plugins/reports.py", "def f():\n    return 1\n")
    before = workers()
    done = place.install("import plugins.reports as r\nprint(r.f())\n")
    assert done.out == "1\n", done.err
    assert wait_until_none(before) == set()


@pytest.mark.parametrize("busy", [False, True])
def test_no_process_is_left_by_a_host_that_is_killed(place, busy):
    place.write("plugins/reports.py", """
        def f():
            return 1
        def spin():
            while True:
                pass
    """)
    script = place.path("main.py")
    with open(script, "w") as file:
        file.write(guarded.PREAMBLE.format(
            policy=place.path("policy.ini"), audit="file:" + place.log))
        file.write("import plugins.reports as r\nprint(r.f(), flush=True)\n")
        file.write("r.spin()\n" if busy else "input()\n")
    before = workers()
    process = subprocess.Popen(
        [sys.executable, script], cwd=place.folder,
        env=guarded.environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"1\n"
        assert workers() - before
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert wait_until_none(before) == set()


def test_a_fork_of_the_host_has_no_worker(place):
    place.write("plugins/reports.py", "def f():\n    return 1\n")
    done = place.install("""
        import os, sys
        import stockade
        import plugins.reports as r
        print(r.f(), flush=True)
        if os.fork() == 0:
            try:
                r.f()
            except stockade.WorkerDied as error:
                print("forked" in str(error), flush=True)
            os._exit(0)
        os.wait()
        print(r.f())
    """)
    assert done.out == "1\nTrue\n1\n", done.err


def test_what_cannot_cross_says_what_to_do(place):
    place.write("plugins/reports.py", "def f(x):\n    return x\n")
    done = place.install("""
        import plugins.reports as r
        for value in (type, object(), iter([]), [r, print]):
            try:
                r.f(value)
            except TypeError as error:
                print("hand over" in str(error))
        own = []
        own.append(own)
        try:
            r.f(own)
        except ValueError as error:
            print(str(error)[:17])
        print(r.f(3))
    """)
    assert done.out.endswith("this cannot cross\n3\n"), (done.out, done.err)
    assert done.out.count("True\n") == 4


def test_values_come_back_as_they_were(place):
    place.write("plugins/reports.py", "def f(x):\n    return x\n")
    done = place.install(r"""
        import plugins.reports as r
        for value in (None, True, 0, -1, 2**63, -2**63 - 1, 2**64, -2**64, 2**64 - 1,
                      10**50, -10**50, 1.5, float("inf"), "", "\xe9\u20ac\U0001f600", "\ud800",
                      b"", b"\x00\xff", [], [1, [2]], (), (1,), {}, {"a": {1: 2}, None: 3},
                      set(), {1, "a"}, frozenset([1]), {(1, 2): 3}, "x" * 200000,
                      list(range(70000))):
            back = r.f(value)
            assert back == value and type(back) is type(value), value
        assert r.f(float("nan")) != r.f(float("nan"))
        assert r.f(bytearray(b"ab")) == b"ab"
        print("good")
    """)
    assert done.out == "good\n", done.err


def test_what_a_module_says_of_itself_is_text(place):
    place.write("plugins/said.py", '''
        """Said."""
        __all__ = ("one",)
        one = 1
    ''')
    place.write("plugins/odd.py", """
        class Endless:
            def __getitem__(self, i):
                return "one"
        __doc__ = ["no", "text"]
        __all__ = [Endless()]
        one = 1
    """)
    place.write("plugins/word.py", """
        __all__ = "one"
    """)
    done = place.install("""
        import plugins.said, plugins.odd, plugins.word
        from plugins.said import *
        print(one, plugins.said.__doc__, plugins.said.__all__)
        for module in plugins.odd, plugins.word:
            print(module.__doc__, "__all__" in vars(module))
    """)
    assert done.out == ("1 Said. ('one',)\nNone False\n"
                        "None False\n"), done.err


def sandbox_of(done):
    return [record for record in done.records if record["event"] == "worker"]


def test_a_worker_begins_with_a_record_of_what_is_in_force(place):
    place.write("plugins/reports.py", "import json\nopen('/etc/passwd')\n")
    done = place.install("""
        try:
            import plugins.reports
        except PermissionError:
            print("refused")
    """)
    assert done.out == "refused\n", done.err
    record, = sandbox_of(done)
    assert record["name"] == "plugins.reports"
    assert record["sandbox"] == "strict"
    assert record["outcome"] == "started"
    assert record["reason"].startswith("with no_new_privs, seccomp, limits, ")
    events = [r["event"] for r in done.records]
    assert events.index("worker") < events.index("syscall")


UNSHARE = {"x86_64": 272, "aarch64": 97}


@pytest.mark.skipif(os.uname().machine not in UNSHARE,
                    reason="its number on this machine is not known here")
def test_layers_that_the_machine_lacks_are_recorded(place):
    place.write("plugins/reports.py", "value = 3\n")
    # a machine without user namespaces: what ours are told of unshare()
    done = place.install("""
        import ctypes
        import struct
        rules = [(0x20, 0, 0, 0), (0x15, 0, 1, %d), (6, 0, 0, 0x50001),
                 (6, 0, 0, 0x7fff0000)]
        code = ctypes.create_string_buffer(
            b"".join(struct.pack("=HBBI", *rule) for rule in rules))
        program = ctypes.create_string_buffer(
            struct.pack("@HP", len(rules), ctypes.addressof(code)))
        prctl = ctypes.CDLL(None).prctl
        prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
        assert prctl(38, 1, 0, 0, 0) == 0
        assert prctl(22, 2, ctypes.addressof(program), 0, 0) == 0
        import plugins.reports
        print(plugins.reports.value)
    """ % UNSHARE[os.uname().machine])
    if "requires landlock" in done.err:
        pytest.skip("this machine has no Landlock, and then it needs them")
    assert done.out == "3\n", done.err
    record, = sandbox_of(done)
    within, without = record["reason"].split("; without ")
    assert "seccomp" in within and "user" not in within.split(", ")
    for layer in "user", "mount", "pid", "net", "ipc", "uts":
        assert layer + " (" in without


def test_the_host_cannot_set_a_name_of_the_module(place):
    place.write("plugins/reports.py", "limit = 3\ndef f():\n    return limit\n")
    done = place.install("""
        import plugins.reports as r
        try:
            r.limit = 4
        except AttributeError as error:
            print("in a worker" in str(error))
        print(r.limit, r.f(), hasattr(r, "nothing"), "f" in dir(r))
        from plugins.reports import *
        print(f())
    """)
    assert done.out == "True\n3 3 False True\n3\n", done.err


RESTARTS = """
    import os
    import stockade
    import plugins.reports as r, plugins.reports.util
    total = r.total
    print(r.total([1]), r.util.count(), r.util.count())
    for i in range(2):
        try:
            r.leave()
        except stockade.WorkerDied:
            print("died")
        try:
            total([1])
        except stockade.WorkerDied:
            print("stale")
        try:
            print(r.total([2]), "total" in dir(r), r.util.count())
        except stockade.WorkerDied:
            print("for ever")
"""


@pytest.mark.parametrize("restart, then", [("on_next_call", "2 True 1"), ("never", "for ever")])
def test_what_follows_the_end_of_a_worker_is_for_the_profile_to_say(place, restart, then):
    place.policy(POLICY + "restart = %s\n" % restart)
    place.write("plugins/reports/__init__.py", """
        import os
        from . import util
        def total(numbers):
            return sum(numbers)
        def leave():
            os._exit(3)
    """)
    place.write("plugins/reports/util.py", """
        counted = []
        def count():
            counted.append(1)
            return len(counted)
    """)
    done = place.install(RESTARTS)
    ends = ("died\nstale\n%s\n" % then) * 2
    assert done.out == "1 1 2\n" + ends, (done.out, done.err)


def test_a_plugin_that_cannot_be_loaded_again_says_so(place):
    place.policy(POLICY + "restart = on_next_call\n")
    path = place.write("plugins/reports.py", """
        import os
        def leave():
            os._exit(3)
    """)
    done = place.install("""
        import stockade
        import plugins.reports as r
        try:
            r.leave()
        except stockade.WorkerDied:
            print("died")
        open(%r, "w").write("1 / 0")
        for i in range(2):
            try:
                r.leave
            except ZeroDivisionError as error:
                print(type(error.__cause__).__name__)
    """ % path)
    assert done.out == "died\nRemoteError\nRemoteError\n", (done.out, done.err)
