# SPDX-License-Identifier: Apache-2.0
"""What a program does beside importing is learned, and may be done again."""

import json

import pytest

from clitool import run

PROGRAM = """
import os, subprocess, socket, helper
assert os.system("true") == 0
helper.connect()
print("ran")
"""

HELPER = """
import socket, subprocess
def connect():
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=5).close()
    except OSError as error:
        assert type(error).__name__ != "EventDenied", error
    subprocess.call(["true"])
"""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "prog.py").write_text(PROGRAM)
    (tmp_path / "helper.py").write_text(HELPER)
    return tmp_path


def test_the_same_run_has_no_denial(program):
    policy, log = program / "learned.ini", program / "log.jsonl"
    done = run("learn", "--events", "-o", policy, program / "prog.py")
    assert done.returncode == 0, done.stderr
    text = policy.read_text()
    assert "[events]\n@events.introspection = deny\n" in text
    assert "[events from __main__]\n" in text and "os.system = allow\n" in text
    assert "[events from helper]\n" in text
    done = run("run", "-p", policy, "--audit", "file:%s" % log, program / "prog.py")
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert [r for r in records if r.get("verdict") == "deny"] == []
    assert any(r["event"] == "os.system" for r in records)


def test_what_was_not_seen_is_denied(program):
    policy = program / "learned.ini"
    (program / "prog.py").write_text("import os\n")
    assert run("learn", "--events", "-o", policy, program / "prog.py").returncode == 0
    done = run("run", "-p", policy, "-c", "import os\nos.system('true')\n")
    assert "EventDenied" in done.stderr


def test_without_the_option_events_are_free(program):
    policy = program / "learned.ini"
    assert run("learn", "-o", policy, program / "prog.py").returncode == 0
    assert "[events" not in policy.read_text()


def test_what_somebody_denied_by_name_stays_denied(program):
    policy = program / "learned.ini"
    policy.write_text("[stockade]\nversion = 1\ndefault = allow\ntrusted = @stdlib\n"
                      "[events from helper]\nsubprocess.Popen = deny\n@events.network = deny\n")
    done = run("learn", "--events", "--merge", policy, "-o", policy, program / "prog.py")
    assert done.returncode == 0, done.stderr
    text = policy.read_text()
    assert "subprocess.Popen = deny\n" in text and "still denies the event" in text
    assert "socket.connect = allow\n" in text.partition("[events from helper]")[2]
