# SPDX-License-Identifier: Apache-2.0
"""Audit events are judged for everybody on the stack, up to the import."""

# covers: python/layers/event.c, python/layers/harmless.c

import json
import sys

import pytest

import askplace

POLICY = """
default = allow
trusted = @stdlib
[events from plug]
os.system = deny
os.listdir = allow
subprocess.Popen = deny
_posixsubprocess.fork_exec = deny
socket.* = deny
acme.* = deny
sys._getframe = deny
object.__getattr__ = deny
object.__setattr__ = deny
"""


@pytest.fixture
def place(tmp_path):
    return askplace.make(tmp_path, POLICY)


def told(place, plug, main="import plug\n"):
    return askplace.told(place, "import sys, os\n" + plug, main)


def events(done, name):
    return [record for record in done.records if record["event"] == name]


def test_a_denied_event_raises_and_is_recorded(place):
    answers, done = told(place, "tell(os.system, 'exit 3')\n",
                         "import os, plug\nassert os.system('true') == 0\n")
    assert answers == [["denied", "os.system", "plug"]]
    (record,) = events(done, "os.system")
    assert record["name"] == "os.system"
    assert (record["verdict"], record["outcome"], record["importer"]) == (
        "deny", "refused", "plug")
    assert record["rule"].endswith("policy.ini:6")
    assert record["reason"] == "importer"
    assert record["file"].endswith("ask.py")


def test_the_exception_is_what_honest_code_expects(place):
    _, done = told(place, """
import errno, stockade
try:
    os.system('true')
except OSError as error:
    assert isinstance(error, PermissionError)
    assert type(error) is stockade.EventDenied
    assert error.errno == errno.EPERM
    assert (error.name, error.importer, error.reason) == ('os.system', 'plug', 'importer')
    assert error.rule.endswith('policy.ini:6')
    print(error.strerror)
""")
    path = place.path("policy.ini")
    assert done.out == (
        'os.system: denied to plug by "os.system = deny" at {0}:6; stockade '
        "explain {0} --event os.system --from plug\n".format(path))


def test_the_class_is_there_to_be_made(place):
    _, done = told(place, """
import stockade
made = stockade.EventDenied(1, "no")
assert (made.name, made.importer, made.rule, made.reason) == (None,) * 4
assert stockade.EventDenied.__doc__ and "EventDenied" in stockade.__all__
""")


def test_what_a_library_does_for_the_plugin_is_the_plugins(place):
    place.write("lib.py", """
        import os, socket
        def run(): return os.system('true')
        def name(): return socket.gethostname()
    """)
    answers, _ = told(place, "import lib\ntell(lib.run)\ntell(lib.name)\n",
                      "import lib\nlib.run(); lib.name()\nimport plug\n")
    assert answers == [["denied", "os.system", "plug"],
                       ["denied", "socket.gethostname", "plug"]]


def test_what_a_module_does_while_it_is_loaded_is_its_own(place):
    place.write("lib.py", "import os\nassert os.system('true') == 0\n")
    place.write("below.py", "import ask, os\nask.tell(os.system, 'true')\n")
    answers, _ = told(place, "import lib, below\ntell(os.system, 'true')\n")
    assert answers == [["done"], ["denied", "os.system", "plug"]]


def test_submodules_are_held_by_their_packages_section(place):
    place.write("plug/__init__.py", "")
    place.write("plug/deep.py", "import os\nfrom ask import tell\ntell(os.system, 'true')\n")
    done = place.install("import plug.deep\n")
    assert json.loads(done.out) == ["denied", "os.system", "plug.deep"]


def test_a_module_that_the_plugin_brought_along_is_held(place):
    answers, _ = told(place, """
import tempfile
folder = tempfile.mkdtemp()
with open(folder + "/evil.py", "w") as file:
    file.write("import os\\nfrom ask import tell\\ntell(os.system, 'true')\\n")
sys.path.insert(0, folder)
import evil
""")
    assert answers == [["denied", "os.system", "plug"]]


def test_unknown_code_is_bound_by_any_deny(place):
    answers, _ = told(place, "", """
import plug
from ask import tell
space = {}
exec("import os\\ndef run(): os.system('true')\\ndef ls(): os.listdir('.')", space)
tell(space["run"])
tell(space["ls"])
""")
    assert answers == [["denied", "os.system", None], ["done"]]


