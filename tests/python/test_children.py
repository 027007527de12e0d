# SPDX-License-Identifier: Apache-2.0
"""The Pythons that a guarded program starts: multiprocessing's come up
guarded, under the same policy, and ask as whoever started them."""
# covers: python/process/child.c, python/layers/children.c, python/layers/ispython.c
# covers: python/layers/library.c

import os
import subprocess
import sys

import pytest

from clitool import run
from guarded import BUILD, Place, dedent, environment

MAIN = """\
import multiprocessing, sys

import plugin


def tries(name):
    try:
        return __import__(name).__name__
    except ImportError as error:
        return type(error).__name__


def says(name, queue):
    queue.put(tries(name))


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print("pool", pool.map(tries, ["colorsys", "chunk_of_ours", "json"]))
    queue = context.SimpleQueue()
    for name in "colorsys", "chunk_of_ours":
        process = context.Process(target=says, args=(name, queue))
        process.start()
        print("process", queue.get())
        process.join(60)
    print("host", plugin.ends(context, __name__))
    print("exec", plugin.evaluates(context))
"""

PLUGIN = """\
def ends(context, name):
    from multiprocessing.pool import Pool
    process = context.Process(target=__import__, args=("secret",))
    process.start()
    process.join(60)
    return process.exitcode


def evaluates(context):
    process = context.Process(target=eval, args=("__import__('secret')",))
    process.start()
    process.join(60)
    return process.exitcode
"""

POLICY = """\
default = allow
trusted = @stdlib
[modules]
colorsys = deny
[modules from plugin]
secret = deny
"""

METHODS = ["spawn", "forkserver"]
HOWS = ["install", "run"]


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy(POLICY)
    place.files({"plugin.py": PLUGIN, "chunk_of_ours.py": "", "secret.py": ""})
    return place


def start(place, how, main, *args, **kwargs):
    kwargs.setdefault("timeout", 120)
    if how == "run":
        return place.run(place.write("main.py", main), *args, **kwargs)
    body = "if __name__ == '__main__':\n"
    body += "    import stockade\n    stockade.install(%r, audit=%r)\n" % (
        place.path("policy.ini"), "file:" + place.log)
    return place.spawn([sys.executable, place.write("main.py", body + dedent(main)), *args], **kwargs)


BOUND = """\
import multiprocessing, sys


def double(x):
    return 2 * x


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(pool.map(double, [1, 2]))
    process = context.Process(target=double, args=(1,))
    process.start()
    process.join(60)
    print(process.exitcode)
"""


@pytest.mark.parametrize("rules", ["trusted = @stdlib\n[modules]\n", "[modules]\n@stdlib = allow\n__main__ = allow\n"])
@pytest.mark.parametrize("method", METHODS)
def test_the_program_comes_up_there_under_a_policy_written_by_hand(place, method, rules):
    place.policy("default = deny\n%smultiprocessing = allow\nsys = allow\n" % rules)
    done = start(place, "run", BOUND, method)
    assert done.out == "[2, 4]\n0\n", done.err
    assert done.err == ""


SIGNED = """\
default = deny
[key k]
public = %s
modules = *
[modules]
* = signed
@stdlib = allow
__main__ = allow
"""

AGAIN = BOUND.replace("    return 2 * x\n", """\
    import runpy
    try:
        runpy.run_path(__file__)
    except ImportError as error:
        return error.reason
""")


@pytest.mark.parametrize("method", METHODS)
def test_the_program_is_no_module_that_must_be_signed(place, method):
    """It is read again by its path; whoever reads it later wants main.py."""
    assert run("keygen", "-W", "-o", place.path("k")).returncode == 0
    with open(place.path("k.pub")) as file:
        place.policy(SIGNED % file.read().split("\n")[1])
    done = start(place, "run", BOUND, method)
    assert done.out == "[2, 4]\n0\n", done.err
    done = start(place, "run", AGAIN, method)
    assert done.out == "['unsigned', 'unsigned']\n0\n", done.err


