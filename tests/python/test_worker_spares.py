# SPDX-License-Identifier: Apache-2.0
# covers: worker/heap.c
# covers: worker/warm.c
"""Workers that are ready before they are wanted: `spares`, `start`."""

import signal
import subprocess
import sys

import pytest

import guarded
from processes import wait_until_none, workers
from workerplace import PATIENT as POLICY

pytestmark = pytest.mark.workers

# Processes of this host's: whose zygote it started.
COUNT = """
    import os, time

    def below(pid):
        found = set()
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as file:
                for child in map(int, file.read().split()):
                    with open("/proc/%d/stat" % child) as stat:
                        if ") Z " not in stat.read():
                            found |= {child} | below(child)
        return found

    def await_processes(n):
        last = None # one that a zygote forks for a moment does not count
        for _ in range(4000):
            try:
                now = below(os.getpid())
            except OSError:
                continue
            if len(now) == n and now == last:
                return now
            last = now
            time.sleep(0.03)
        raise SystemExit("%d processes instead of %d" % (len(now), n))

    def woken(processes):
        total = 0
        for pid in processes:
            with open("/proc/%d/status" % pid) as file:
                total += sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
        return total
"""


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("plugins/__init__.py", "")
    for name in "abc":
        place.write("plugins/%s.py" % name, "def f(x):\n    return -x\n")
    return place


def program(text):
    return guarded.dedent(COUNT) + guarded.dedent(text)


@pytest.mark.parametrize("spares", [0, 1, 3])
def test_as_many_are_ready_as_the_profile_says(place, spares):
    place.policy(POLICY + "spares = %d\n" % spares)
    before = workers()
    done = place.install(program("""
        import plugins.a
        print(plugins.a.f(1), len(await_processes(2 + %d)))
        import plugins.b
        print(plugins.b.f(2), len(await_processes(3 + %d)))
    """ % (spares, spares)))
    assert done.out == "-1 %d\n-2 %d\n" % (2 + spares, 3 + spares), done.err
    assert wait_until_none(before) == set()


def test_the_next_plugin_is_in_the_worker_that_was_ready(place):
    done = place.install(program("""
        import plugins.a
        ready = await_processes(3)
        import plugins.b
        assert plugins.b.f(2) == -2
        print(len(await_processes(4) & ready), len(await_processes(4) - ready))
    """))
    assert done.out == "3 1\n", done.err


def test_a_spare_that_died_is_not_given(place):
    done = place.install(program("""
        import signal
        before = await_processes(0)
        import plugins.a
        ready = await_processes(3)
        for pid in sorted(ready)[2:]: # the last of them
            os.kill(pid, signal.SIGKILL)
        await_processes(2)
        import plugins.b
        print(plugins.b.f(2), plugins.a.f(1))
    """))
    assert done.out == "-2 -1\n", done.err


def test_two_packages_share_no_worker(place):
    place.write("plugins/a.py", "here = []\ndef f(x):\n    here.append(x)\n    return here\n")
    place.write("plugins/b.py", "def f(x):\n    import sys\n    return 'plugins.a' in sys.modules\n")
    done = place.install(program("""
        import plugins.a, plugins.b, plugins.c
        print(plugins.a.f(1), plugins.b.f(1), plugins.c.f(1))
        print(plugins.a.f(2))
    """))
    assert done.out == "[1] False -1\n[1, 2]\n", done.err


def test_nothing_of_the_rehearsal_is_left(place):
    place.write("plugins/a.py", """
        import sys, linecache
        def f(x):
            import __main__
            return ([n for n in sys.modules if "warm" in n], list(linecache.cache),
                    [n for n in vars(__main__) if n[:2] != "__"])
    """)
    done = place.install("""
        import plugins.a
        modules, lines, names = plugins.a.f(1)
        print(modules, [n for n in lines if "warm" in n], names)
    """)
    assert done.out == "[] [] []\n", done.err


def test_one_that_is_ready_rehearses_once_more_when_a_box_is_made(place):
    done = place.install(program("""
        import plugins.a

        def settled():
            before = None
            while before != woken(ready):
                before = woken(ready)
                time.sleep(0.2)
            return before

        ready = await_processes(3)
        before = settled()
        box = _guard.sandbox("strict")
        print(settled() > before)
        done = box.run("import sys\\nhere = [*sys.modules, *globals()]\\nresult = here, __name__")
        print([name for name in done.value[0] if "warm" in name], done.value[1])
        print(len(await_processes(4) & ready))
    """))
    assert done.out == "True\n[] __main__\n3\n", done.err


