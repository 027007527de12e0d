# SPDX-License-Identifier: Apache-2.0
"""`python -m stockade run`: its command line, and what it could not see."""

# covers: python/process/ending.c

import json
import os
import re
import subprocess
import sys

import pytest

import clitool
from guarded import Place, environment

POLICY = "default = allow\n[modules]\nquopri = deny\n"


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy(POLICY)
    place.write("good.py", "import sys\nprint(sys.argv[1:])\n")
    place.write("bad.py", "import quopri\n")
    return place


def wheel(place, *args, **kwargs):
    return place.spawn([sys.executable, "-m", "stockade", *args], **kwargs)


def both(place, *args, **kwargs):
    """What `stockade run` and `python -m stockade run` make of it."""
    ours = wheel(place, "run", *args, **kwargs)
    theirs = clitool.run("run", *args, cwd=place.folder, env=environment())
    return ours, theirs


def without_note(err):
    return re.sub(r"^stockade: installed after .*\n", "", err, flags=re.M)


def test_it_says_what_it_could_not_see(place):
    done = wheel(place, "run", "-p", "policy.ini", "good.py", "x")
    assert (done.code, done.out) == (0, "['x']\n")
    match = re.match(
        r"stockade: installed after (\d+) modules were imported"
        r"(, not of the standard library: [\w. ]+)?; "
        r"`stockade run` stands before them\n$", done.err)
    assert match, done.err
    assert 20 < int(match.group(1)) < 400


def test_it_names_what_is_not_of_the_standard_library(place):
    place.write("sitecustomize.py", "import stranger\n")
    place.write("stranger.py", "")
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.folder
    done = wheel(place, "run", "-p", "policy.ini", "good.py", env=env)
    assert done.code == 0
    assert re.search(r"not of the standard library: .*\bsitecustomize stranger\b", done.err)
    assert "_stockade" not in done.err


def test_a_denial_is_told_as_python_tells_it(place):
    done = wheel(place, "run", "-p", "policy.ini", "bad.py")
    assert (done.code, done.out) == (1, "")
    lines = without_note(done.err).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('bad.py", line 1, in <module>')
    assert lines[2] == "    import quopri"
    assert lines[-1].startswith(
        "stockade.ImportDenied: No module named 'quopri': denied to __main__ by "
        '"quopri = deny" at policy.ini:5')
    assert lines[-1].endswith("; stockade explain policy.ini quopri --from __main__")
    assert "stockade/__main__.py" not in done.err


def test_a_traceback_is_cpythons_business_not_the_programs(place):
    """Whoever may import nothing is shown his source all the same."""
    place.policy("default = deny\ntrusted = @stdlib\n")
    place.write("prog.py", "def half(x):\n    return x / 0\nhalf(1)\n")
    theirs = place.run("prog.py")
    os.remove(place.log)
    ours = wheel(place, "run", "-p", "policy.ini", "--audit", place.log, "prog.py")
    assert ours.code == theirs.code == 1
    assert without_note(ours.err) == theirs.err
    assert "    return x / 0\n" in ours.err
    assert not ours.attempts("io", verdict="deny")
    assert not ours.attempts("traceback", verdict="deny")


@pytest.mark.parametrize("way", ["wheel", "command"])
def test_a_bare_hook_is_asked_for_by_unknown_code_to_the_end(place, way):
    place.policy("default = deny\ntrusted = @stdlib\n[modules]\nsys = allow\n"
                 "functools = allow\nbuiltins = allow\n[modules from __main__]\n* = allow\n")
    place.write("prog.py", "import functools, sys\n"
                "sys.excepthook = functools.partial(__import__, 'sqlite3')\n1 / 0\n")
    start = wheel if way == "wheel" else lambda place, *args: place.spawn(
        [os.path.join(clitool.BUILD, "stockade"), *args])
    done = start(place, "run", "-p", "policy.ini", "--audit", place.log, "prog.py")
    record = done.attempts("sqlite3")[0]
    assert (record["verdict"], record["outcome"]) == ("deny", "refused")
    assert "importer" not in record or record["importer"] != "__main__"


def test_a_hook_of_the_programs_own_is_called_with_the_programs_frames(place):
    place.policy("default = allow\n")
    place.write("prog.py", """\
        import sys

        def hook(kind, value, traceback):
            print(kind.__name__, traceback.tb_frame.f_code.co_name, sys.excepthook is hook)

        sys.excepthook = hook
        1 / 0
        """)
    done = wheel(place, "run", "-p", "policy.ini", "prog.py")
    assert (done.code, done.out) == (1, "ZeroDivisionError <module> True\n"), done.err


def test_observe_denies_nothing_and_records(place):
    done = wheel(place, "run", "-p", "policy.ini", "--observe", "--audit", "imports.jsonl", "bad.py")
    assert done.code == 0, done.err
    record, = done.attempts("quopri")
    assert (record["importer"], record["outcome"]) == ("__main__", "would-refuse")
    assert done.records[0]["outcome"] == "observe"
    assert done.records[-1]["event"] == "end"


def test_sinks_are_those_of_the_program(place):
    ours, theirs = os.pipe()
    done = wheel(place, "run", "--policy=policy.ini", "--audit=imports.jsonl", "--audit",
                 "file:other", "--audit", "fd:%d" % theirs, "good.py", pass_fds=[theirs])
    os.close(theirs)
    with os.fdopen(ours) as file:
        piped = [json.loads(line) for line in file]
    assert done.code == 0, done.err
    assert done.records == piped
    with open(place.path("other")) as file:
        assert [json.loads(line) for line in file] == piped


