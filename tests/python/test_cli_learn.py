# SPDX-License-Identifier: Apache-2.0
"""stockade learn: a policy out of what a program imports."""

import json
import os
import signal
import subprocess

import pytest

from clitool import STOCKADE, answer, environment, run

MAIN = """\
import json
import sys
try:
    import no_such_module
except ImportError:
    pass
import helper
from helper import sub
print(sys.argv[1:])
"""
HELPER = "import socket\nimport xml.etree.ElementTree\n"
SUB = "import os\n\n\ndef later():\n    import wave\n"
HEAD = """\
; Written by `stockade learn` from what a program imported.
; What it did not import in that run is denied: read this through,
; run the rest of the program and add to it with --merge.

[stockade]
version = 1
default = deny
trusted = @stdlib
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "helper").mkdir()
    (tmp_path / "helper" / "__init__.py").write_text(HELPER)
    (tmp_path / "helper" / "sub.py").write_text(SUB)
    (tmp_path / "tmp").mkdir()
    return tmp_path


def learn(folder, *args, **kwargs):
    kwargs.setdefault("env", environment(TMPDIR=str(folder / "tmp")))
    done = run("learn", *args, cwd=folder, **kwargs)
    assert os.listdir(folder / "tmp") == []
    return done


def sections(text):
    """{"modules": {"json": "allow"}} of a learned policy."""
    found = {}
    for line in text.splitlines():
        if line.startswith("["):
            rules = found.setdefault(line[1:-1], {})
        elif " = " in line and not line.startswith(";"):
            name, value = line.split(" = ")
            rules[name] = value.split("  ; ")[0]
    return found


def denied(log):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [r["name"] for r in lines if r.get("verdict") == "deny"]


def test_a_learned_policy_lets_the_same_run_pass(folder):
    done = learn(folder, "-o", "p.ini", "main.py", "1", "-x")
    assert (done.returncode, done.stdout) == (0, "['1', '-x']\n")
    assert done.stderr == "stockade: p.ini: written\n"
    done = run("run", "-p", "p.ini", "--audit", "log", "main.py", "1", "-x", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['1', '-x']\n", "")
    assert denied(folder / "log") == []


def test_what_is_learned_is_by_importer_and_no_more(folder):
    learn(folder, "-o", "p.ini", "main.py")
    text = (folder / "p.ini").read_text()
    assert text.startswith(HEAD)
    found = sections(text)
    # other code of this machine may come in at start-up, through .pth files
    assert found["modules"]["helper"] == "allow"
    assert not {"json", "socket", "os", "sys", "xml", "*"} & set(found["modules"])
    assert found["modules from __main__"] == {
        "json": "allow", "no_such_module": "allow", "sys": "allow",
    }
    assert found["modules from helper"] == {"os": "allow", "socket": "allow", "xml": "allow"}
    assert oct((folder / "p.ini").stat().st_mode & 0o7777) == "0o644"


def test_a_learned_policy_passes_check_strict(folder):
    learn(folder, "-o", "p.ini", "main.py")
    done = run("check", "--strict", "p.ini", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")


def test_one_more_import_is_denied(folder):
    learn(folder, "-o", "p.ini", "main.py")
    (folder / "helper" / "sub.py").write_text("import os\nimport ctypes\n")
    done = run("run", "-p", "p.ini", "--audit", "log", "main.py", cwd=folder)
    assert done.returncode == 1
    assert "ctypes" in done.stderr
    assert denied(folder / "log")[0] == "ctypes"


def test_the_same_run_gives_the_same_text(folder):
    learn(folder, "-o", "a.ini", "main.py")
    learn(folder, "-o", "b.ini", "main.py")
    assert (folder / "a.ini").read_text() == (folder / "b.ini").read_text()


def test_an_installed_package_brings_its_imports(folder):
    site = folder / "lib" / "site-packages" / "installed"
    site.mkdir(parents=True)
    (site / "__init__.py").write_text("import ssl, json\nimport installed.part\n")
    (site / "part.py").write_text("import wave\n")
    (folder / "main.py").write_text(
        "import sys\nsys.path.append('lib/site-packages')\nimport installed\n"
    )
    assert learn(folder, "-o", "p.ini", "main.py").returncode == 0
    found = sections((folder / "p.ini").read_text())
    assert found["modules"]["installed"] == "allow closure"
    # what reaches out of the process is named all the same
    assert found["modules"]["@stdlib.net"] == "deny"
    assert found["modules from installed"] == {"ssl": "allow"}
    done = run("run", "-p", "p.ini", "--audit", "log", "main.py", cwd=folder)
    assert done.returncode == 0
    assert denied(folder / "log") == []
    (site / "part.py").write_text("import wave\nimport socket\n")
    done = run("run", "-p", "p.ini", "--audit", "log", "main.py", cwd=folder)
    assert done.returncode == 1
    assert denied(folder / "log") == ["socket"]
    assert "No module named 'socket': denied to installed.part" in done.stderr


def test_a_module_and_a_string_are_learned(folder):
    assert learn(folder, "-o", "m.ini", "-m", "main", "x").stdout == "['x']\n"
    assert run("run", "-p", "m.ini", "-m", "main", "x", cwd=folder).stdout == "['x']\n"
    # `-m` is the host's own use of it
    assert "runpy" not in (folder / "m.ini").read_text()
    assert learn(folder, "-o", "c.ini", "-c", "import json; print(1)").stdout == "1\n"
    assert sections((folder / "c.ini").read_text())["modules from __main__"] == {"json": "allow"}


def test_merge_adds_a_second_run(folder):
    learn(folder, "-o", "p.ini", "main.py")
    (folder / "more.py").write_text("import helper.sub\nhelper.sub.later()\n")
    done = learn(folder, "-o", "p.ini", "--merge", "p.ini", "more.py")
    assert done.returncode == 0
    for script in ("main.py", "more.py"):
        done = run("run", "-p", "p.ini", "--audit", script + ".log", script, cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert denied(folder / (script + ".log")) == []
    assert sections((folder / "p.ini").read_text())["modules from helper"] == {
        "os": "allow", "socket": "allow", "wave": "allow", "xml": "allow",
    }


def test_merge_without_its_policy_is_told(folder):
    (folder / "p.ini").write_text("[stockade]\nversion = 1\n")
    done = learn(folder, "-o", "p.ini", "--merge", "main.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == (
        'stockade learn: nothing to run: --merge took "main.py" for the policy to keep; '
        "write --merge p.ini main.py"
    )
    assert (folder / "p.ini").read_text() == "[stockade]\nversion = 1\n"


def test_merge_of_a_program_is_told_in_a_line(folder):
    done = learn(folder, "-o", "p.ini", "--merge", "main.py", "main.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == (
        "stockade learn: main.py is no policy: --merge takes the one to keep, then comes the program"
    )
    assert not (folder / "p.ini").exists()


def test_merge_keeps_what_somebody_denied(folder):
    (folder / "old.ini").write_text(
        "[stockade]\nversion = 1\ntrusted = @stdlib\n[modules from helper]\nsocket = deny\n"
    )
    done = learn(folder, "-o", "p.ini", "--merge", "old.ini", "main.py")
    assert done.returncode == 0
    text = (folder / "p.ini").read_text()
    assert "; kept: old.ini:5 still denies socket, asked for by helper\n" in text
    assert "\nsocket = deny\n" in text
    assert answer("explain", folder / "p.ini", "socket", "--from", "helper")[1] == 1


def test_what_needs_a_second_look_is_said(folder):
    (folder / "main.py").write_text(
        "try:\n    import simplejson_fork\nexcept ImportError:\n    exec('import wave')\n"
    )
    learn(folder, "-o", "p.ini", "main.py")
    text = (folder / "p.ini").read_text()
    assert "\nsimplejson_fork = allow  ; was not found\n" in text
    assert "\nwave = allow  ; asked for by unknown code\n" in text
    assert run("run", "-p", "p.ini", "main.py", cwd=folder).returncode == 0


def test_nothing_is_replaced_unasked(folder):
    (folder / "p.ini").write_text("mine")
    done = learn(folder, "-o", "p.ini", "main.py")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == (
        "stockade learn: p.ini exists; add --merge p.ini or --force"
    )
    assert (folder / "p.ini").read_text() == "mine"
    assert learn(folder, "-o", "p.ini", "--force", "main.py").returncode == 0
    assert (folder / "p.ini").read_text().startswith(HEAD)


@pytest.mark.parametrize("line, why", [
    (["-o", "p.ini", "none.py"], "cannot run none.py: No such file or directory"),
    (["-o", ".", "main.py"], ". is a folder"),
])
def test_what_cannot_be_learned_from_leaves_nothing(folder, line, why):
    done = learn(folder, *line)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "stockade learn: " + why
    assert not (folder / "p.ini").exists()


def test_a_probe_of_the_library_is_told_as_that(folder):
    (folder / "main.py").write_text(
        "try:\n    import tzdata.none\nexcept ImportError:\n    import json\n")
    assert learn(folder, "-o", "p.ini", "main.py").returncode == 0
    note = "; the standard library looks whether it is there"
    assert note in (folder / "p.ini").read_text()


def test_the_log_is_kept_when_asked(folder):
    assert learn(folder, "-o", "p.ini", "--keep-log", "log", "main.py").returncode == 0
    assert run("audit", "verify", folder / "log").returncode == 0
    assert oct((folder / "log").stat().st_mode & 0o7777) == "0o600"
    done = learn(folder, "-o", "q.ini", "--keep-log", "log", "main.py")
    assert done.returncode == 2
    assert "log exists; add --force" in done.stderr
    assert not (folder / "q.ini").exists()
    assert learn(folder, "-o", "q.ini", "--force", "--keep-log", "log", "main.py").returncode == 0


def test_a_program_that_fails_is_learned_and_said(folder):
    done = learn(folder, "-o", "p.ini", "-c", "import json; raise SystemExit(5)")
    assert done.returncode == 5
    assert done.stderr.splitlines() == [
        "stockade: the program exited with 5; the policy holds what it did until then",
        "stockade: p.ini: written",
    ]
    assert sections((folder / "p.ini").read_text())["modules from __main__"] == {"json": "allow"}


def test_a_program_that_is_killed_is_learned_and_said(folder):
    done = learn(
        folder, "-o", "p.ini", "-c", "import os; os.kill(os.getpid(), 9)",
    )
    assert done.returncode == 128 + 9
    assert done.stderr.splitlines()[0] == (
        "stockade: the program was killed by signal 9 (Killed); the policy "
        "holds what it did until then"
    )
    assert sections((folder / "p.ini").read_text())["modules from __main__"] == {"os": "allow"}


def test_an_interrupt_is_for_the_program(folder):
    child = subprocess.Popen(
        [STOCKADE, "learn", "-o", "p.ini", "-c",
         "import time\n"
         "try:\n print('ready', flush=True)\n time.sleep(300)\nexcept KeyboardInterrupt:\n import wave"],
        cwd=str(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(TMPDIR=str(folder / "tmp")), start_new_session=True,
    )
    assert child.stdout.readline() == b"ready\n"
    os.killpg(child.pid, signal.SIGINT)
    child.communicate(timeout=60)
    assert child.returncode == 0
    assert "wave" in (folder / "p.ini").read_text()


@pytest.mark.parametrize(
    "args, message",
    [
        (["main.py"], "-o POLICY is missing: where does the policy go?"),
        (["-o", "p.ini"], "nothing to run: give SCRIPT, -m MODULE or -c CODE"),
        (["-o"], "option -o needs an argument"),
        (["-o", "none/p.ini", "main.py"], "cannot write none/p.ini: No such file or directory"),
        (
            ["-o", "p.ini", "--keep-log", "none/log", "main.py"],
            "cannot write none/log: No such file or directory",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_line_is_told_before_anything_runs(folder, args, message):
    done = learn(folder, *args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "stockade learn: " + message,
        "run 'stockade learn --help' for how to use it",
    ]


def test_a_broken_policy_to_merge_is_told_before_anything_runs(folder):
    (folder / "bad.ini").write_text("[stockade]\nversion = 1\n[modlues]\n")
    done = learn(folder, "-o", "p.ini", "--merge", "bad.ini", "main.py")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == 'bad.ini:3: unknown section "modlues"; did you mean [modules]?\n'
    done = learn(folder, "-o", "p.ini", "--merge", "none.ini", "main.py")
    assert done.returncode == 1
    assert done.stderr == "none.ini: cannot open: No such file or directory\n"
    assert not (folder / "p.ini").exists()


def test_a_temporary_folder_with_a_blank_is_no_trouble(folder):
    (folder / "tmp dir").mkdir()
    done = learn(folder, "-o", "p.ini", "main.py", env=environment(TMPDIR=str(folder / "tmp dir")))
    assert done.returncode == 0
    assert os.listdir(folder / "tmp dir") == []


def test_without_a_temporary_folder_it_says_so(folder):
    done = learn(folder, "-o", "p.ini", "main.py", env=environment(TMPDIR=str(folder / "none")))
    assert done.returncode == 3
    assert "cannot make a folder" in done.stderr


def test_a_module_that_takes_a_standard_name_is_said(folder):
    (folder / "wave.py").write_text("")
    (folder / "main.py").write_text("import wave\n")
    assert learn(folder, "-o", "p.ini", "main.py").returncode == 0
    text = (folder / "p.ini").read_text()
    assert "; wave takes the place of the standard library's: %s" % (folder / "wave.py") in text
    assert "\nshadowing = allow\n" in text
    done = run("run", "-p", "p.ini", "--audit", "log", "main.py", cwd=folder)
    assert done.returncode == 0
    assert denied(folder / "log") == []


# ---- system calls ------------------------------------------------------------

def refused(name, requirement=None, sandbox="strict", importer="plugins.a", event="syscall"):
    record = {"v": 1, "seq": 1, "time": "2026-01-31T12:00:00.000000Z", "pid": 1, "tid": 1, "event": event,
              "name": name, "importer": importer, "verdict": "deny", "reason": "profile", "sandbox": sandbox,
              "outcome": "refused", "prev": "0" * 64}
    if requirement:
        record["requirement"] = requirement
    return json.dumps(record, separators=(",", ":")) + "\n"


def learn_calls(folder, *lines, policy=""):
    (folder / "log.jsonl").write_text("".join(lines))
    (folder / "calls.ini").write_text("[stockade]\nversion = 1\n" + policy)
    return run("learn", "--calls", "log.jsonl", "calls.ini", cwd=folder)


def test_refused_system_calls_become_a_change_of_their_profile(tmp_path):
    done = learn_calls(
        tmp_path, refused("getpid()", "@process-info"), refused("getpid()", "@process-info"),
        refused("openat(AT_FDCWD, ..., O_RDONLY)", "@files-read"), refused("execve(..., ..., ...)"),
        refused("getpid()", "@process-info", importer="plugins.b"), refused("write(5, ..., 1)", "@files-write @asyncio"),
        refused("plugins.a", event="worker"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == """[sandbox strict]