def test_one_that_is_ready_wakes_up_before_its_code_is_looked_for(place):
    place.policy(POLICY + "start = on_install\n")
    place.write("plugins/__init__.py", """
        import __main__
        print(__main__.wakes_up())
    """)
    done = place.install(program("""
        def wakes_up():
            for _ in range(100):
                if woken(ready) > before:
                    return True
                time.sleep(0.03)
            return False

        ready = await_processes(2)
        before = None
        while before != woken(ready):
            before = woken(ready)
            time.sleep(0.2)
        import plugins.a
        print(plugins.a.f(1))
    """))
    assert done.out == "True\n-1\n", done.err


def test_on_install_the_first_is_ready_before_it_is_wanted(place):
    place.policy(POLICY + "start = on_install\n")
    before = workers()
    done = place.install(program("""
        ready = await_processes(2)
        import plugins.a
        print(plugins.a.f(1), len(await_processes(3) & ready))
    """))
    assert done.out == "-1 2\n", done.err
    assert wait_until_none(before) == set()


def test_on_first_use_nothing_is_started_before(place):
    done = place.install(program("""
        import time
        time.sleep(0.3)
        print(below(os.getpid()))
    """))
    assert done.out == "set()\n", done.err


def test_on_install_counts_for_run_and_for_a_policy_that_is_loaded_again(place):
    place.policy(POLICY + "start = on_install\n")
    done = place.run("-c", program("print(len(await_processes(2)))"))
    assert done.out == "2\n", done.err
    place.policy(POLICY)
    done = place.install(program("""
        import stockade
        assert not below(os.getpid())
        with open("policy.ini", "a") as file:
            file.write("start = on_install\\n")
        stockade.current().reload()
        print(len(await_processes(2)))
    """))
    assert done.out == "2\n", done.err


def test_a_program_that_ends_at_once_leaves_nothing(place):
    place.policy(POLICY + "start = on_install\nspares = 4\n")
    before = workers()
    done = place.install("pass")
    assert done.code == 0, done.err
    assert wait_until_none(before) == set()


def test_what_cannot_start_is_told_to_who_imports(place):
    place.policy(POLICY + "start = on_install\npreload = nothere\n")
    done = place.install("""
        import time
        time.sleep(0.2)
        try:
            import plugins.a
        except Exception as error:
            print(type(error).__name__, "nothere" in str(error))
    """)
    assert done.out == "SandboxError True\n", done.err


def test_spares_end_with_a_host_that_is_killed(place):
    place.policy(POLICY + "start = on_install\nspares = 3\n")
    script = place.path("main.py")
    with open(script, "w") as file:
        file.write(guarded.PREAMBLE.format(
            policy=place.path("policy.ini"), audit="file:" + place.log))
        file.write(program("""
            print(len(await_processes(4)), flush=True)
            input()
        """))
    before = workers()
    process = subprocess.Popen(
        [sys.executable, script], cwd=place.folder,
        env=guarded.environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"4\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert wait_until_none(before) == set()


def test_a_fork_of_the_host_takes_no_spare_of_its_parents(place):
    before = workers()
    done = place.install(program("""
        import sys
        import plugins.a
        ready = await_processes(3)
        pid = os.fork()
        if pid == 0:
            import plugins.b
            print(plugins.b.f(1), len(below(os.getpid()) & ready), flush=True)
            sys.exit()
        os.waitpid(pid, 0)
        assert await_processes(3) == ready
        import plugins.b
        print(plugins.b.f(2), plugins.a.f(3))
    """))
    assert done.out == "-1 0\n-2 -3\n", done.err
    assert wait_until_none(before) == set()


def test_what_a_spare_allocates_is_not_between_what_it_shares(place):
    place.write("plugins/a.py", """
        def f(size, n):
            made = [b"x" * size for _ in range(n)]
            return len({id(one) >> 12 for one in made})
    """)
    place.write("plugins/b.py", "")
    done = place.install(program("""
        import plugins.b
        await_processes(3)
        time.sleep(0.2)
        import plugins.a
        print(plugins.a.f(60, 40), plugins.a.f(110, 40))
    """))
    # 40 blocks of a class, one after the other, behind the head of their pool
    assert done.out == "2 2\n", done.err