def verified(place):
    command = [os.path.join(BUILD, "stockade"), "audit", "verify", place.log]
    return subprocess.run(command, stdout=subprocess.PIPE).returncode


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("method", METHODS)
def test_they_are_guarded_as_who_started_them(place, how, method):
    done = start(place, how, MAIN, method)
    assert done.out.splitlines() == [
        "pool ['ImportDenied', 'chunk_of_ours', 'json']",
        "process ImportDenied",
        "process chunk_of_ours",
        "host 1",
        "exec 1",
    ], done.err
    assert done.code == 0
    # each is in the log with a chain of its own
    assert verified(place) == 0
    starts = [r for r in done.records if r["event"] == "start"]
    parent = starts[0]["pid"]
    if method == "spawn":
        assert len(starts) == 6
    for record in starts[1:]:
        assert record["pid"] != parent
        assert record["reason"].startswith(("child of %d, Python " % parent, "fork")), record
    refused = done.attempts("secret", verdict="deny")
    assert len(refused) == 2
    assert all(r["pid"] != parent for r in refused)
    born = [r for r in done.records if r["event"] == "child"]
    assert {(r["name"], r["outcome"], r["verdict"]) for r in born} == {
        (method, "guarded", "allow")}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("method", METHODS)
def test_the_program_is_the_program_in_them(place, how, method):
    """What main imports again is main's; a rule for others does not bind it."""
    place.policy(
        "default = deny\ntrusted = @stdlib\n[modules from __main__]\nmultiprocessing = allow\n"
        "sys = allow\nhelper = allow\nstockade = allow\n")
    place.write("helper.py", "def double(n):\n    return 2 * n\n")
    done = start(
        place, how,
        """
        import multiprocessing, sys
        import helper
        if __name__ == "__main__":
            with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
                print(pool.map(helper.double, [1, 2, 3]))
        """, method)
    assert (done.code, done.out) == (0, "[2, 4, 6]\n"), done.err
    # the server has the main module among what it loads before it is asked to;
    # fork_exec of 3.10 looks for subprocess, and does without
    assert {r["name"] for r in done.attempts(verdict="deny")} <= (
        {"__main__", "subprocess"} if sys.version_info[:2] == (3, 10) else {"__main__"})


@pytest.mark.parametrize("method", METHODS)
def test_a_module_as_program_is_one_in_them(place, method):
    place.files({"package/__init__.py": "", "package/tool.py": MAIN})
    done = place.run("-m", "package.tool", method)
    assert done.out.startswith("pool ['ImportDenied', 'chunk_of_ours', 'json']\n"), done.err


def test_whoever_meets_a_server_that_runs_asks_for_himself(place):
    """The forkserver was started by the host, and forks for the plugin."""
    done = start(
        place, "run",
        """
        import multiprocessing, plugin
        if __name__ == "__main__":
            context = multiprocessing.get_context("forkserver")
            process = context.Process(target=__import__, args=("secret",))
            process.start()
            process.join(60)
            print(process.exitcode, plugin.ends(context, ""))
        """)
    assert done.out == "0 1\n", done.err


def test_executors_of_processes_are_of_multiprocessing(place):
    done = start(
        place, "install",
        """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        import helper
        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                print(pool.submit(helper.tries, "colorsys").result())
        """
        if place.write("helper.py", """
            def tries(name):
                try:
                    __import__(name)
                except ImportError as error:
                    return type(error).__name__
            """) else "")
    assert done.out == "ImportDenied\n", done.err


@pytest.mark.parametrize("method", METHODS)
def test_observing_is_handed_on(place, method):
    place.write("main.py", MAIN)
    done = place.run("--observe", "main.py", method)
    assert done.out.splitlines()[0] == "pool ['colorsys', 'chunk_of_ours', 'json']", done.err
    assert {r["outcome"] for r in done.attempts("colorsys")} == {"would-refuse"}


def test_a_folder_that_changed_changes_nothing(place):
    """Policy and log are found from wherever the child begins."""
    place.write("below/there", "")
    done = start(
        place, "install",
        """
        import multiprocessing, os
        import helper
        if __name__ == "__main__":
            os.chdir("below")
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(helper.tries, ["colorsys"]))
        """
        if place.write("helper.py", """
            def tries(name):
                try:
                    __import__(name)
                except ImportError as error:
                    return type(error).__name__
            """) else "")
    assert done.out == "['ImportDenied']\n", done.err
    assert os.listdir(place.path("below")) == ["there"]


def test_a_policy_that_was_replaced_is_not_theirs(place):
    done = start(
        place, "install",
        """
        import multiprocessing
        if __name__ == "__main__":
            with open("policy.ini", "w") as file:
                file.write("[stockade]\\nversion = 1\\ndefault = allow\\n")
            process = multiprocessing.get_context("spawn").Process(target=print, args=("ran",))
            process.start()
            process.join(60)
            print(process.exitcode)
        """)
    assert done.out == "3\n"
    assert "stockade: no guard for a process of multiprocessing: " in done.err
    assert "policy.ini is not what it was" in done.err


