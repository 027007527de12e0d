# SPDX-License-Identifier: Apache-2.0
"""The log of a real program: whole, whatever becomes of the program."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time

import pytest

import clitool
from guarded import BUILD, Place, dedent, environment

ALLOW = "default = allow\n"
BOTH = pytest.mark.parametrize("through_run", [False, True], ids=["install", "run"])


def verify(log):
    """The exit code and the JSON of `stockade audit verify`."""
    answer, code = clitool.answer("audit", "verify", log)
    return code, answer


def assert_whole(log, chains, without_end=0):
    code, answer = verify(log)
    assert code == 0, answer
    assert answer["findings"] == []
    assert len(answer["chains"]) == chains
    assert sum(not chain["ended"] for chain in answer["chains"]) == without_end


def program(place, main, through_run, **kwargs):
    """Runs `main` either way, to its end."""
    if not through_run:
        return place.install(main, **kwargs)
    place.write("main.py", main)
    return place.run("main.py", **kwargs)


def command(place, main, through_run):
    """The command line that program() would run."""
    if through_run:
        place.write("main.py", main)
        return [os.path.join(BUILD, "stockade"), "run", "-p", "policy.ini",
                "--audit", "file:imports.jsonl", "main.py"]
    place.write("main.py", "import stockade\nstockade.install('policy.ini', "
                "audit='file:imports.jsonl')\n" + dedent(main))
    return [sys.executable, "main.py"]


# ---- a death in the middle --------------------------------------------------

STORM = """
import os
for i in range(10**7):
    try:
        __import__("storm_%d" % i)
    except ModuleNotFoundError:
        pass
    os.write(1, b"%d\\n" % i)
"""


@BOTH
def test_a_killed_import_storm_loses_nothing_that_was_decided(tmp_path, through_run):
    place = Place(tmp_path)
    place.policy(ALLOW + "[modules]\nstorm_1* = deny\n")
    child = subprocess.Popen(
        command(place, STORM, through_run), cwd=place.folder, env=environment(),
        stdout=subprocess.PIPE)
    try:
        said = b""
        while said.count(b"\n") < 2000:
            said += os.read(child.stdout.fileno(), 65536)
    finally:
        os.kill(child.pid, signal.SIGKILL)
    said += child.stdout.read()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    decided = ["storm_%d" % int(word) for word in said.split()]
    records = [json.loads(line) for line in open(place.log, encoding="utf-8")]
    logged = [r["name"] for r in records if r.get("name", "").startswith("storm_")]
    assert logged[: len(decided)] == decided
    # one may be decided and not yet told when the kill comes
    assert len(logged) - len(decided) in (0, 1)
    assert records[-1]["event"] == "import"
    refused = {r["name"] for r in records if r.get("outcome") == "refused"}
    assert refused == {name for name in logged if name.startswith("storm_1")}


def test_verify_says_where_the_log_of_a_killed_process_ends(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    done = place.install("""
        import os, signal
        import colorsys
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    assert done.code == -signal.SIGKILL
    assert_whole(place.log, chains=1, without_end=1)
    _, answer = verify(place.log)
    chain, = answer["chains"]
    last = done.records[-1]
    assert (chain["last_seq"], chain["last_line"]) == (last["seq"], len(done.records))
    assert chain["head"] == clitool.digest(open(place.log).read().splitlines()[-1])
    text = clitool.run("audit", "verify", place.log).stdout
    assert "process %d: %d records, the last (seq %d) on line %d, no end" % (
        last["pid"], last["seq"] + 1, last["seq"], len(done.records)) in text
    assert "1 without an end, 0 findings" in text


@BOTH
def test_a_log_that_is_cut_short_is_noticed(tmp_path, through_run):
    place = Place(tmp_path)
    place.policy(ALLOW)
    program(place, "import colorsys, json\n", through_run)
    lines = open(place.log, encoding="utf-8").readlines()
    with open(place.log, "w", encoding="utf-8") as log:
        log.writelines(lines[:-1])
    _, answer = verify(place.log)
    assert [chain["ended"] for chain in answer["chains"]] == [False]
    with open(place.log, "w", encoding="utf-8") as log:
        log.writelines(lines[:1] + lines[2:])
    code, answer = verify(place.log)
    assert code == 1 and answer["findings"][0]["line"] == 2


# ---- how it ends ------------------------------------------------------------

