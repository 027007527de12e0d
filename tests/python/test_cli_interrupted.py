# SPDX-License-Identifier: Apache-2.0
"""What is left of a signing that does not come to its end: nothing that counts."""

import os
import signal
import subprocess
import sys
import time

import pytest

from clitool import STOCKADE, answer, environment, run


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package, signed by key a."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("NAME = 'shop'\n")
    (tmp_path / "shop" / "cart.py").write_text("def add(item):\n    return item\n")
    assert run("keygen", "-W", "-o", "a").returncode == 0
    sign()
    return tmp_path / "shop"


def sign():
    done = run("sign", "--key", "a.key", "shop")
    assert done.returncode == 0, done.stderr


def verify():
    return run("verify", "--key", "a.pub", "shop")


def unfinished():
    found, code = answer("verify", "--key", "a.pub", "shop")
    result, = found["results"]
    assert (code, result["trust"], result["differences"]) == (0, "ok", [])
    return result["unfinished"]


def all_files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }


STUCK = """\
#!%s
import sys, time
program, real = sys.argv[sys.argv.index("-c") + 1], compile
def stuck(*args, **kwargs):
    if args[1].endswith("cart.py"):
        open(%r, "w").close()
        time.sleep(60)
    return real(*args, **kwargs)
exec(real(program, "-c", "exec"), {"compile": stuck})
"""


def start_stuck(shop):
    """A `sign` that has made some of the code, as a terminal starts one."""
    stuck, reached = shop.parent / "stuck", shop.parent / "reached"
    stuck.write_text(STUCK % (sys.executable, str(reached)))
    stuck.chmod(0o755)
    process = subprocess.Popen(
        [STOCKADE, "sign", "--key", "a.key", "--python", str(stuck), "shop"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, start_new_session=True,
    )
    end = time.monotonic() + 60
    while not reached.exists():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    assert list((shop / "STOCKADE.code.new").rglob("*.code"))
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_signing_leaves_nothing(shop, number):
    before = all_files(shop)
    process = start_stuck(shop)
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert (out, err) == ("", "stockade: shop: interrupted, nothing in it was changed\n")
    assert process.returncode == -number
    assert all_files(shop) == before
    assert not (shop / "STOCKADE.code.new").exists()
    assert verify().returncode == 0


LATE = """\
#!%s
import atexit, os, signal, sys
atexit.register(os.kill, os.getppid(), signal.SIGINT)
exec(sys.argv[sys.argv.index("-c") + 1])
"""


def test_a_signal_that_comes_too_late_ends_what_is_signed(shop):
    late = shop.parent / "late"
    late.write_text(LATE % sys.executable)
    late.chmod(0o755)
    (shop / "cart.py").write_text("def add(item):\n    return [item]\n")
    done = run("sign", "--key", "a.key", "--python", str(late), "shop")
    assert done.returncode == -signal.SIGINT
    assert done.stderr.splitlines()[-1] == "stockade: interrupted when shop was signed"
    assert unfinished() is None
    assert verify().returncode == 0


def test_a_signal_that_is_ignored_interrupts_no_signing(shop):
    ignored = "import os, signal, sys\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n" \
        "os.kill(os.getpid(), signal.SIGHUP)\nos.execv(sys.argv[1], sys.argv[1:])\n"
    script = "kill -HUP $PPID; exec %s \"$@\"\n" % sys.executable
    python = shop.parent / "hangs-up"
    python.write_text("#!/bin/sh\n" + script)
    python.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", ignored, STOCKADE, "sign", "--key", "a.key", "--python",
         str(python), "shop"], env=environment(), stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert verify().returncode == 0


def test_a_killed_signing_leaves_a_good_tree_good(shop):
    process = start_stuck(shop)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    done = verify()
    assert done.returncode == 0
    assert done.stdout.split("\n")[1:] == [
        "  unfinished STOCKADE.code.new: left by a `stockade sign` that was killed; "
        "nothing reads it, and the next one removes it", "",
    ]
    assert unfinished() == "STOCKADE.code.new"
    sign()
    assert not (shop / "STOCKADE.code.new").exists()
    assert unfinished() is None
