# SPDX-License-Identifier: Apache-2.0
"""A policy that must be signed, by a key that is not in it."""

import os
import shutil
import subprocess
import sys

import pytest

from clitool import BUILD, answer, environment, run

PACKAGE = os.path.join(BUILD, "python")

POLICY = "[stockade]\nversion = 1\ntrusted = @stdlib\n[modules]\njson = allow\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """p.ini, signed with a.key; b.key is another's."""
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        assert run("keygen", "-W", "-o", name).returncode == 0
    write(tmp_path, "p.ini", POLICY)
    return tmp_path


def write(folder, name, text, key="a"):
    (folder / name).write_text(text)
    (folder / name).chmod(0o644)
    done = run("sign", "--key", key + ".key", "--kind", "policy", name)
    assert done.returncode == 0, done.stderr


def run_it(*more):
    return run("run", "-p", "p.ini", "--policy-key", "a.pub", *more, "-c", "import json; print(1)")


def test_a_signed_policy_runs(folder):
    done = run_it()
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_an_unsigned_policy_runs_nothing(folder):
    (folder / "p.ini.minisig").unlink()
    done = run_it()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "p.ini: unsigned: p.ini has no signature; sign it with the policy key: "
        "stockade sign --kind policy --key FILE PATH\n"
    )


def test_an_edited_policy_runs_nothing(folder):
    (folder / "p.ini").write_text(POLICY + "os = allow\n")
    done = run_it("--observe")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("p.ini: bad-signature: ")


def test_a_policy_of_another_s_key_runs_nothing(folder):
    write(folder, "p.ini", POLICY, key="b")
    done = run_it()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("p.ini: unknown-key: ")


def test_what_it_extends_is_signed_too(folder):
    (folder / "base.ini").write_text("[stockade]\nversion = 1\n")
    (folder / "base.ini").chmod(0o644)
    write(folder, "p.ini", POLICY.replace("version = 1\n", "version = 1\nextends = base.ini\n"))
    done = run_it()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("base.ini: unsigned: ")
    write(folder, "base.ini", "[stockade]\nversion = 1\n")
    assert run_it().returncode == 0


def test_an_expired_policy_runs_nothing(folder):
    done = run("sign", "--key", "a.key", "--kind", "policy", "--expires", "2025-06-30", "p.ini",
               env=environment(SOURCE_DATE_EPOCH="1735700000"))
    assert done.returncode == 0
    assert run_it().stderr.startswith("p.ini: expired: the signature of p.ini by the policy key ")


# ---- older policies ---------------------------------------------------------


def write_numbered(folder, number, text=POLICY, name="p.ini"):
    (folder / name).write_text(text)
    (folder / name).chmod(0o644)
    more = ["--sequence", str(number)] if number else []
    done = run("sign", "--key", "a.key", "--kind", "policy", *more, name)
    assert done.returncode == 0, done.stderr


def test_no_older_policy_comes_after_a_newer_one(folder):
    write_numbered(folder, 5)
    assert run_it("--policy-state", "state").returncode == 0
    write_numbered(folder, 4)
    done = run_it("--policy-state", "state")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("p.ini: rollback: sequence 4 of p.ini is older than 5, "
                           "which was accepted before; get a release from there on\n")
    write_numbered(folder, 0)
    assert "rollback: sequence 0 of p.ini" in run_it("--policy-state", "state").stderr
    for number in (5, 6):
        write_numbered(folder, number)
        assert run_it("--policy-state", "state").returncode == 0
    assert "p.ini 6 " in (folder / "state").read_text()


def test_what_it_extends_is_not_older_either(folder):
    top = POLICY.replace("version = 1\n", "version = 1\nextends = base.ini\n")
    write_numbered(folder, 5, top)
    write_numbered(folder, 9, "[stockade]\nversion = 1\n", "base.ini")
    assert run_it("--policy-state", "state").returncode == 0
    write_numbered(folder, 6, top)
    write_numbered(folder, 8, "[stockade]\nversion = 1\n", "base.ini")
    assert "rollback: sequence 8 of base.ini" in run_it("--policy-state", "state").stderr
    # what was refused is not remembered
    assert "p.ini 5 " in (folder / "state").read_text()