ENDS = {
    "to its end": ("", 0),
    "sys.exit": ("import sys; sys.exit(7)", 7),
    "sys.exit with a text": ("raise SystemExit('words')", 1),
    "an uncaught exception": ("1 / 0", 1),
    "an uncaught denial": ("import denied_one", 1),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", -signal.SIGINT),
    "SIGINT": ("import os, signal; os.kill(os.getpid(), signal.SIGINT)\n"
               "while True: pass", -signal.SIGINT),
    "SIGTERM with a handler": (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "while True: pass", 9),
    "a thread that outlives the main one": (
        "import threading, time\n"
        "def late():\n    time.sleep(.2)\n    import colorsys\n"
        "threading.Thread(target=late).start()", 0),
    "an import at exit": (
        "import atexit\n"
        "def late():\n    import colorsys\n"
        "atexit.register(late)", 0),
    "an import in __del__ at the very end": (
        "class Late:\n"
        "    def __del__(self):\n"
        "        try:\n            import colorsys\n"
        "        except ImportError:\n            pass\n"
        "late = Late()", 0),
}


@BOTH
@pytest.mark.parametrize("how", sorted(ENDS))
def test_an_end_is_written_however_the_program_ends(tmp_path, how, through_run):
    source, code = ENDS[how]
    place = Place(tmp_path)
    place.policy(ALLOW + "[modules]\ndenied_one = deny\n")
    done = program(place, source, through_run)
    assert done.code == code, done.err
    assert done.records[-1]["event"] == "end"
    assert [r["event"] for r in done.records].count("end") == 1
    assert_whole(place.log, chains=1)
    if "colorsys" in source:
        assert done.attempts("colorsys")


KILLS = {
    "os._exit": ("import os; os._exit(3)", 3),
    "SIGTERM": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)\n"
                "while True: pass", -signal.SIGTERM),
    "abort": ("import os; os.abort()", -signal.SIGABRT),
    "exec": ("import os, sys; os.execv('/bin/true', ['true'])", 0),
}


@BOTH
@pytest.mark.parametrize("how", sorted(KILLS))
def test_no_end_is_made_up_for_a_program_that_had_none(tmp_path, how, through_run):
    source, code = KILLS[how]
    place = Place(tmp_path)
    place.policy(ALLOW)
    done = program(place, "import colorsys\n" + source, through_run)
    assert done.code == code, done.err
    assert done.records[-1]["event"] == "import"
    assert done.attempts("colorsys")
    assert_whole(place.log, chains=1, without_end=1)


# ---- a sink that fails ------------------------------------------------------

LOST = "stockade: audit record lost: "
FULL = "/dev/full"
FAILURES = {
    "deny": "on_audit_failure = deny\n",
    "deny by default": "",
    "continue": "on_audit_failure = continue\n",
}


@BOTH
@pytest.mark.parametrize("policy", ["", "on_audit_failure = deny\n"])
def test_a_full_disk_starts_nothing_where_it_denies(tmp_path, policy, through_run):
    place = Place(tmp_path)
    place.policy(policy + ALLOW)
    place.log = FULL
    done = program(place, "print('RAN')\n", through_run)
    assert "RAN" not in done.out
    assert done.code == (3 if through_run else 1)
    assert done.err.count(LOST) == 1
    assert "%s: cannot write: No space left on device" % FULL in done.err
    if not through_run:
        assert re.search(r"^OSError: \[Errno 28\] ", done.err, re.M), done.err


@BOTH
def test_a_full_disk_is_said_once_where_it_continues(tmp_path, through_run):
    place = Place(tmp_path)
    place.policy("on_audit_failure = continue\n" + ALLOW)
    place.log = FULL
    done = program(place, """
        import stockade, colorsys
        stats = stockade.current().stats()
        print(colorsys.__name__, stats["lost"] > 1, stats["refused"])
    """, through_run)
    assert (done.code, done.out) == (0, "colorsys True 0\n"), done.err
    assert done.err == LOST + "file:%s: cannot write: No space left on device\n" % FULL


# From here on the file takes no more bytes than it has, plus a few.
LIMIT = """
import os, resource, stockade
size = os.stat("imports.jsonl").st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
"""


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_a_file_at_its_limit(tmp_path, failure):
    place = Place(tmp_path)
    place.policy(FAILURES[failure] + ALLOW)
    done = place.install(LIMIT + dedent("""
        for name in ("colorsys", "absent_module", "colorsys", "this"):
            try:
                __import__(name)
            except stockade.ImportDenied as denied:
                print("DENIED", denied.name, denied.reason)
            except ModuleNotFoundError as absent:
                print("ABSENT", absent.name)
            else:
                print("GOT", name)
        print(stockade.current().stats()["lost"] > 0)
    """))
    assert done.code == 0, done.err
    told = done.out.split("\n")
    if failure == "continue":
        assert told[:3] == ["GOT colorsys", "ABSENT absent_module", "GOT colorsys"]
    else:
        assert told[:4] == ["DENIED colorsys audit", "DENIED absent_module audit",
                            "DENIED colorsys audit", "DENIED this audit"]
    assert told[-2] == "True"
    assert done.err.count(LOST) == 1 and done.err.count("\n") == 1
    assert "is the disk full?" in done.err or "File too large" in done.err


