# SPDX-License-Identifier: Apache-2.0
"""examples/embed: a product in C whose customers script it."""

# covers: python/process/embed.c

import json
import os
import re
import shutil
import subprocess

import pytest

from clitool import BUILD, ROOT, environment, run

EMBED = os.path.join(BUILD, "examples", "embed", "embed")
FOLDER = os.path.join(ROOT, "examples", "embed")
ORDERS = "A-1     19.99  -%d%%\nA-2    250.00  -%d%%\nB-7    110.50  -%d%%\n"


def product(log, script, policy=os.path.join(FOLDER, "policy.ini")):
    """Runs the product; its exit code, output, errors."""
    done = subprocess.run(
        [EMBED, policy, str(log), str(script)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, env=environment(), timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def records(log):
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_the_allowed_script_runs(tmp_path):
    log = tmp_path / "log"
    assert product(log, os.path.join(FOLDER, "discount.py")) == (0, ORDERS % (0, 10, 10), "")
    asked = {r["name"]: r for r in records(log) if r.get("importer") == "__main__"}
    assert set(asked) == {"decimal", "product"}
    assert asked["product"]["outcome"] == asked["decimal"]["outcome"] == "found"
    assert re.search(r"policy\.ini:\d+$", asked["product"]["rule"])
    assert asked["product"]["file"].endswith("discount.py")


def test_a_copy_of_the_folder_works_elsewhere(tmp_path):
    copy = shutil.copytree(FOLDER, str(tmp_path / "copy"))
    done = product(tmp_path / "log", os.path.join(copy, "discount.py"),
                   os.path.join(copy, "policy.ini"))
    assert done == (0, ORDERS % (0, 10, 10), "")


def test_its_policy_is_the_shipped_one_and_the_product(tmp_path):
    shipped = tmp_path / "shipped.ini"
    shipped.write_text("[stockade]\nversion = 1\nextends = %s\n[modules]\nproduct = allow\n"
                       % os.path.join(ROOT, "policy", "embedded.ini"))
    done = run("diff", shipped, os.path.join(FOLDER, "policy.ini"))
    assert (done.returncode, done.stdout) == (0, "no difference\n")


def test_the_denied_script_is_stopped_and_told_why(tmp_path):
    log = tmp_path / "log"
    code, out, err = product(log, os.path.join(FOLDER, "report.py"))
    assert (code, out) == (1, ORDERS % (0, 0, 0))
    assert 'report.py", line 10, in <module>' in err
    assert "stockade.ImportDenied: No module named 'socket': denied to __main__" in err
    assert err.endswith("embed: imports refused: 1\n")
    refused, = [r for r in records(log) if r.get("outcome") == "refused"]
    assert (refused["name"], refused["importer"], refused["line"]) == ("socket", "__main__", 10)


def test_a_policy_that_does_not_load_is_told_once(tmp_path):
    bad = tmp_path / "bad.ini"
    code, out, err = product(tmp_path / "log", os.path.join(FOLDER, "discount.py"), str(bad))
    assert (code, out) == (3, "")
    assert err == "embed: %s: cannot open: No such file or directory\n" % bad
    bad.write_text("[stockade]\nversion = 1\n[modules]\nos = alow\nre\n")
    code, out, err = product(tmp_path / "log", os.path.join(FOLDER, "discount.py"), str(bad))
    assert (code, out) == (3, "")
    assert [line.split(": ")[:2] for line in err.splitlines()] == [
        ["embed", "%s:4" % bad], ["embed", "%s:5" % bad]]


def test_a_log_that_does_not_open_is_told(tmp_path):
    code, _, err = product(tmp_path / "none" / "log", os.path.join(FOLDER, "discount.py"))
    assert code == 3
    assert err.startswith("embed: ") and len(err.splitlines()) == 1


@pytest.mark.workers
def test_a_worker_needs_the_program_that_is_installed(tmp_path):
    """Whatever sys.executable is, it has no package to start a worker with."""
    policy = tmp_path / "policy.ini"
    policy.write_text("[stockade]\nversion = 1\ntrusted = @stdlib\n[modules]\nproduct = allow\n"
                      "sys = allow\nplugin = sandbox:strict\n")
    (tmp_path / "plugin.py").write_text("name = 'plugin'\n")
    script = tmp_path / "script.py"
    script.write_text("import sys\nsys.path.insert(0, %r)\nimport plugin\nprint(plugin.name)\n"
                      % str(tmp_path))
    code, out, err = product(tmp_path / "log", script, str(policy))
    if code == 0:
        assert out.startswith("plugin\n"), (out, err)  # it is installed here
    else:
        assert "stockade.SandboxError: nothing to start workers with: there is no program /" in err
        assert "stockade-worker; meson install puts it there\n" in err, err


def test_the_log_is_whole_and_ended(tmp_path):
    log = tmp_path / "log"
    for script in ("discount.py", "report.py"):
        product(log, os.path.join(FOLDER, script))
    done = run("audit", "verify", str(log))
    assert done.returncode == 0
    assert "in 2 chains, 0 without an end, 0 findings" in done.stdout
    assert [r["event"] for r in records(log) if r["event"] != "import"] == [
        "start", "end", "start", "end"]
    assert records(log)[0]["reason"].startswith("embed, Python 3.")


@pytest.mark.parametrize("source, name", [
    ("import os", "os"),
    ("import product, importlib; importlib.import_module('os')", "importlib"),
    ("__import__('ctypes')", "ctypes"),
    ("import sys, pathlib; sys.modules['os'].getcwd()", None),
])
def test_what_is_loaded_already_is_refused_to_scripts(tmp_path, source, name):
    script = tmp_path / "customer.py"
    script.write_text(source)
    code, _, err = product(tmp_path / "log", script)
    if name is None:  # no import, and no boundary
        assert (code, err) == (0, "")
    else:
        assert code == 1
        assert "stockade.ImportDenied: No module named '%s'" % name in err


def test_a_swallowed_refusal_is_noticed(tmp_path):
    script = tmp_path / "customer.py"
    script.write_text("try:\n    import socket\nexcept ImportError:\n    pass\n")
    code, _, err = product(tmp_path / "log", script)
    assert (code, err) == (1, "embed: imports refused: 1\n")


def test_a_wrong_policy_starts_no_python(tmp_path):
    policy = tmp_path / "p.ini"
    policy.write_text("[stockade]\nversion = 1\nmode = obsreve\n[modules]\nos = dney\n")
    code, out, err = product(tmp_path / "log", "none.py", str(policy))
    assert (code, out) == (3, "")
    assert "p.ini:3: " in err and 'p.ini:5: unknown verdict "dney"' in err
    assert not (tmp_path / "log").exists()


def test_usage():
    done = subprocess.run([EMBED], stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (2, b"usage: embed POLICY LOG SCRIPT\n")