-syscalls = @compute
+syscalls = @compute @process-info @files-write
+; write = the files and folders, which no record names
 ; plugins.a: getpid(): @process-info, 2 times
 ; plugins.a: openat(AT_FDCWD, ..., O_RDONLY): @files-read
 ; plugins.a: execve(..., ..., ...): in no group
 ; plugins.b: getpid(): @process-info
 ; plugins.a: write(5, ..., 1): @files-write @asyncio
"""


def test_each_profile_changes_by_its_own_records(tmp_path):
    done = learn_calls(
        tmp_path, refused("getpid()", "@process-info", sandbox="own"), refused("poll(..., 1, 0)", "@asyncio"),
        refused("socket(AF_INET, SOCK_STREAM, 0)", "@network", sandbox="own"), refused("x()", sandbox="gone"),
        policy="[sandbox own]\nsyscalls = @asyncio @process-info\n")
    assert "[sandbox strict]\n-syscalls = @compute\n+syscalls = @compute @asyncio\n" in done.stdout
    assert ("[sandbox own]\n-syscalls = @compute @process-info @asyncio\n"
            "+syscalls = @compute @process-info @asyncio @network\n"
            "+; network = the ports, which no record names\n") in done.stdout
    assert "calls.ini has no [sandbox gone], under which a call was refused" in done.stderr


def test_what_a_profile_allows_by_now_changes_nothing(tmp_path):
    done = learn_calls(tmp_path, refused("getpid()", "@process-info"),
                       policy="[sandbox strict]\nsyscalls = @process-info\n")
    assert done.stdout == "[sandbox strict]\n ; plugins.a: getpid(): @process-info\n"


def test_who_may_listen_on_no_port_lacks_one(tmp_path):
    lines = refused("listen(4, 5)", "@network"), refused("listen(5, 5)", "@network")
    policy = "[sandbox strict]\nsyscalls = @network\nnetwork = 443%s\n"
    told = "+; network = listen:PORT, which no record names\n"
    assert learn_calls(tmp_path, *lines, policy=policy % "").stdout.count(told) == 1
    assert told not in learn_calls(tmp_path, *lines, policy=policy % ", listen:80").stdout
    assert told not in learn_calls(tmp_path, *lines).stdout


def test_a_log_without_refused_calls_says_so(tmp_path):
    done = learn_calls(tmp_path, refused("json", event="import"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "log.jsonl: no worker was refused a call" in done.stderr


def test_what_a_log_says_cannot_write_to_the_terminal(tmp_path):
    done = learn_calls(tmp_path, refused("a\u001b[2J()", "@process-info"))
    assert "\x1b" not in done.stdout and "[2J" in done.stdout


@pytest.mark.parametrize("args, message", [
    ([], "--calls LOG wants one POLICY"), (["calls.ini", "more"], "--calls LOG wants one POLICY"),
    (["-o", "new.ini", "calls.ini"], "--calls LOG runs and writes nothing"),
    (["--events", "calls.ini"], "--calls LOG runs and writes nothing"),
    (["-c", "pass"], "--calls LOG runs and writes nothing"),
])
def test_a_log_goes_with_a_policy_alone(tmp_path, args, message):
    learn_calls(tmp_path, refused("getpid()"))
    done = run("learn", "--calls", "log.jsonl", *args, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (tmp_path / "new.ini").exists()


@pytest.mark.parametrize("args, code", [
    (["--calls", "nothing.jsonl", "calls.ini"], 1), (["--calls", "log.jsonl", "nothing.ini"], 1),
])
def test_a_log_and_a_policy_are_needed(tmp_path, args, code):
    learn_calls(tmp_path, refused("getpid()"))
    assert run("learn", *args, cwd=tmp_path).returncode == code