def test_a_full_disk_shows_in_the_log_as_a_cut(tmp_path):
    place = Place(tmp_path)
    place.policy("on_audit_failure = continue\n" + ALLOW)
    place.install(LIMIT + "import colorsys\n")
    code, answer = verify(place.log)
    assert (code, len(answer["findings"])) == (1, 1), answer
    assert [chain["ended"] for chain in answer["chains"]] == [False]


def test_a_denied_import_stays_denied_when_the_record_is_lost(tmp_path):
    place = Place(tmp_path)
    place.policy("on_audit_failure = continue\n" + ALLOW + "[modules]\ncolorsys = deny\n")
    done = place.install(LIMIT + dedent("""
        try:
            import colorsys
        except stockade.ImportDenied as denied:
            print(denied.reason)
    """))
    assert (done.code, done.out) == (0, "rule\n"), done.err


def test_the_message_of_a_lost_record_says_so(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    done = place.install(LIMIT + "import colorsys\n")
    assert done.code == 1
    last = done.err.strip().split("\n")[-1]
    assert last.startswith(
        "stockade.ImportDenied: No module named 'colorsys': denied to __main__, the record "
        "could not be written (file:"), last


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_a_closed_pipe_does_as_the_policy_says_and_raises_no_signal(tmp_path, failure):
    place = Place(tmp_path)
    place.policy(FAILURES[failure] + ALLOW)
    place.write("main.py", """
        import os, signal, stockade
        ours, theirs = os.pipe()
        stockade.install("policy.ini", audit="fd:%d" % theirs)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.close(theirs)
        os.close(ours)
        for name in ("colorsys", "colorsys"):
            try:
                __import__(name)
            except ImportError as denied:
                print(type(denied).__name__, denied.reason)
            else:
                print("GOT")
        print(stockade.current().stats()["lost"] > 0)
    """)
    done = place.spawn([sys.executable, "main.py"])
    assert done.code == 0, (done.code, done.err)
    if failure == "continue":
        assert done.out == "GOT\nGOT\nTrue\n"
    else:
        assert done.out == "ImportDenied audit\nImportDenied audit\nTrue\n"
    assert done.err.count(LOST) == 1
    assert re.match(LOST + r"fd:\d+: cannot write: Broken pipe\n$", done.err), done.err


def test_a_log_in_a_folder_that_is_not_there_installs_nothing(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    place.write("main.py", """
        import builtins, stockade, sys
        before = builtins.__import__, list(sys.meta_path)
        file = open("policy.ini")
        only_read = "fd:%d" % file.fileno()
        for audit in ("file:none/log", "file:", "fd:", "fd:x", "fd:999", only_read, "sylsog:",
                      "file:.", "file:fifo", "syslog:none", "nothing"):
            try:
                stockade.install("policy.ini", audit=audit)
            except (OSError, ValueError) as e:
                print(type(e).__name__, e)
        assert stockade.current() is None
        assert before == (builtins.__import__, list(sys.meta_path))
    """)
    os.mkfifo(place.path("fifo"))
    done = place.spawn([sys.executable, "main.py"])
    assert done.code == 0, done.err
    told = done.out.strip().split("\n")
    assert len(told) == 11, done.out
    expected = [
        ("FileNotFoundError", "none/log: cannot open the audit log: No such file or directory"),
        ("ValueError", 'audit sink "file:" names no file'),
        ("ValueError", 'audit sink "fd:" names no descriptor'),
        ("ValueError", 'audit sink "fd:x" names no descriptor'),
        ("OSError", "audit sink fd:999: cannot use descriptor: Bad file descriptor"),
        ("OSError", ": is not open for writing"),
        ("ValueError", "sylsog:"),
        ("IsADirectoryError", "."),
        ("OSError", "fifo: audit log is a FIFO; open it yourself and use fd:N"),
        ("FileNotFoundError", "none"),
        ("ValueError", "nothing"),
    ]
    for line, (kind, words) in zip(told, expected):
        assert line.startswith(kind + " ") and words in line, line


# ---- many writers -----------------------------------------------------------

CROWD = """
import os, sys, threading
sys.path.insert(0, "crowd")
def ask(who):
    for i in range(60):
        try:
            __import__("absent_%s_%d" % (who, i))
        except ImportError:
            pass
        __import__("m%d" % i)
def crowd(who):
    threads = [threading.Thread(target=ask, args=("%s_%d" % (who, n),)) for n in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
children = []
for n in range(8):
    pid = os.fork()
    if not pid:
        crowd("child%d" % n)
        sys.exit(0)
    children.append(pid)
crowd("parent")
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
"""


@BOTH
def test_eight_threads_and_eight_children_write_whole_lines(tmp_path, through_run):
    place = Place(tmp_path)
    place.policy("cached = all\n" + ALLOW)
    place.files({"crowd/m%d.py" % i: "" for i in range(60)})
    done = program(place, CROWD, through_run)
    assert done.code == 0, done.err
    assert done.err == ""
    text = open(place.log, encoding="utf-8").read()
    assert text.endswith("\n") and "\n\n" not in text
    assert_whole(place.log, chains=9)
    asked = {r["name"] for r in done.records if r.get("name", "").startswith("absent_")}
    assert len(asked) == 9 * 8 * 60
    assert len({r["pid"] for r in done.records}) == 9
    assert len({(r["pid"], r["tid"]) for r in done.records}) >= 9 * 8
    starts = [r["reason"] for r in done.records if r["event"] == "start"]
    assert starts.count("fork") == 8 and len(starts) == 9
    # every thread of every process asked for each module that is there
    asked = [r for r in done.attempts() if re.match(r"m\d+$", r["name"])]
    assert len(asked) == 9 * 8 * 60


def test_processes_of_their_own_share_a_file(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    argv = command(place, "for i in range(300):\n"
                   "    try: __import__('absent_%d' % i)\n"
                   "    except ImportError: pass\n", False)
    children = [subprocess.Popen(argv, cwd=place.folder, env=environment())
                for _ in range(4)]
    assert [child.wait(timeout=60) for child in children] == [0] * 4
    assert_whole(place.log, chains=4)


def test_a_forked_child_that_imports_nothing_writes_nothing(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    done = place.install("""
        import os
        pid = os.fork()
        if not pid:
            raise SystemExit
        os.waitpid(pid, 0)
    """)
    assert done.code == 0, done.err
    assert len({r["pid"] for r in done.records}) == 1
    assert_whole(place.log, chains=1)


# ---- names from outside -----------------------------------------------------

NAMES = {
    "newlines": "a\nb\r\nc",
    "quotes": "a\"b'c\\",
    "a forged record": 'x","verdict":"allow","name":"y',
    "a line of its own": 'x"}\n{"v":1,"event":"end"}\n',
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x85\u2028\u2029\u202e",
    "a NUL": "os\0x",
    "surrogates": "a\udc80\ud800b",
    "beyond the plane": "\U0001f40d",
    "100 kB": "n" * 100000,
    "100 kB of quotes": '"' * 100000,
    "spaces": "a b",
    "nothing printable": "\u200b",
}


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_any_name_is_one_valid_line(tmp_path, kind):
    name = NAMES[kind]
    place = Place(tmp_path)
    place.policy(ALLOW + "[modules]\nn* = allow\n")
    done = place.install("""
        import sys
        name = %s
        for importer in (__import__, __import__("importlib").import_module):
            try:
                importer(name)
            except (ImportError, ValueError, UnicodeError):
                pass
            else:
                print("GOT")
    """ % ascii(name))
    assert done.code == 0, done.err
    assert done.out == ""
    raw = open(place.log, "rb").read()
    assert b"\0" not in raw and b"\x1b" not in raw
    assert_whole(place.log, chains=1)
    # what has no UTF-8 is written in another way, and in one
    told = {"a NUL": r"os\\x00x$", "surrogates": r"a[^ab]{12,}b$"}.get(
        kind, re.escape(name) + "$")
    names = [r["name"] for r in done.attempts() if re.match(told, r["name"])]
    assert len(names) == 2 and len(set(names)) == 1
    for words in (["show"], ["stats"]):
        shown = clitool.run("audit", *words, place.log)
        assert shown.returncode == 0
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.stdout)


def test_a_name_that_is_too_long_for_a_line_is_cut_and_says_so(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    done = place.install("""
        try:
            __import__("n" * 3000000)
        except ImportError as e:
            print(type(e).__name__, len(str(e)) < 10000)
    """)
    assert done.out == "ImportDenied True\n", done.err
    record, = [r for r in done.attempts() if "cut" in r]
    assert record["cut"] == "name"
    assert record["name"].startswith("n" * 8000) and len(record["name"]) <= 8192
    assert (record["verdict"], record["reason"]) == ("deny", "name")
    assert_whole(place.log, chains=1)


def test_hostile_file_names_and_errors_are_text_too(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    done = place.install(r"""
        code = compile("import absent_one", 'evil"\n{"v":1}\udc80', "exec")
        try:
            exec(code)
        except ImportError:
            pass
        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if name == "absent_two":
                    raise type('Err"\nor', (ImportError,), {})("x")
        import sys
        sys.meta_path.append(Finder)
        try:
            import absent_two
        except ImportError:
            pass
    """)
    assert done.code == 0, done.err
    record, = done.attempts("absent_one")
    assert record["file"].startswith('evil"\n{"v":1}') and len(record["file"]) > 15
    record, = done.attempts("absent_two")
    assert (record["outcome"], record["error"]) == ("failed", 'Err"\nor')
    assert_whole(place.log, chains=1)


# ---- cached = ---------------------------------------------------------------

REPEATS = """
import helper
for i in range(5):
    import colorsys
for i in range(5):
    helper.ask()
for i in range(5):
    try:
        import denied_and_there
    except ImportError:
        pass
"""
HELPER = {
    "helper.py": """
        import sys, types
        sys.modules["denied_and_there"] = types.ModuleType("denied_and_there")
        def ask():
            import colorsys
    """,
}


@pytest.mark.parametrize("cached, written", [
    ("", [1, 1]), ("cached = first\n", [1, 1]), ("cached = all\n", [4, 5]),
    ("cached = none\n", [0, 0]),
], ids=["default", "first", "all", "none"])
@BOTH
def test_cached_attempts_are_written_as_the_policy_says(tmp_path, cached, written, through_run):
    place = Place(tmp_path)
    place.policy(cached + ALLOW + "[modules]\ndenied_and_there = deny\n")
    place.files(HELPER)
    done = program(place, REPEATS, through_run)
    assert done.code == 0, done.err
    # the first of all is no repeat, whatever `cached` says
    assert len(done.attempts("colorsys", importer="__main__", outcome="found")) == 1
    assert [len(done.attempts("colorsys", importer=importer, cached=True, outcome="cached"))
            for importer in ("__main__", "helper")] == written
    # a denial is written each time
    assert len(done.attempts("denied_and_there", outcome="refused", cached=True)) == 5
    end = done.records[-1]
    assert end["event"] == "end"
    counted = end.get("count", 0)
    if cached == "cached = all\n":
        assert counted == 0
    else:
        assert counted >= 9 - sum(written)
    assert_whole(place.log, chains=1)


def test_repeats_are_counted_exactly(tmp_path):
    place = Place(tmp_path)
    place.policy("trusted = @stdlib\n" + ALLOW)
    done = place.install("""
        import stockade, colorsys
        before = stockade.current().stats()["repeats"]
        for i in range(1000):
            import colorsys
        print(stockade.current().stats()["repeats"] - before)
    """)
    # the first of the thousand is the one that is written
    assert done.out == "999\n", done.err
    assert len(done.attempts("colorsys", cached=True)) == 1


def test_another_importer_and_another_interpreter_line_are_first_again(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    place.files({"one.py": "def ask():\n    import colorsys\n",
                 "two.py": "def ask():\n    import colorsys\n"})
    done = place.install("""
        import one, two
        for i in range(3):
            one.ask(); two.ask()
    """)
    assert [(r["importer"], r["outcome"]) for r in done.attempts("colorsys")] == [
        ("one", "found"), ("two", "cached"), ("one", "cached")]


# ---- every field ------------------------------------------------------------

ORDER = ("v seq time pid tid event name importer through file line verdict rule requirement "
         "reason cached origin loader key digest sandbox observe observe_rule outcome error "
         "ns count cut prev").split()
ALWAYS = {"v", "seq", "time", "pid", "tid", "event", "prev"}


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A log with a record of every kind, and what the program said."""
    place = Place(tmp_path_factory.mktemp("everything"))
    place.policy("default = allow\n[modules]\njson = deny\n", "second.ini")
    place.policy("""
        default = allow
        observe = second.ini
        trusted = @stdlib
        [forbidden]
        ctypes = calls any C function
        [modules]
        denied_one = deny
        denied_one.child = allow
        [modules from helper]
        colorsys = deny
    """)
    place.files({
        "helper.py": """
            def ask(name, how=__import__):
                return how(name)
        """,
        "broken.py": "import colorsys\n1 / 0\n",
        "string.py": "",
    })
    done = place.install("""
        import helper, os, stockade, sys, threading
        def attempt(name, how=__import__):
            try:
                how(name)
            except Exception as e:
                print(name, type(e).__name__)
        attempt("json")
        attempt("json")
        attempt("denied_one")
        attempt("denied_one.child")
        attempt("ctypes")
        attempt("colorsys", helper.ask)
        attempt("broken")
        attempt("absent_module")
        attempt("_queue")
        sys.modules.pop("string", None)
        attempt("string")
        eval(compile("__import__('unicodedata')", "<made up>", "eval"))
        thread = threading.Thread(target=attempt, args=("from_a_thread",))
        thread.start(); thread.join()
        print(os.getpid(), getattr(threading, "get_native_id", int)())
        _guard.reload()
        open("policy.ini", "a").write("oops\\n")
        attempt("x", lambda _: _guard.reload())
        del sys.meta_path[:]
        attempt("colorsys")
    """)
    assert done.code == 0, done.err
    return place, done


def test_fields_stand_in_one_order_and_are_of_one_type(everything):
    place, done = everything
    kinds = {"v": int, "seq": int, "pid": int, "tid": int, "line": int, "ns": int,
             "count": int, "cached": bool}
    for line in open(place.log, encoding="utf-8"):
        pairs = json.loads(line, object_pairs_hook=list)
        keys = [key for key, _ in pairs]
        assert keys == [key for key in ORDER if key in keys]
        assert ALWAYS <= set(keys)
        for key, value in pairs:
            assert type(value) is kinds.get(key, str), (key, value)
    assert_whole(place.log, chains=1)


def test_a_record_says_when_and_in_which_process(everything):
    place, done = everything
    pid, tid = map(int, done.out.split("\n")[-3].split())
    now = time.time()
    for seq, record in enumerate(done.records):
        assert (record["v"], record["seq"], record["pid"]) == (1, seq, pid)
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", record["time"])
        assert re.match(r"[0-9a-f]{64}$", record["prev"])
    stamp = time.strptime(done.records[0]["time"][:19], "%Y-%m-%dT%H:%M:%S")
    assert abs(__import__("calendar").timegm(stamp) - now) < 600
    assert tid in (0, done.records[0]["tid"]) or sys.version_info < (3, 8)
    thread, = done.attempts("from_a_thread")
    assert thread["tid"] != done.records[0]["tid"]


def test_start_says_what_is_in_force(everything):
    place, done = everything
    first = done.records[0]
    assert (first["event"], first["name"]) == ("start", place.path("policy.ini"))
    assert first["outcome"] == "enforce"
    assert first["reason"] == "install, Python %d.%d.%d" % sys.version_info[:3]
    assert re.match(r"[0-9a-f]{64}$", first["digest"])


def test_a_found_module_says_where_it_is_from(everything):
    place, done = everything
    record = done.attempts("helper")[0]
    assert record["origin"] == place.path("helper.py")
    assert (record["loader"], record["outcome"]) == ("SourceFileLoader", "found")
    assert (record["importer"], record["file"], record["line"]) == (
        "__main__", place.path("main.py"), 3)
    assert (record["verdict"], record["reason"]) == ("allow", "default")
    assert record["ns"] > 0
    assert "rule" not in record and "cached" not in record
    record = done.attempts("_queue")[0]
    assert record["loader"] in ("ExtensionFileLoader", "BuiltinImporter")


def test_a_denial_says_by_what(everything):
    place, done = everything
    policy = place.path("policy.ini")
    record, = done.attempts("denied_one", importer="__main__")
    assert (record["verdict"], record["outcome"], record["reason"], record["rule"]) == (
        "deny", "refused", "rule", policy + ":9")
    record = done.attempts("denied_one.child")[0]
    assert (record["verdict"], record["reason"], record["rule"]) == (
        "deny", "parent", policy + ":9")
    record = done.attempts("ctypes")[0]
    assert (record["verdict"], record["reason"], record["rule"]) == (
        "deny", "forbidden", policy + ":7")
    record = done.attempts("colorsys", importer="helper")[0]
    assert (record["verdict"], record["reason"], record["rule"]) == (
        "deny", "importer", policy + ":12")


def test_others_on_the_stack_are_named(everything):
    _, done = everything
    record = done.attempts("colorsys", importer="helper")[0]
    assert record["through"] == "__main__"


def test_the_second_policy_is_told_beside(everything):
    place, done = everything
    record = done.attempts("json", importer="__main__")[0]
    assert (record["verdict"], record["observe"]) == ("allow", "deny")
    assert record["observe_rule"] == place.path("second.ini") + ":5"
    record = done.attempts("helper")[0]
    assert record["observe"] == "allow" and "observe_rule" not in record


def test_a_cached_attempt_says_so(everything):
    _, done = everything
    first, second = done.attempts("json", importer="__main__")[:2]
    assert (first["outcome"], second["outcome"]) == ("found", "cached")
    assert second["cached"] is True
    assert second["origin"] == first["origin"]


def test_what_was_not_found_says_so(everything):
    _, done = everything
    record, = done.attempts("absent_module")
    assert (record["verdict"], record["outcome"]) == ("allow", "not-found")
    assert "origin" not in record and "loader" not in record


def test_a_shadow_says_so(everything):
    place, done = everything
    record, = done.attempts("string", importer="__main__")
    assert (record["verdict"], record["reason"], record["outcome"]) == (
        "deny", "shadowing", "refused")
    assert record["origin"] == place.path("string.py")


def test_unknown_code_has_no_importer(everything):
    _, done = everything
    record = done.attempts("unicodedata")[0]
    assert record["file"] == "<made up>"
    assert "importer" not in record


def test_a_reload_says_what_is_in_force_now(everything):
    place, done = everything
    good, bad = [r for r in done.records if r["event"] == "reload"]
    assert (good["name"], good["outcome"]) == (place.path("policy.ini"), "enforce")
    assert good["digest"] == done.records[0]["digest"]
    assert bad["outcome"] == "failed"
    assert bad["error"].startswith(place.path("policy.ini") + ":13: ")
    assert "digest" not in bad


def test_tampering_says_what_and_who(everything):
    _, done = everything
    tamper = [r for r in done.records if r["event"] == "tamper"]
    assert tamper
    assert (tamper[0]["name"], tamper[0]["importer"], tamper[0]["outcome"]) == (
        "sys.meta_path", "__main__", "put-back")


def test_the_chain_is_the_hash_of_the_line_before(everything):
    place, _ = everything
    before = clitool.NO_HASH
    for line in open(place.log, encoding="utf-8").read().splitlines():
        assert json.loads(line)["prev"] == before
        before = clitool.digest(line)


def test_an_observed_denial_has_a_mark(tmp_path):
    place = Place(tmp_path)
    place.policy("mode = observe\n" + ALLOW + "[modules]\ncolorsys = deny\nabsent_one = deny\n")
    done = place.install("""
        import colorsys
        import colorsys
        try:
            import absent_one
        except ImportError as e:
            print(type(e).__name__)
    """)
    assert done.out == "ModuleNotFoundError\n", done.err
    assert [(r["verdict"], r["outcome"], r.get("cached", False))
            for r in done.attempts() if r["name"] in ("colorsys", "absent_one")] == [
        ("deny", "would-refuse", False), ("deny", "would-refuse", True),
        ("deny", "would-refuse", False)]
    assert done.records[0]["outcome"] == "observe"


def test_a_shadow_is_marked_where_it_is_only_observed(tmp_path):
    place = Place(tmp_path)
    place.policy("mode = observe\n" + ALLOW)
    place.files({"colorsys.py": "print('SHADOW')\n"})
    done = place.install("import colorsys\n")
    assert done.out == "SHADOW\n", done.err
    record, = done.attempts("colorsys")
    assert (record["verdict"], record["reason"], record["outcome"]) == (
        "deny", "shadowing", "would-refuse")


# ---- the other sinks --------------------------------------------------------


def received(server):
    """What waits in a datagram socket."""
    messages = []
    while select.select([server], [], [], 0)[0]:
        messages.append(server.recv(1 << 20).decode())
    return messages


def test_syslog_gets_every_record(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW + "[modules]\ndenied_one = deny\n")
    short = os.path.relpath(place.path("s"))
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    server.bind(short)
    place.write("main.py", """
        import stockade
        stockade.install("policy.ini", audit="syslog:s file:imports.jsonl")
        try:
            import denied_one
        except ImportError:
            pass
    """)
    with server:
        done = place.spawn([sys.executable, "main.py"])
        messages = received(server)
    assert done.code == 0, done.err
    parsed = [re.match(r"<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d stockade\[(\d+)\]: (.*)$",
                       message, re.S) for message in messages]
    assert all(parsed), messages[:3]
    assert [json.loads(match.group(3)) for match in parsed] == done.records
    for match, record in zip(parsed, done.records):
        assert int(match.group(2)) == record["pid"]
        # authpriv, warning for what was denied and notice for the rest
        assert int(match.group(1)) == (
            10 * 8 + (4 if record.get("verdict") == "deny" else 5))


def test_a_descriptor_gets_every_record(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    place.write("main.py", """
        import os, stockade, sys
        file = os.open("by-number", os.O_WRONLY | os.O_CREAT)
        stockade.install("policy.ini", audit="fd:%d file:imports.jsonl" % file)
        os.close(file)
        import colorsys
    """)
    done = place.spawn([sys.executable, "main.py"])
    assert done.code == 0, done.err
    with open(place.path("by-number"), encoding="utf-8") as lines:
        assert [json.loads(line) for line in lines] == done.records
    assert done.records[-1]["event"] == "end"


def test_the_journal_is_opened_or_named(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    place.write("main.py", """
        import stockade
        try:
            stockade.install("policy.ini", audit="journal:")
        except (OSError, ValueError) as e:
            print("NONE", e)
        else:
            import colorsys
            print("OPEN")
    """)
    done = place.spawn([sys.executable, "main.py"])
    assert done.code == 0, done.err
    if os.path.exists("/run/systemd/journal/socket"):
        assert done.out == "OPEN\n", done.out
    else:
        assert done.out.startswith("NONE ") and "journal" in done.out


def test_the_sinks_of_the_policy_are_used_without_others(tmp_path):
    place = Place(tmp_path)
    place.policy("audit = file:sub/one.jsonl file:imports.jsonl\n" + ALLOW)
    os.mkdir(place.path("sub"))
    place.write("main.py", "import stockade\nstockade.install('../policy.ini')\n")
    done = subprocess.run(
        [sys.executable, "../main.py"], cwd=place.path("sub"), env=environment(),
        stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 0, done.stderr
    one = open(place.path("sub/one.jsonl")).read()
    assert one and one == open(place.log).read()
    assert os.stat(place.log).st_mode & 0o777 == 0o600


def test_without_a_sink_nothing_is_written_and_all_is_counted(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    place.write("main.py", """
        import os, stockade
        guard = stockade.install("policy.ini")
        import colorsys
        print(guard.stats()["lost"], [r["name"] for r in guard.history()][1])
    """)
    done = place.spawn([sys.executable, "main.py"])
    assert (done.out, done.err) == ("0 colorsys\n", "")
    assert sorted(os.listdir(place.folder)) == ["main.py", "policy.ini"]


def test_a_log_is_never_written_through_a_link(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    os.symlink("elsewhere", place.log)
    done = place.install("print('RAN')\n")
    assert done.code == 1 and done.out == ""
    assert "audit log is a symbolic link" in done.err
    assert not os.path.exists(place.path("elsewhere"))


def test_the_sinks_are_not_inherited_by_programs_that_are_started(tmp_path):
    place = Place(tmp_path)
    place.policy(ALLOW)
    done = place.install("""
        import os, subprocess, sys
        mine = os.listdir("/proc/self/fd")
        out = subprocess.run(["ls", "/proc/self/fd"], stdout=subprocess.PIPE, close_fds=False)
        print(len(out.stdout.split()), len(mine))
        print([os.readlink("/proc/self/fd/" + n) for n in out.stdout.decode().split()
               if os.path.exists("/proc/self/fd/" + n)].count(os.path.abspath("imports.jsonl")))
    """)
    assert done.code == 0, done.err
    theirs, mine = map(int, done.out.split()[:2])
    assert theirs <= 4


def test_a_program_that_closes_every_descriptor_is_recorded_still(tmp_path):
    """As daemons do: the log's number is another file's then."""
    place = Place(tmp_path)
    place.policy("default = allow\n")
    done = place.install("""
        import os
        os.chdir("/")
        os.closerange(3, 4096)
        files = [open(%r + str(n), "w+b") for n in range(600)]
        import wave
        os._exit(any(os.fstat(file.fileno()).st_size for file in files))
        """ % str(tmp_path / "file-"))
    assert (done.code, done.err) == (0, "")
    assert done.attempts("wave", importer="__main__")


def test_a_module_that_puts_a_file_over_the_log_is_recorded_a_moment_later(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    place.write("taker.py", dedent("""
        import os, time
        log = [int(n) for n in os.listdir("/proc/self/fd")
               if os.path.realpath("/proc/self/fd/" + n).endswith("imports.jsonl")]
        mine = os.open("mine", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        for number in log:
            os.dup2(mine, number)
        time.sleep(0.01)
        import wave
    """))
    done = place.install("import taker\nassert taker.log\nimport os\n"
                         "assert os.path.getsize('mine') == 0\n")
    assert done.code == 0, done.err
    assert done.attempts("wave", importer="taker")