STARTS = """\
import multiprocessing, os, subprocess, sys
if __name__ == "__main__":
    def starts(function, *args, **kwargs):
        try:
            function(*args, **kwargs)
            print("started")
        except PermissionError as error:
            print("refused")
    starts(subprocess.run, [sys.executable, "-c", "pass"])
    starts(subprocess.run, [sys.executable, "-c", "pass"], close_fds=False)
    starts(subprocess.run, "exit 0", shell=True)
    starts(os.posix_spawn, sys.executable, [sys.executable, "-c", "pass"], {})
    starts(multiprocessing.get_context("spawn").Process(target=print).start)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(pool.map(abs, [-1]))
    sys.stdout.flush()
    starts(os.execv, sys.executable, [sys.executable, "-c", "print('replaced')"])
"""


def test_none_is_started_where_the_policy_says_so(place):
    place.policy("children = deny\ndefault = allow\n")
    done = start(place, "run", STARTS)
    assert done.out.splitlines() == [
        "refused", "refused", "started", "refused", "refused", "[1]", "refused"], done.err
    records = [r for r in done.records if r["event"] == "child"]
    assert {(r["verdict"], r["outcome"]) for r in records} == {("deny", "refused")}
    assert len(records) == 5
    assert done.code == 0


OTHERWISE = """
    import os, subprocess, sys
    python = os.path.realpath(sys.executable)
    os.symlink(python, "linked")
    def script(name, first):
        with open(name, "w") as file:
            file.write(first + "\\nprint(1)\\n")
        os.chmod(name, 0o755)
    os.environ["PATH"] = os.getcwd() + ":/usr/bin:/bin"
    script("direct", "#!" + python)
    script("found", "#!/usr/bin/env python3")
    script("shell", "#!/bin/sh\\n# python\\ntrue")
    script("behind", "#!" + os.path.abspath("linked"))
    script("nested", "#!" + os.path.abspath("behind"))
    script("searched", "#!/usr/bin/env -S linked")
    for n in range(9):
        script("env%d" % n, "#!/usr/bin/env -S " + ("env%d" % (n + 1) if n < 8 else "linked"))
    os.mkdir("first")
    os.mkdir("first/linked")
    os.environ["PATH"] = os.getcwd() + "/first:" + os.environ["PATH"]
    for program in ("linked", "direct", "found", "shell", "true", "no-such-program",
                    "behind", "nested", "searched", "env0"):
        for path in os.path.abspath(program), program:
            try:
                subprocess.call([path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env={"PATH": os.getcwd() + ":/usr/bin:/bin"})
                print(program, "started")
            except PermissionError:
                print(program, "refused")
            except OSError:
                print(program, "missing")
"""


def test_a_python_is_known_by_what_a_link_or_the_first_line_leads_to(place):
    place.policy("children = deny\ndefault = allow\n")
    done = start(place, "run", OTHERWISE)
    words = [line.split() for line in done.out.splitlines()]
    assert [words[i:i + 2] for i in range(0, len(words), 2)] == [
        [["linked", "refused"]] * 2, [["direct", "refused"]] * 2, [["found", "refused"]] * 2,
        [["shell", "started"]] * 2, [["true", "missing"], ["true", "started"]],
        [["no-such-program", "missing"]] * 2, [["behind", "refused"]] * 2,
        [["nested", "refused"]] * 2, [["searched", "refused"]] * 2,
        [["env0", "refused"]] * 2], (done.out, done.err)