def test_threads_and_executors_go_on_asking(place):
    answers, _ = told(place, """
import threading, concurrent.futures
thread = threading.Thread(target=tell, args=(os.system, 'true'))
thread.start(); thread.join()
with concurrent.futures.ThreadPoolExecutor(1) as pool:
    tell(pool.submit(os.system, 'true').result)
""")
    assert [answer[:2] for answer in answers] == [["denied", "os.system"]] * 2


def test_forged_names_do_not_change_who_asks(place):
    answers, _ = told(place, """
space = {"__name__": "json", "os": os}
exec("def run(): os.system('true')", space)
tell(space["run"])
__name__ = "json"
def run(): os.system('true')
tell(run)
""")
    assert [answer[1] for answer in answers] == ["os.system"] * 2


def test_a_programs_own_events_are_judged(place):
    answers, done = told(place, """
tell(sys.audit, "acme.started", 1)
tell(sys.audit, "acmes.started", 1)
tell(sys.audit, "end")
tell(sys.audit, "start")
""")
    assert answers == [["denied", "acme.started", "plug"], ["done"], ["done"], ["done"]]
    assert len(events(done, "acme.started")) == 1
    assert len(events(done, "start")) == len(events(done, "end")) == 1


def test_an_allowed_event_is_recorded_once(place):
    answers, done = told(place, """
for _ in range(5):
    os.listdir('.')
def other():
    os.listdir('.')
other()
""", "import plug, os\nos.listdir('.')\nprint(_guard.stats()['repeats'] > 4)\n")
    (record,) = events(done, "os.listdir")
    assert (record["verdict"], record["outcome"], record["importer"]) == (
        "allow", "done", "plug")
    assert record["line"] == 5
    assert "True" in done.out


def test_cached_all_records_each(place):
    place.policy("cached = all\n" + POLICY)
    _, done = told(place, "for _ in range(5):\n    os.listdir('.')\n")
    assert len(events(done, "os.listdir")) == 5


def test_what_no_rule_names_is_not_recorded(place):
    _, done = told(place, "os.scandir('.').close()\nopen(__file__).close()\n")
    assert {record["event"] for record in done.records} == {"start", "import", "end"}


def test_observing_denies_nothing_and_says_so(place):
    place.policy("mode = observe\n" + POLICY)
    answers, done = told(place, "tell(os.system, 'true')\n")
    assert answers == [["done"]]
    (record,) = events(done, "os.system")
    assert (record["verdict"], record["outcome"]) == ("deny", "would-refuse")


def test_the_second_policy_is_told(place):
    place.policy(POLICY, "second.ini")
    place.policy("default = allow\nobserve = second.ini\n")
    answers, done = told(place, "tell(os.system, 'true')\n")
    assert answers == [["done"]]
    (record,) = events(done, "os.system")
    assert (record["verdict"], record["observe"]) == ("allow", "deny")
    assert record["observe_rule"].endswith("second.ini:6")


def test_a_reload_counts_at_once(place):
    answers, _ = told(place, "def run(): tell(os.system, 'true')\n", """
import plug
plug.run()
with open("policy.ini", "w") as file:
    file.write("[stockade]\\nversion = 1\\ndefault = allow\\n")
_guard.reload()
plug.run()
""")
    assert answers == [["denied", "os.system", "plug"], ["done"]]


def test_reading_frames_is_a_librarys_own_business(place):
    answers, _ = told(place, """
import collections, logging, inspect, typing
tell(collections.namedtuple, "A", "b c")
tell(logging.getLogger("x").debug, "y")
tell(inspect.signature, tell)
tell(sys._getframe)
tell(inspect.currentframe)
tell(logging.currentframe)
tell(getattr, collections.namedtuple, "__code__")
tell(getattr, tell, "__name__")
def own(): pass
own.__code__, own.__globals__
own.__defaults__ = ()
""")
    # `tell` is not the plugin's code: what it calls is done for the plugin
    assert [answer[0] for answer in answers] == [
        "done", "done", "done", "denied", "denied", "denied", "denied", "done"]


def test_a_socket_of_this_machine_alone_may_be_made(place):
    answers, _ = told(place, """
import socket, asyncio
tell(socket.socket, socket.AF_UNIX)
tell(socket.socket)
tell(socket.socket(socket.AF_UNIX).connect, "/nothing/there")
async def nothing(): pass
tell(lambda: asyncio.run(nothing()))
""")
    assert [answer[:2] for answer in answers] == [
        ["done"], ["denied", "socket.__new__"], ["denied", "socket.connect"], ["done"]]


def test_importing_is_not_judged_as_what_it_does(place):
    place.policy("default = allow\n[events from plug]\n* = deny\n")
    place.write("lib.py", "def f(): return 1\n")
    _, done = told(place, "import lib, colorsys\nlib.f()\n")
    assert {r["event"] for r in done.records} <= {"start", "import", "end"}


