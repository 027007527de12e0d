# SPDX-License-Identifier: Apache-2.0
"""The command itself: its table, its help, what it does not know."""

import os
import pty
import re
import subprocess

import pytest

from clitool import STOCKADE, environment, run

COMMANDS = ["run", "learn", "check", "explain", "diff", "keygen", "sign", "verify", "bundle", "audit", "doctor"]
PARTS = ["show", "stats", "follow", "verify"]
LINES = [[name] for name in COMMANDS if name != "audit"] + [["audit", part] for part in PARTS]


def test_help_names_every_command_and_no_other():
    done = run("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    commands = done.stdout.split("commands:\n")[1].split("\n\n")[0]
    assert [line.split()[0] for line in commands.splitlines()] == COMMANDS


@pytest.mark.parametrize("absent", ["report"])
def test_no_help_names_what_this_build_has_not(absent):
    for line in [[], ["audit"]] + LINES:
        assert not re.search(r"\b%s\b" % absent, run(*line, "--help").stdout)


def test_version():
    done = run("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"stockade \d+\.\d+\.\d+\n", done.stdout)
    assert run("-V").stdout == done.stdout


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_each_command_has_help(line):
    done = run(*line, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("usage: stockade %s [" % " ".join(line))
    assert run(*line, "-h").stdout == done.stdout


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_an_unknown_option_is_a_usage_error(line):
    done = run(*line, "--no-such-option")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "--no-such-option" in done.stderr
    assert "--help" in done.stderr


def test_the_help_of_audit_names_its_parts():
    done = run("audit", "--help")
    assert done.returncode == 0
    parts = done.stdout.split("parts:\n")[1].split("\n\n")[0]
    assert [line.split()[0] for line in parts.splitlines()] == PARTS


def test_no_command_is_a_usage_error():
    done = run()
    assert done.returncode == 2
    assert done.stderr == (
        "stockade: a command is missing\nrun 'stockade --help' for the commands\n"
    )


@pytest.mark.parametrize(
    "given, message",
    [
        ("chekc", "unknown command chekc; did you mean check?"),
        ("explian", "unknown command explian; did you mean explain?"),
        ("doctr", "unknown command doctr; did you mean doctor?"),
        ("sing", "unknown command sing; did you mean sign?"),
        ("kegen", "unknown command kegen; did you mean keygen?"),
        ("--hepl", "unknown option --hepl; did you mean --help?"),
        ("--verison", "unknown option --verison; did you mean --version?"),
        ("\x1b[31mred", r"unknown command \x1b[31mred"),
    ],
)
def test_an_unknown_command_is_told_with_the_nearest(given, message):
    done = run(given)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "stockade: " + message


@pytest.mark.parametrize(
    "args, message",
    [
        (["audit"], "stockade audit: show, stats, follow or verify?"),
        (["audit", "shwo"], "stockade audit: unknown part shwo; did you mean show?"),
        (["audit", "report"], "stockade audit: unknown part report"),
        (["check"], "stockade check: POLICY... is missing"),
        (["check", "--stict", "x"], "stockade check: unknown option --stict; did you mean --strict?"),
        (["check", "--strict=1", "x"], "stockade check: option --strict=1 takes no argument"),
        (["check", "-x"], "stockade check: unknown option -x"),
        (["check", "--format", "xml", "x"], 'stockade check: --format is text or json, not "xml"'),
        (["check", "--format", "jsno", "x"], 'stockade check: --format is text or json, not "jsno"; did you mean json?'),
        (["check", "x", "--format"], "stockade check: option --format needs an argument"),
        (["explain"], "stockade explain: POLICY NAME is missing"),
        (["explain", "p.ini"], "stockade explain: NAME is missing"),
        (["explain", "--syscall", "uname"], "stockade explain: POLICY is missing"),
        (["explain", "p.ini", "os", "sys"], 'stockade explain: what is "sys"? expected POLICY NAME'),
        (["explain", "p.ini", "os", "--from"], "stockade explain: option --from needs an argument"),
        (["diff"], "stockade diff: OLD NEW is missing"),
        (["diff", "a.ini"], "stockade diff: NEW is missing"),
        (["diff", "a.ini", "b.ini", "c.ini"], 'stockade diff: what is "c.ini"? expected OLD NEW'),
        (["doctor", "me", "too"], 'stockade doctor: what is "too"? doctor takes one POLICY'),
        (["audit", "show"], "stockade audit show: FILE is missing"),
        (["audit", "show", "a", "b"], 'stockade audit show: what is "b"? expected FILE'),
        (["audit", "show", "a", "--event", "os.systm"], "stockade audit show: --event: no supported Python raises os.systm; did you mean os.system?"),
        (["audit", "show", "a", "--event", "foo"], 'stockade audit show: unknown event "foo"; it is a word that --help names, or an audit event: os.system, socket.*, @events.process, *'),
        (["audit", "show", "a", "--event", "imprt"], 'stockade audit show: unknown event "imprt"; did you mean import?'),
        (["audit", "show", "a", "--pid", "x"], 'stockade audit show: "x" is no process number'),
        (["audit", "show", "a", "--since", "noon"], 'stockade audit show: "noon" is no time; write 2026-01-31, 2026-01-31T12:00 or 10m'),
        (["audit", "stats", "a", "--top", "0"], 'stockade audit stats: --top is a number from 1, not "0"'),
        (["audit", "follow", "a", "-n", "-1"], 'stockade audit follow: --lines is a number from 0, not "-1"'),
        (["audit", "verify", "a", "--head", "beef"], 'stockade audit verify: --head is 64 hex digits, not "beef"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_line_is_told(args, message):
    done = run(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        message,
        "run '%s --help' for how to use it" % message.split(":")[0],
    ]


def test_an_answer_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [STOCKADE, "--help"], stdout=full, stderr=subprocess.PIPE,
            env=environment(), universal_newlines=True, timeout=60,
        )
    assert done.returncode == 3
    assert done.stderr == "stockade: cannot write the answer: No space left on device\n"


def on_terminal(*args, **env):
    """What `stockade ARGS` prints to a terminal, and its exit code."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [STOCKADE, *args], stdout=theirs, stderr=theirs, stdin=theirs,
        env=environment(PATH="/nowhere", PYENV_ROOT="/nowhere", **env),
    )
    os.close(theirs)
    text = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:
            break
        if not block:
            break
        text += block
    os.close(ours)
    return text.decode(), child.wait(timeout=60)


def test_a_terminal_gets_colours():
    text, code = on_terminal("doctor", TERM="xterm")
    assert code in (0, 3)
    assert "\x1b[32m" in text


@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours_gets_none(env):
    text, code = on_terminal("doctor", **env)
    assert "yes" in text
    assert "\x1b" not in text


def test_an_empty_no_color_is_none():
    text, code = on_terminal("doctor", NO_COLOR="", TERM="xterm")
    assert "\x1b[32m" in text


def test_a_pipe_gets_no_colours():
    assert "\x1b" not in run("doctor", env=environment(TERM="xterm", PATH="/nowhere", PYENV_ROOT="/nowhere")).stdout