ELSEWHERE = """
    import _posixsubprocess, os, sys
    class Lies:
        def __iter__(self):
            return iter((b"/bin/true",))
        def __len__(self):
            return 1
        def __getitem__(self, index):
            return (os.fsencode(sys.executable),)[index]
    def starts(function):
        child = os.fork()
        if not child:
            try:
                function()
            except PermissionError:
                print("refused", flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    def fork_exec(programs):
        read, write = os.pipe()
        line = [b"python3", b"-c", b"print('started')"]
        arguments = [line, programs, True, (write,), None, None, -1, -1, -1, -1, -1, -1,
                     read, write, False, False]
        minor = sys.version_info[1]
        arguments += [-1] if minor > 10 else []
        arguments += [None] if minor < 9 else [None, None, None, -1, None]
        arguments += [True] if minor > 10 else []
        os.waitpid(_posixsubprocess.fork_exec(*arguments), 0)
    class Descriptor:
        def __init__(self, file):
            self.file = file
        def __index__(self):
            return self.file.fileno()
    line = ["python3", "-c", "print('started')"]
    with open(sys.executable, "rb") as python, open("/bin/true", "rb") as true:
        for file in python, true:
            starts(lambda: os.execve(file.fileno(), line, dict(os.environ)))
        starts(lambda: os.execve(Descriptor(python), line, dict(os.environ)))
    if not os.path.islink("interpreter"):
        os.symlink(sys.executable, "interpreter")
    os.environ["PATH"] = ":/usr/bin:/bin"
    for program in "interpreter", "true":
        starts(lambda: os.waitpid(os.posix_spawnp(program, line, os.environ), 0))
    starts(lambda: fork_exec([os.fsencode(sys.executable)]))
    starts(lambda: fork_exec(Lies()))
"""


def test_a_python_is_known_behind_a_descriptor_and_a_list_that_lies(place):
    place.policy("children = deny\ndefault = allow\n")
    done = start(place, "run", ELSEWHERE)
    assert (done.code, done.out) == (0, "refused\n" * 4), done.err
    place.policy("default = allow\n")
    done = start(place, "run", ELSEWHERE)
    assert (done.code, done.out) == (0, "started\n" * 5), done.err


def test_denied_ones_are_started_where_the_policy_observes(place):
    place.policy("mode = observe\nchildren = deny\ndefault = allow\n")
    done = start(place, "run", STARTS)
    lines = done.out.splitlines()
    assert lines[:4] == ["started"] * 4 and "replaced" in lines, done.err
    records = [r for r in done.records if r["event"] == "child"]
    assert "would-refuse" in {r["outcome"] for r in records}


def test_they_are_free_where_the_policy_says_so(place):
    place.policy(POLICY.replace("default", "children = free\ndefault", 1))
    done = start(place, "run", MAIN, "spawn")
    assert done.out.splitlines()[0] == "pool ['colorsys', 'chunk_of_ours', 'json']", done.err
    assert {r["pid"] for r in done.records} == {done.records[0]["pid"]}


def test_other_pythons_are_left_alone(place):
    """`guarded` is for the same program; what is run by hand is another."""
    done = start(
        place, "run",
        """
        import subprocess, sys
        print(subprocess.run([sys.executable, "-c", "import colorsys; print('free')"],
                             stdout=subprocess.PIPE).stdout.decode().strip())
        """)
    assert done.out == "free\n", done.err


def test_another_main_module_is_not_the_program(place):
    """A plugin tells multiprocessing that the main module is elsewhere."""
    place.write("evil.py", "import secret\nprint('reached')\n")
    place.write("plugin.py", """
        import multiprocessing, sys
        def starts():
            sys.modules["__main__"].__file__ = "evil.py"
            process = multiprocessing.get_context("spawn").Process(target=print, args=("ran",))
            process.start()
            process.join(60)
            return process.exitcode
        """)
    done = start(
        place, "run",
        """
        import plugin
        if __name__ == "__main__":
            print(plugin.starts())
        """)
    assert done.out == "1\n", done.err
    assert "ImportDenied" in done.err


@pytest.mark.parametrize("value", ["map(__import__, ['secret'])", "Lists(['secret'])"])
def test_what_is_told_a_process_is_looked_at(place, value):
    """Objects that import when they are used, where paths belong."""
    place.write("plugin.py", """
        import multiprocessing, multiprocessing.spawn
        class Lists(list):
            pass
        def starts():
            told = multiprocessing.spawn.get_preparation_data
            def tell(name):
                data = told(name)
                data["sys_path"] = %s
                return data
            multiprocessing.spawn.get_preparation_data = tell
            process = multiprocessing.get_context("spawn").Process(target=print, args=("ran",))
            process.start()
            process.join(60)
        """ % value)
    done = start(
        place, "run",
        """
        import plugin
        if __name__ == "__main__":
            plugin.starts()
        """)
    assert [r for r in done.attempts("secret") if r["verdict"] == "allow"] == [], done.err