@pytest.mark.parametrize("args", [
    ["-ppolicy.ini", "good.py", "-p", "--observe"], ["-p", "policy.ini", "--", "good.py", "x"],
    ["-p", "policy.ini", "-mgood", "x"], ["-p", "policy.ini", "-cprint(5)"],
    ["--policy=policy.ini", "--observe", "good.py"], ["good.py"], ["bad.py"],
    ["-p", "policy.ini", "-m", "good", "-h"], ["-p", "policy.ini", "-c", "print(6)", "--help"],
])
def test_a_line_means_what_it_means_to_the_program(place, args):
    os.rename(place.path("policy.ini"), place.path("stockade.ini"))
    os.link(place.path("stockade.ini"), place.path("policy.ini"))
    ours, theirs = both(place, *args)
    assert (ours.code, ours.out) == (theirs.returncode, theirs.stdout)
    assert without_note(ours.err) == theirs.stderr


@pytest.mark.parametrize("args", [
    [], ["-p", "policy.ini"], ["-p"], ["--policy"], ["-m"], ["-c"], ["--audit"], ["--nothing", "x"],
    ["-x", "y"], ["--observe=1", "good.py"], ["--audit", "a b", "good.py"], ["--audit", "", "good.py"],
    ["--audit", "a,b", "good.py"], ["--"], ["-p", "policy.ini", "--"],
], ids=" ".join)
def test_a_wrong_line_is_told_as_the_program_tells_it(place, args):
    ours, theirs = both(place, *args)
    assert (ours.code, ours.out) == (theirs.returncode, theirs.stdout) == (2, "")
    assert ours.err.replace("python -m stockade", "stockade") == theirs.stderr


def test_without_a_policy_it_says_so(place):
    done = wheel(place, "run", "good.py")
    assert (done.code, done.out) == (2, "")
    assert done.err == ("stockade run: no policy: give -p POLICY\n"
                        "run 'python -m stockade run --help' for how to use it\n")


def test_a_broken_policy_runs_nothing(place):
    place.write("policy.ini", "[stockade]\nversion = 1\n[modlues]\n[modules]\nx = alow\n")
    ours, theirs = both(place, "-p", "policy.ini", "good.py")
    assert (ours.code, ours.out) == (theirs.returncode, theirs.stdout) == (1, "")
    assert ours.err == theirs.stderr
    assert ours.err.count("\n") == 2


@pytest.mark.parametrize("policy, words", [
    ("none.ini", "none.ini: cannot open: No such file or directory\n"), (".", ".: is a directory\n")])
def test_a_policy_that_is_none_runs_nothing(place, policy, words):
    ours, theirs = both(place, "-p", policy, "good.py")
    assert (ours.code, ours.out, ours.err) == (1, "", words)
    assert (theirs.returncode, theirs.stderr) == (1, words)


@pytest.mark.parametrize("sink, code", [("none/log", 3), ("fd:999", 3), ("fd:x", 2), ("file:", 2), ("sylog:", 2)])
def test_a_sink_that_is_none_runs_nothing(place, sink, code):
    ours, theirs = both(place, "-p", "policy.ini", "--audit", sink, "good.py")
    assert (ours.code, ours.out) == (theirs.returncode, theirs.stdout) == (code, "")
    assert ours.err.splitlines()[0] in theirs.stderr


@pytest.mark.parametrize("args", [["-h"], ["--help"], ["run", "-h"], ["run", "--help"],
                                  ["run", "-p", "none.ini", "--help"]])
def test_help_is_asked_for(place, args):
    done = wheel(place, *args)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("usage: python -m stockade run [-p POLICY]")
    for option in ("-p, --policy", "--observe", "--audit", "-m MODULE", "-c CODE", "-h, --help"):
        assert option in done.out


@pytest.mark.parametrize("args, words", [
    ([], "a command is missing"),
    (["check"], "unknown command check; `run` is what a wheel has"),
    (["--version"], "unknown command --version; `run` is what a wheel has"),
])
def test_other_commands_are_of_the_program(place, args, words):
    done = wheel(place, *args)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("stockade: " + words + "\n")
    assert "python -m stockade run --help" in done.err


def test_the_folder_it_is_started_in_is_only_there_where_python_puts_it(place):
    """`-m stockade` put it on sys.path; a script in a folder has its own."""
    place.write("sub/main.py", "import sys\nprint(sys.path[0] == %r, %r in sys.path)\n"
                % (place.path("sub"), place.folder))
    done = wheel(place, "run", "-p", "policy.ini", "sub/main.py")
    assert done.out == "True False\n", done.err


def test_only_one_program_runs_as_the_program(place):
    """_run_program() is no way for a plugin to become `__main__`."""
    place.write("twice.py", """
        import _stockade
        try:
            _stockade._run_program(compile("import quopri", "x", "exec"), {})
        except RuntimeError as e:
            print(e)
    """)
    done = wheel(place, "run", "-p", "policy.ini", "twice.py")
    assert done.out == "the program runs already\n", done.err


def test_a_program_that_closed_stderr_runs(place):
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&-', "sh", sys.executable, "-m", "stockade", "run", "-p",
         "policy.ini", "good.py", "x"],
        cwd=place.folder, env=environment(), stdout=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"['x']\n")
