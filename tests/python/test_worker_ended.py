# SPDX-License-Identifier: Apache-2.0
# covers: guard/ending.c
"""How a worker ended, as the call that it ended in and the ones after it tell."""

import os

import pytest

import guarded
from workerplace import POLICY

pytestmark = pytest.mark.workers

ENDS = """
    import os
    def leave(status):
        os._exit(status)
    def kill(number):
        os.kill(os.getpid(), number)
    def crash():
        import ctypes
        ctypes.string_at(8)
    def abort():
        os.abort()
    def spin():
        while True:
            pass
    def fine():
        return 1
    class Row:
        n = 1
"""

TELL = """
    import stockade
    import plugins.ends as e
    row, fine = e.Row(), e.fine
    def tell(function, *args):
        try:
            print(function(*args))
        except stockade.SandboxError as error:
            print(type(error).__name__, error)
"""
GONE = "WorkerDied plugins.ends: the worker is gone: "
# Before Linux 6.15 the end of a process is told to root alone.
UNTOLD = os.geteuid() != 0 and tuple(map(int, os.uname().release.split(".")[:2])) < (6, 15)


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.write("plugins/__init__.py", "")
    place.write("plugins/ends.py", ENDS)
    return place


def host(place, profile, main):
    place.policy(POLICY + "\n[sandbox strict]\n" + guarded.dedent(profile))
    done = place.install(guarded.dedent(TELL) + guarded.dedent(main))
    assert done.code == 0, done.err
    return done.out.splitlines()


@pytest.mark.parametrize("profile, end, told", [
    ("", "e.leave, 3", "exit status 3"),
    ("", "e.leave, 255", "exit status 255"),
    ("preload = ctypes\n", "e.crash", "killed by SIGSEGV, as native code is that crashes"),
    ("cpu = 1s\n", "e.spin", "killed by SIGKILL, as when `cpu = 1s` of [sandbox strict] is used up"),
])
def test_a_worker_that_dies_says_of_what(place, profile, end, told):
    first, second = host(place, profile, "tell(%s)\ntell(fine)\n" % end)
    if os.geteuid() != 0:  # who is late is not told what it took
        first = first.replace(", or memory is short", "")
        second = second.replace(", or memory is short", "")
    assert first == GONE + told or (UNTOLD and first == GONE[:-2])
    assert second == (
        "WorkerDied plugins.ends: its worker ended earlier: the worker is gone" + first[len(GONE) - 2:]
        + "; `restart = on_next_call` in [sandbox strict] has the module loaded into another")


def test_exit_status_0_is_told_or_not_known(place):
    line, = host(place, "", "tell(e.leave, 0)")
    assert line in (GONE[:-2], GONE + "exit status 0")


def test_one_that_is_killed_from_outside(place):
    lines = host(place, "", """
        import os
        import signal
        import subprocess
        def children(pid):
            out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], stdout=subprocess.PIPE).stdout
            return [int(one) for one in out.split()]
        def end(number):
            for zygote in children(os.getpid()):
                for worker in children(zygote):
                    os.kill(worker, number)
        end(signal.SIGKILL)
        tell(fine)
    """)
    told = GONE + "killed by SIGKILL, as the kernel does where memory is short"
    assert lines == [told] or (UNTOLD and lines == [GONE[:-2]])


def test_after_a_timeout_it_says_that_it_ended_earlier_and_what_helps(place):
    lines = host(place, "deadline = 1s\n", """
        tell(e.spin)
        for use in lambda: row.n, fine, lambda: e.fine, lambda: dir(e), lambda: bool(row):
            tell(use)
    """)
    assert lines[0] == "SandboxTimeout plugins.ends: the worker did not answer in time"
    assert lines[1:] == 5 * [
        "WorkerDied plugins.ends: its worker ended earlier: the worker did not answer in time;"
        " `restart = on_next_call` in [sandbox strict] has the module loaded into another"]


def test_where_there_is_another_what_is_held_of_the_first_says_so(place):
    lines = host(place, "deadline = 1s\nrestart = on_next_call\n", """
        tell(e.spin)
        tell(fine)
        tell(e.fine)
        tell(lambda: row.n)
    """)
    told = ("WorkerDied plugins.ends: its worker ended earlier: the worker did not answer in time;"
            " take it from the module again, which is loaded into another")
    assert lines[1:] == [told, "1", told]


def test_a_package_is_there_again_before_what_is_in_it(place):
    place.write("plugins/pack/__init__.py", "import os\ndef leave():\n    os._exit(9)\ndef one():\n    return 1\n")
    place.write("plugins/pack/deep.py", "from . import one\ndef two():\n    return 1 + one()\n")
    lines = host(place, "restart = on_next_call\n", """
        import plugins.pack.deep as deep
        import plugins.pack as pack
        for use in pack.leave, lambda: deep.two(), lambda: pack.one():
            tell(use)
    """)
    assert lines[1:] == ["2", "1"]


def test_what_is_held_of_a_box(place):
    lines = host(place, "deadline = 1s\n", """
        box = _guard.sandbox("strict")
        source = "def f(): pass\\nclass Row: n = 1\\nresult = Row()"
        row = box.run(source, name="job").value
        tell(lambda: box.run("while True: pass", name="job", timeout=0.5))
        tell(lambda: row.n)
        print(box.run("1", name="job").value)
        box.close()
        row = _guard.sandbox("strict").run(source, name="job").value
        box = _guard.sandbox("strict")
        row = box.run(source, name="job").value
        box.close()
        tell(lambda: row.n)
    """)
    assert lines == [
        "SandboxTimeout job: the worker did not answer in time",
        "WorkerDied job: its worker ended earlier: the worker did not answer in time; the next run() has another",
        "1", "WorkerDied job: its worker ended earlier: its sandbox is closed"]