def test_a_descriptor_as_sink_is_handed_on(place):
    with open(place.log, "ab") as log:
        done = place.spawn(
            [os.path.join(BUILD, "stockade"), "run", "-p", "policy.ini", "--audit",
             "fd:%d" % log.fileno(), place.write("main.py", MAIN), "spawn"],
            pass_fds=[log.fileno()], timeout=120)
    assert done.out.startswith("pool ['ImportDenied', 'chunk_of_ours', 'json']\n"), done.err
    assert len({r["pid"] for r in done.records}) == 6
    assert verified(place) == 0


SITE = """\
import os, stockade
if not stockade.current():
    stockade.install(os.environ.get("POLICY", {policy!r}), audit={audit!r})
"""


def spawn_with_site(place, *argv):
    """Every Python that finds `site/` first is guarded before its program."""
    place.write("site/sitecustomize.py", SITE.format(
        policy=place.path("policy.ini"), audit="file:" + place.log))
    path = os.pathsep.join([place.path("site"), environment()["PYTHONPATH"]])
    return place.spawn([sys.executable, *argv], env=environment(PYTHONPATH=path), timeout=120)


def start_from_site(place, main, *args):
    return spawn_with_site(place, place.write("main.py", main), *args)


@pytest.mark.parametrize("method", METHODS)
def test_a_guard_that_site_installs_is_the_one_in_them(place, method):
    done = start_from_site(place, MAIN, method)
    assert done.out.splitlines() == [
        "pool ['ImportDenied', 'chunk_of_ours', 'json']", "process ImportDenied",
        "process chunk_of_ours", "host 1", "exec 1"], done.err
    assert {r["verdict"] for r in done.attempts("secret")} == {"deny"}


@pytest.mark.parametrize("argv", [["main.py"], ["-m", "main"], ["-c", "import main"], ["."]])
def test_a_program_is_known_where_site_installs_the_guard(place, argv):
    place.policy("""
        default = allow
        trusted = @stdlib
        [modules from main]
        secret = allow
        [modules from __main__]
        secret = allow
        harmless = deny
        main = allow
        [modules from plugin]
        secret = deny
        """)
    place.write("__main__.py", "import main")
    place.write("main.py", """
        import importlib, plugin
        importlib.import_module("secret")
        print("got")
        """)
    done = spawn_with_site(place, *argv)
    assert done.out == "got\n", done.err
    asked = done.attempts("secret")[-1]["importer"]
    assert asked == ("__main__" if argv[-1] in ("main.py", "main") else "main")


@pytest.mark.parametrize("method", METHODS)
def test_a_guard_of_another_policy_that_site_installs_is_none(place, method):
    place.policy("default = allow\n", "other.ini")
    done = start_from_site(place, """
        import multiprocessing, os, sys
        if __name__ == "__main__":
            os.environ["POLICY"] = %r
            process = multiprocessing.get_context(sys.argv[1]).Process(target=print, args=("ran",))
            try:
                process.start()
                process.join(60)
                print("ended", process.exitcode)
            except (EOFError, ConnectionError): # a server of forks that has ended
                print("ended 3")
        """ % place.path("other.ini"), method)
    assert done.out == "ended 3\n", done.out + done.err
    assert "a guard is installed in this process already" in done.err


def test_nobody_begins_a_child_later(place):
    place.write("plugin.py", """
        import _stockade, stockade._child, threading
        def tries():
            threading.Thread(target=stockade._child.start, args=("spawn", dict(
                policy="policy.ini", observe=False, audit=None, policy_key=None,
                policy_state=None, digest="", creators=[], parent=1, program=(0, 0),
                places=([], 0)))).start()
        """)
    done = start_from_site(place, """
        import plugin
        plugin.tries()
        """)
    assert "a guard is installed in this process already" in done.err


@pytest.mark.parametrize("method", METHODS)
def test_a_program_that_installs_as_it_is_imported_has_its_guard(place, method):
    place.write("other.ini", "[stockade]\nversion = 1\n")
    place.write("main.py", """
        import multiprocessing, stockade, sys
        guard = stockade.install("policy.ini", audit="file:imports.jsonl")
        def tries(name):
            try:
                stockade.install("other.ini")
            except RuntimeError as error:
                return guard.explain(name)["verdict"], str(error)
        if __name__ == "__main__":
            with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
                print(*pool.apply(tries, ["colorsys"]))
        """)
    done = place.spawn([sys.executable, "main.py", method], timeout=120)
    assert done.out == "deny a guard is installed in this process already\n", done.err