def test_a_policy_with_a_mistake_is_not_remembered(folder):
    write_numbered(folder, 9, POLICY + "what\n")
    assert run_it("--policy-state", "state").returncode != 0
    assert not (folder / "state").exists()


def test_a_state_that_others_may_write_runs_nothing(folder):
    write_numbered(folder, 5)
    assert run_it("--policy-state", "state").returncode == 0
    (folder / "state").chmod(0o666)
    assert run_it("--policy-state", "state").stderr.startswith("p.ini: state")


def test_a_state_wants_a_key(folder):
    done = run("run", "-p", "p.ini", "--policy-state", "state", "-c", "print(1)")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--policy-state needs --policy-key" in done.stderr
    done = python("import stockade; stockade.install('p.ini', policy_state='state')")
    assert "ValueError: policy_state keeps what was signed" in done.stderr


@pytest.mark.parametrize("key, message", [
    ("none.pub", "none.pub: cannot open: No such file or directory"),
    ("p.ini", "p.ini: a public key has 56 characters, as RWQ..., not "),
])
def test_what_is_no_key_is_told(folder, key, message):
    for line in [["run", "-p", "p.ini", "--policy-key", key, "-c", "1"],
                 ["check", "--policy-key", key, "p.ini"],
                 ["verify", "-p", "p.ini", "--policy-key", key, "x.py"],
                 ["explain", "--policy-key", key, "p.ini", "json"]]:
        done = run(*line)
        assert done.returncode == 1
        assert done.stderr.startswith("stockade: " + message)


def ask(policy_key):
    """Of each command that answers by a policy: (exit code, what it says to a no, the last line of stderr)."""
    lines = [["verify", "-p", "p.ini", "x.py"], ["bundle", "--list", "-p", "p.ini", "x.stk"],
             ["explain", "p.ini", "json"], ["explain", "--syscall", "munmap", "p.ini"]]
    done = [run(line[0], "--policy-key", policy_key, *line[1:]) for line in lines]
    return [(d.returncode, d.stdout if d.returncode else "", (d.stderr.splitlines() or [""])[-1]) for d in done]


def test_who_answers_by_a_policy_wants_it_signed_when_asked_to(folder):
    public = (folder / "a.pub").read_text().splitlines()[1]
    write(folder, "p.ini", POLICY + "[key a]\npublic = %s\nmodules = x\n" % public)
    (folder / "tree").mkdir()
    for path in "x.py", "tree/x.py":
        (folder / path).write_text("x = 1\n")
    for line in [["sign", "--key", "a.key", "x.py"], ["bundle", "--key", "a.key", "--no-code", "tree", "-o", "x.stk"]]:
        done = run(*line)
        assert done.returncode == 0, done.stderr
    assert ask("a.pub") == [(0, "", "")] * 4
    for code, out, told in ask("b.pub"):
        assert (code, out) == (1, ""), (code, out, told)
        assert told.startswith("p.ini: unknown-key: p.ini is signed with the key "), told
    (folder / "p.ini").write_text((folder / "p.ini").read_text() + "os = allow\n")
    for code, out, told in ask("a.pub"):
        assert (code, out, told[:23]) == (1, "", "p.ini: bad-signature: t"), (code, out, told)


def test_a_policy_key_without_a_policy_is_told(folder):
    for line in [["verify", "--key", "a.pub", "x.py"], ["bundle", "--list", "--key", "a.pub", "x.stk"]]:
        done = run(line[0], "--policy-key", "a.pub", *line[1:])
        assert (done.returncode, done.stdout) == (2, "")
        assert "--policy-key goes with --policy" in done.stderr
    done = run("bundle", "--key", "a.key", "--policy-key", "a.pub", "tree", "-o", "x.stk")
    assert (done.returncode, "--policy-key is for --list" in done.stderr) == (2, True)


