# SPDX-License-Identifier: Apache-2.0
"""stockade run: the command line; what Python does is tried elsewhere."""

import json

import pytest

from clitool import environment, run

# what the .pth files of the machine import at start-up is not ours to say
POLICY = """\
[stockade]
version = 1
trusted = @stdlib
[modules]
json = allow
sys = allow
good = allow
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "p.ini").write_text(POLICY)
    (tmp_path / "p.ini").chmod(0o644)
    (tmp_path / "good.py").write_text("import json, sys\nprint(sys.argv[1:])\n")
    (tmp_path / "bad.py").write_text("import socket\n")
    return tmp_path


def records(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_allowed_program_runs(folder):
    done = run("run", "-p", "p.ini", "good.py", "-p", "--help", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "['-p', '--help']\n")


def test_a_denied_import_fails_the_program(folder):
    done = run("run", "-p", "p.ini", "bad.py", cwd=folder)
    assert done.returncode == 1
    assert "No module named 'socket'" in done.stderr
    assert "stockade explain p.ini socket" in done.stderr


def test_a_string_and_a_module_run(folder):
    done = run("run", "-p", "p.ini", "-c", "import sys; print(sys.argv)", "-x", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "['-c', '-x']\n")
    done = run("run", "-p", "p.ini", "-m", "good", "x", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "['x']\n")


def test_runpy_is_for_the_host_and_not_for_the_program(folder):
    (folder / "good.py").write_text("print('ran')\nimport runpy\n")
    done = run("run", "-p", "p.ini", "-m", "good", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "ran\n")
    assert "No module named 'runpy': denied to __main__" in done.stderr


def test_a_traceback_shows_the_source(folder):
    (folder / "bad.py").write_text("def f():\n    return [][0]\n\n\nf()\n")
    done = run("run", "-p", "p.ini", "--audit", "log", "bad.py", cwd=folder)
    assert done.returncode == 1
    assert "\n    return [][0]\n" in done.stderr
    assert "\n    f()\n" in done.stderr
    denied = {r["name"] for r in records(folder / "log") if r.get("verdict") == "deny"}
    assert not denied & {"io", "traceback"}


def test_two_dashes_end_the_options(folder):
    (folder / "-m").write_text("print('dash')\n")
    assert run("run", "-p", "p.ini", "--", "good.py", "1", cwd=folder).stdout == "['1']\n"
    assert run("run", "-p", "p.ini", "--", "-m", cwd=folder).stdout == "dash\n"


def test_the_exit_code_is_the_programs(folder):
    for code in (0, 1, 3, 77):
        done = run("run", "-p", "p.ini", "-c", "raise SystemExit(%d)" % code, cwd=folder)
        assert done.returncode == code


def test_observe_denies_nothing_and_records(folder):
    done = run("run", "-p", "p.ini", "--observe", "--audit", "log", "bad.py", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    denied = [r for r in records(folder / "log") if r.get("verdict") == "deny"]
    assert "socket" in [r["name"] for r in denied]


def test_a_bare_sink_is_a_file(folder):
    run("run", "-p", "p.ini", "--audit", "a.log", "--audit", "file:b.log", "good.py", cwd=folder)
    names = [[r["event"] for r in records(folder / log)] for log in ("a.log", "b.log")]
    assert names[0] == names[1]
    assert names[0][0] == "start" and names[0][-1] == "end"


def test_an_open_descriptor_is_a_sink(folder):
    with open(folder / "log", "w+") as file:
        done = run(
            "run", "-p", "p.ini", "--audit", "fd:%d" % file.fileno(), "-c", "pass",
            cwd=folder, pass_fds=[file.fileno()],
        )
        file.seek(0)
        events = [json.loads(line)["event"] for line in file]
    assert done.returncode == 0
    assert events[0] == "start" and events[-1] == "end"


def test_the_policy_of_the_folder_is_the_default(folder):
    (folder / "p.ini").rename(folder / "stockade.ini")
    assert run("run", "good.py", "1", cwd=folder).stdout == "['1']\n"
    assert run("run", "bad.py", cwd=folder).returncode == 1


def test_without_a_policy_it_says_what_to_type(folder):
    done = run("run", "good.py", cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == (
        "stockade run: no policy: give -p POLICY, or write one from a run of "
        "the program with: stockade learn -o stockade.ini ..."
    )


@pytest.mark.parametrize(
    "args, message",
    [
        ([], "nothing to run: give SCRIPT, -m MODULE or -c CODE"),
        (["-p", "p.ini"], "nothing to run: give SCRIPT, -m MODULE or -c CODE"),
        (["-p"], "option -p needs an argument"),
        (["--policy"], "option --policy needs an argument"),
        (["-m"], "option -m needs an argument"),
        (["-c"], "option -c needs an argument"),
        (["--obsreve", "x"], "unknown option --obsreve; did you mean --observe?"),
        (["--audit", "a b", "x"], '--audit "a b": a sink is a word without spaces or commas'),
        (["--audit", "sylog:", "x"], '--audit "sylog:": unknown sink sylog:; known are file:, syslog:, journal: and fd:; a file of that name is file:sylog:'),
        (["--audit", "", "x"], '--audit "": a sink is a word without spaces or commas'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_line_is_told(folder, args, message):
    done = run("run", *args, cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "stockade run: " + message,
        "run 'stockade run --help' for how to use it",
    ]


def test_a_broken_policy_runs_nothing(folder):
    (folder / "p.ini").write_text("[stockade]\nversion = 1\n[modlues]\n[modules]\nx = alow\n")
    done = run("run", "-p", "p.ini", "good.py", cwd=folder)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        'p.ini:3: unknown section "modlues"; did you mean [modules]?',
        'p.ini:5: unknown verdict "alow"; did you mean "allow"?',
    ]


def test_a_policy_that_is_not_there_runs_nothing(folder):
    done = run("run", "-p", "none.ini", "good.py", cwd=folder)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "none.ini: cannot open: No such file or directory\n"


def test_a_sink_that_does_not_open_runs_nothing(folder):
    done = run("run", "-p", "p.ini", "--audit", "none/log", "good.py", cwd=folder)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "none/log" in done.stderr


def test_a_sink_that_is_none_runs_nothing(folder):
    done = run("run", "-p", "p.ini", "--audit", "fd:x", "good.py", cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "fd:x" in done.stderr


def test_a_script_that_is_not_there_is_told_as_python_does(folder):
    done = run("run", "-p", "p.ini", "none.py", cwd=folder)
    assert done.returncode == 2
    assert "none.py" in done.stderr
    assert "No such file or directory" in done.stderr


def test_standard_input_reaches_the_program(folder):
    done = run(
        "run", "-p", "p.ini", "-c", "import sys; print(sys.stdin.read().upper())",
        cwd=folder, input="text", env=environment(),
    )
    assert done.stdout == "TEXT\n"
    done = run("run", "-p", "p.ini", "-", "x", cwd=folder, input="import sys; print(sys.argv)")
    assert done.stdout == "['-', 'x']\n"