def test_a_path_hook_is_no_part_of_importing(place):
    answers, _ = told(place, """
sys.path_hooks.insert(0, os.system)
sys.path.insert(0, "exit 3")
tell(__import__, "nothing_of_the_kind")
""")
    assert answers == [["denied", "os.system", "plug"]]


def test_start_and_end_are_never_refused(place):
    place.policy("default = allow\ntrusted = @stdlib\n[events]\n* = deny\n"
                 "[events from __main__]\n* = allow\n")
    place.write("prog.py", """
        import atexit
        atexit.register(print, "end")
        class Late:
            def __del__(self): pass
        late = Late()
        print("ran")
    """)
    done = place.run("prog.py")
    assert (done.code, done.out) == (0, "ran\nend\n"), done.err
    assert "denied" not in done.err


def test_nobodys_code_at_the_end_is_unknown(place):
    _, done = told(place, "import atexit\natexit.register(os.system, 'echo ran')\n")
    assert "ran" not in done.out.split("\n")
    assert "EventDenied" in done.err


UNDER_ANOTHER_NAME = """\
import %s as found
import importlib.util
path = found.__spec__.origin
spec = importlib.util.spec_from_file_location("other." + found.__name__, path)
i = importlib.util.module_from_spec(spec)
spec.loader.exec_module(i)
i.destroy(i.create())"""


@pytest.mark.parametrize("make", [
    "import _xxsubinterpreters as i\ni.destroy(i.create())",
    "import _interpreters as i\ni.destroy(i.create())",
    UNDER_ANOTHER_NAME % "_xxsubinterpreters",
    UNDER_ANOTHER_NAME % "_interpreters",
])
def test_an_interpreter_may_be_refused_and_starts_where_it_is_not(place, make):
    place.policy("default = allow\ntrusted = @stdlib\n[events from plug]\n"
                 "cpython.PyInterpreterState_New = deny\n")
    place.write("plug.py", "def make():\n" + "".join(
        "    %s\n" % line for line in make.split("\n")))
    module = make.split()[1]
    done = place.install("""
        import importlib.util, plug
        if importlib.util.find_spec(%r) is None:
            print("absent")
        else:
            try:
                plug.make()
            except Exception as error:
                print("refused", type(error).__name__)
            %s
            print("made")
    """ % (module, make.replace("\n", "\n            ")))
    assert done.code == 0, done.err
    lines = done.out.split("\n")
    assert lines[0] != "absent" or "subinterp" not in module or sys.version_info >= (3, 13)
    if lines[0] != "absent":
        assert lines[0].startswith("refused"), done.out
    assert lines[0] == "absent" or "made" in lines, done.out


SPAWN = """
import multiprocessing.util
def spawn():
    read, write = os.pipe()
    child = multiprocessing.util.spawnv_passfds(b"/bin/true", [b"true"], [write])
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize("before", ["", "import subprocess\n"])
def test_the_function_behind_subprocess_has_an_event(place, before):
    place.write("main.py", before + "import stockade\n"
                "guard = stockade.install('policy.ini', audit='file:imports.jsonl')\n"
                "import plug, os, subprocess\nplug.spawn()\n"
                "assert subprocess.call(['true']) == 0\n"
                "import _posixsubprocess\nprint(_posixsubprocess.fork_exec.__name__)\n")
    place.write("plug.py", "import sys, os\nfrom ask import tell\n" + SPAWN + "tell(spawn)\n")
    done = place.spawn([sys.executable, "main.py"])
    assert done.code != 0 and "EventDenied: [Errno 1] _posixsubprocess.fork_exec" in done.err
    assert json.loads(done.out.splitlines()[0])[1] == "_posixsubprocess.fork_exec"
    place.policy(POLICY.replace("_posixsubprocess.fork_exec = deny", "").replace(
        "subprocess.Popen = deny", ""))
    done = place.spawn([sys.executable, "main.py"])
    assert (done.code, done.out) == (0, '["done"]\nfork_exec\n'), done.err


def test_explain_answers_for_events(place):
    answers, done = told(place, "", """
import plug
told = _guard.explain("os.system", "plug", event=True)
print(told["verdict"], told["event"], told["reason"])
print(_guard.explain("os.system", event=True)["verdict"])
""")
    assert done.out == (
        'deny True os.system is denied to plug by "os.system = deny" in '
        "[events from plug]\nallow\n")