@pytest.mark.parametrize("line", [
    ["run", "-p", "p.ini", "--policy", "p.ini", "-c", "print(1)"],
    ["verify", "-p", "p.ini", "-p", "p.ini", "x.py"],
    ["bundle", "--list", "-p", "p.ini", "-p", "p.ini", "x.stk"],
])
def test_one_policy_counts(folder, line):
    done = run(*line)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "stockade %s: --policy is given twice; a policy takes in others by extends = FILE\n" % line[0]
    ), done.stderr


def test_check_says_what_is_not_signed(folder):
    done = run("check", "--policy-key", "a.pub", "p.ini")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run("check", "--policy-key", "b.pub", "p.ini")
    assert done.returncode == 1
    assert done.stdout.startswith("p.ini: unknown-key: p.ini is signed with the key ")
    told, code = answer("check", "--policy-key", "b.pub", "p.ini")
    assert (code, told["errors"]) == (1, 1)
    assert told["messages"][0]["file"] == "p.ini"


def test_check_says_what_is_older_and_remembers_nothing(folder):
    write_numbered(folder, 5)
    line = ["check", "--policy-key", "a.pub", "--policy-state", "state", "p.ini"]
    assert run(*line).returncode == 0
    assert not (folder / "state").exists()
    assert run_it("--policy-state", "state").returncode == 0
    kept = (folder / "state").read_text()
    write_numbered(folder, 6)
    assert run(*line).returncode == 0
    assert (folder / "state").read_text() == kept
    write_numbered(folder, 4)
    done = run(*line)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == ("p.ini: rollback: sequence 4 of p.ini is older than 5, "
                           "which was accepted before; get a release from there on\n")
    told, code = answer(*line)
    assert (code, told["errors"], told["messages"][0]["file"]) == (1, 1, "p.ini")
    (folder / "state").write_text("what\n")
    assert "the state file state is damaged" in run(*line).stdout
    done = run("check", "--policy-state", "state", "p.ini")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--policy-state needs --policy-key" in done.stderr


def python(code, **more):
    return subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, timeout=60, env=environment(PYTHONPATH=PACKAGE), **more,
    )


def test_install_holds_the_policy_to_its_key(folder):
    done = python(
        "import stockade\n"
        "guard = stockade.install('p.ini', policy_key='a.pub')\n"
        "open('p.ini', 'a').write('os = allow\\n')\n"
        "try:\n"
        "    guard.reload()\n"
        "except ValueError as error:\n"
        "    print(str(error).split(': ')[1])\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "bad-signature\n", "")


def test_a_reload_takes_no_older_policy(folder):
    write_numbered(folder, 4)
    for name in ("p.ini", "p.ini.minisig"):
        shutil.copy(name, "older-" + name)
    write_numbered(folder, 5)
    done = python(
        "import shutil, stockade\n"
        "guard = stockade.install('p.ini', policy_key='a.pub', policy_state='state')\n"
        "for name in ('p.ini', 'p.ini.minisig'):\n"
        "    shutil.copy('older-' + name, name)\n"
        "try:\n"
        "    guard.reload()\n"
        "except ValueError as error:\n"
        "    print(str(error).split(': ')[1])\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "rollback\n", "")


def test_the_module_as_a_program_keeps_a_state_too(folder):
    write_numbered(folder, 5)
    line = [sys.executable, "-m", "stockade", "run", "-p", "p.ini", "--policy-key", "a.pub",
            "--policy-state", "state", "-c", "print(1)"]

    def go():
        return subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              universal_newlines=True, env=environment(PYTHONPATH=PACKAGE))

    assert go().stdout == "1\n"
    write_numbered(folder, 4)
    assert "rollback" in go().stderr
    line.remove("--policy-key")
    line.remove("a.pub")
    assert (go().returncode, "needs --policy-key" in go().stderr) == (2, True)


def test_install_refuses_a_policy_that_is_not_signed(folder):
    done = python(
        "import stockade\n"
        "try:\n"
        "    stockade.install('p.ini', policy_key='b.pub')\n"
        "except ValueError as error:\n"
        "    print(str(error).split(': ')[1], stockade.current())\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "unknown-key None\n", "")


def test_a_child_of_multiprocessing_holds_it_to_the_key_too(folder):
    (folder / "p.ini").write_text("[stockade]\nversion = 1\ndefault = allow\n")
    assert run("sign", "--key", "a.key", "--kind", "policy", "p.ini").returncode == 0
    (folder / "main.py").write_text(
        "import multiprocessing, stockade\n"
        "def reload():\n"
        "    open('p.ini', 'a').write('# edited\\n')\n"
        "    try:\n"
        "        stockade.current().reload()\n"
        "    except ValueError as error:\n"
        "        print(str(error).split(': ')[1], flush=True)\n"
        "if __name__ == '__main__':\n"
        "    stockade.install('p.ini', policy_key='a.pub')\n"
        "    child = multiprocessing.get_context('spawn').Process(target=reload)\n"
        "    child.start()\n"
        "    child.join()\n"
    )
    done = subprocess.run(
        [sys.executable, "main.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, timeout=60, env=environment(PYTHONPATH=PACKAGE),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "bad-signature\n", "")


FLOOR = """\
import multiprocessing, shutil, stockade, sys

def again():
    for name in ("p.ini", "p.ini.minisig"):
        shutil.copy("older-" + name, name)
    try:
        stockade.current().reload()
    except ValueError as error:
        print(str(error).split(": ")[1], flush=True)
    else:
        print("an older policy", flush=True)

if __name__ == "__main__":
    stockade.install("p.ini", policy_key="a.pub", policy_state="state")
    if sys.argv[2:]:
        exec(sys.argv[2])
    context = multiprocessing.get_context(sys.argv[1])
    child = context.Process(target=again)
    child.start()
    child.join()
    print(child.exitcode)
"""


def start_children(folder, kind, *more):
    write_numbered(folder, 4, "[stockade]\nversion = 1\ndefault = allow\n")
    for name in ("p.ini", "p.ini.minisig"):
        shutil.copy(name, "older-" + name)
    write_numbered(folder, 5, "[stockade]\nversion = 1\ndefault = allow\n")
    (folder / "main.py").write_text(FLOOR)
    return subprocess.run(
        [sys.executable, "main.py", kind, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, timeout=60, env=environment(PYTHONPATH=PACKAGE),
    )


@pytest.mark.parametrize("kind", ["fork", "spawn", "forkserver"])
def test_a_child_of_multiprocessing_takes_no_older_policy(folder, kind):
    done = start_children(folder, kind)
    assert (done.returncode, done.stdout, done.stderr) == (0, "rollback\n0\n", "")


def test_a_child_that_cannot_keep_the_state_does_not_begin(folder):
    done = start_children(folder, "spawn", "import os; os.chmod('state', 0o666)")
    assert (done.returncode, done.stdout) == (0, "3\n")
    assert "stockade: no guard for a process of multiprocessing: " in done.stderr
    assert "state is world-writable; run: chmod o-w " in done.stderr


def test_python_dash_m_holds_it_to_the_key_too(folder):
    line = [sys.executable, "-m", "stockade", "run", "-p", "p.ini", "--policy-key"]
    for key, code, said in [("a.pub", 0, "1\n"), ("b.pub", 1, "")]:
        done = subprocess.run(
            line + [key, "-c", "import json; print(1)"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, universal_newlines=True, timeout=60,
            env=environment(PYTHONPATH=PACKAGE),
        )
        assert (done.returncode, done.stdout) == (code, said), done.stderr
    assert "unknown-key: " in done.stderr
