# SPDX-License-Identifier: Apache-2.0
"""The parts of a test run: each takes a Python and gives Results."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import again
import results
from results import Results

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build-tests"
REQUIREMENTS = ROOT / "tests" / "requirements.txt"
NOBODY = 65534
UNSTEADY = "unsteady (passed when run again): "

# Folders of pytest suites that a build is tried with.
SUITES = ["tests/python", "tests/decisions", "tests/bypass", "tests/escapes",
          "tests/examples"]
# And those that need no sanitizer to look on.
PLAIN = ["tests/programs"]
# What is tried with each Python, --all or not.
SHORT = ["tests/decisions", "tests/bypass", "tests/escapes", "tests/python/test_import_attacks.py",
         "tests/python/test_signature_attacks.py", "tests/python/test_tools.py"]
# And those that one Python is enough for.
ONCE = ["tests/quickstart", "tests/package", "tests/bench"]


class Broken(Exception):
    """A step that the rest of its stage stands on has failed."""

    def __init__(self, text, found=None):
        super().__init__(text)
        self.results = found or Results()


def say(text):
    print("   " + text, flush=True)


def run(log, command, timeout=900, environment=None, **more):
    """Runs to the end or to the timeout, output into the log file."""
    log = WORK / "logs" / (log.replace(" ", "-") + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    full = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1",
                PIP_CACHE_DIR=str(WORK / "cache"), PYTHONDONTWRITEBYTECODE="1")
    full.update(environment or {})
    with open(str(log), "ab") as out:
        out.write(("\n$ %s\n" % " ".join(map(str, command))).encode())
        out.flush()
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, env=full,
            start_new_session=True, **more)
        try:
            return process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            out.write(b"\ntimed out\n")
            return -signal.SIGALRM
        finally:
            # what it left running ends with it
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


class Scratch:
    """A temporary folder for one runner, in which nothing may be left: its
    path is short, since those of sockets must be, and without the name of
    the project, which tests look for in what programs say."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="stk-test-")
        # root's tests become other users below it
        os.chmod(self.path, 0o711)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def check(self, found, prefix, but=()):
        if not os.path.isdir(self.path):
            found.fail("%ssomebody took the tests' folder away" % prefix)
            return
        left = sorted(set(os.listdir(self.path)) - set(but))
        if left:
            found.fail("%stests left behind: %s" % (prefix, " ".join(left)))


def must(log, command, what, **more):
    code = run(log, command, **more)
    if code != 0:
        show_end(log)
        raise Broken("%s failed (%s)" % (what, code))


def show_end(log, lines=80):
    path = WORK / "logs" / (log.replace(" ", "-") + ".log")
    text = path.read_text(errors="replace").splitlines()[-lines:]
    print("\n".join("   | " + line for line in text), flush=True)


def meson():
    """The meson on PATH; Debian's where that is a shim without a body."""
    for command in ("meson", "/usr/bin/meson"):
        try:
            if subprocess.run([command, "--version"],
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0:
                return command
        except OSError:
            pass
    raise Broken("there is no meson")


def build(label, python, *options):
    """Configures and builds; gives the folder."""
    folder = WORK / label
    log = "build " + label
    say("building %s for %s" % (folder.relative_to(ROOT), python.executable))
    setup = [meson(), "setup", folder, "-Dpython=" + python.executable,
             "-Dtests=enabled"] + list(options)
    again = ["--reconfigure"] if (folder / "build.ninja").exists() else []
    if not again or run(log, setup + again) != 0:
        shutil.rmtree(str(folder), ignore_errors=True)
        must(log, setup, "meson setup")
    must(log, ["ninja", "-C", folder], "the build", timeout=1800)
    return folder


def venv(label, python):
    """A venv with pytest: its python, or None when it cannot be had."""
    folder = WORK / ("venv-" + label)
    command = folder / "bin" / "python3"
    log = "venv " + label
    stamp = folder / "requirements.txt"
    wanted = REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        if run(log, [command, "-c", "import pytest"]) == 0:
            return command
    shutil.rmtree(str(folder), ignore_errors=True)
    say("installing pytest for python %s" % label)
    if run(log, [python.executable, "-m", "venv", folder]) != 0:
        return None
    if run(log, [command, "-m", "pip", "install", "-q", "--only-binary",
                 ":all:", "-r", REQUIREMENTS]) == 0:
        stamp.write_text(wanted)
        return command
    return None


def pytest_of(label, python, found):
    """How to call pytest, or None with the skip written down."""
    command = venv(label, python)
    if command:
        return command
    if run("venv " + label, [python.executable, "-c", "import pytest"]) == 0:
        say("PyPI cannot be reached: using the pytest that is installed")
        return python.executable
    found.skip("pytest suites, python %s: pytest could not be installed"
               " from PyPI (build-tests/logs/venv-%s.log)" % (label, label))
    return None


def run_pytest(label, command, folder, suites, environment=None, prefix=""):
    suites = [suite for suite in suites if (ROOT / suite).is_dir()]
    if not suites:
        return Results()
    report = WORK / "reports" / (label.replace(" ", "-") + ".xml")
    report.parent.mkdir(parents=True, exist_ok=True)
    if report.exists():
        report.unlink()
    log = "pytest " + label
    full = {"PYTHONPATH": str(folder / "python"), "STOCKADE_BUILD": str(folder)}
    full.update(environment or {})
    call = [command, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    say("pytest %s" % " ".join(suites))
    with Scratch() as scratch:
        full["TMPDIR"] = scratch.path
        code = run(log, call + ["--basetemp", scratch.path + "/p",
                                "--junitxml", report] + suites,
                   timeout=1800, environment=full)
        found = results.read_junit(report, code, prefix)
        scratch.check(found, prefix, but=["p"])
    if found.failures:
        show_end(log)
    with Scratch() as scratch:
        full["TMPDIR"] = scratch.path
        again.try_again(found, report, prefix, lambda node: run(
            log, call + ["--basetemp", scratch.path + "/p", node],
            environment=full) == 0)
    return found


def run_units(label, folder, prefix=""):
    say("unit tests")
    log = "unit " + label
    with Scratch() as scratch:
        code = run(log, [meson(), "test", "-C", folder, "--no-rebuild",
                         "--print-errorlogs"],
                   environment={"TMPDIR": scratch.path})
        found = results.read_meson(
            folder / "meson-logs" / "testlog.json", prefix)
        scratch.check(found, prefix)
    if code != 0 and not found.failures:
        found.fail("%smeson test ended with %s" % (prefix, code))
    if found.failures:
        show_end(log)
    return found


def default(python):
    """The machine's own python3: every unit test, every suite."""
    found = Results()
    folder = build(python.label, python)
    found.add(run_units(python.label, folder))
    command = pytest_of(python.label, python, found)
    if command:
        found.add(run_pytest(python.label, command, folder,
                             SUITES + PLAIN + ONCE))
    return found


def other(python, suites=tuple(SUITES + PLAIN)):
    """Another one: what knows Python, and the suites."""
    found = Results()
    if python.lacks:
        found.skip("python %s (%s): it lacks %s" % (
            python.label, python.executable, ", ".join(python.lacks)))
        return found
    prefix = "python %s: " % python.label
    folder = build(python.label, python)
    found.add(run_units(python.label, folder, prefix))
    command = pytest_of(python.label, python, found)
    if command:
        found.add(run_pytest(python.label, command, folder, suites,
                             prefix=prefix))
    return found


def short(python):
    """One between the oldest and the newest, which run all suites."""
    found = other(python, SHORT)
    if not python.lacks:
        found.skip("python %s: suites other than the attacks and the table"
                   " of tools: tests/run --all runs them" % python.label)
    return found


def too_new(python):
    found = Results()
    found.skip("python %s (%s): newer than what is supported"
               % (python.label, python.executable))
    return found


def lint(python):
    found = Results()
    folder = build(python.label, python)
    command = pytest_of(python.label, python, found)
    if command:
        found.add(run_pytest("lint", command, folder,
                             ["tests/lint", "tests/harness"]))
    return found


def sanitizers(python):
    """The same under ASan and UBSan; leaks are Python's own there."""
    found = Results()
    label = "sanitize"
    # gcc warns of what its own instrumentation made up
    folder = build(label, python, "-Db_sanitize=address,undefined",
                   "-Dwerror=false",
                   "-Db_lundef=false")
    found.add(run_units(label, folder, "sanitize: "))
    command = pytest_of(python.label, python, found)
    library = subprocess.run(["gcc", "-print-file-name=libasan.so"],
                             stdout=subprocess.PIPE).stdout.decode().strip()
    if command and not os.path.isabs(library):
        found.skip("sanitize: pytest suites: gcc names no libasan.so")
    elif command:
        found.add(run_pytest(label, command, folder, SUITES, {
            "LD_PRELOAD": os.path.realpath(library),
            "ASAN_OPTIONS": "detect_leaks=0:handle_segv=0",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
            "STOCKADE_SANITIZE": "1",
        }, prefix="sanitize: "))
    return found


def not_root(found_pythons):
    """The same as nobody, from a copy that nobody may read: what root may
    do to files and to the kernel hides mistakes."""
    found = Results()
    usable = [python for python in found_pythons
              if not python.lacks and nobody_runs(python.executable)]
    if not usable:
        found.skip("not root: no python that another user may run")
        return found
    if not nobody_runs("meson", "--version"):
        found.skip("not root: no meson that another user may run")
        return found
    home = tempfile.mkdtemp(prefix="stk-nobody-")
    try:
        os.mkdir(home + "/tmp")
        copy_tree(home + "/source")
        give_away(home)
        found.add(run_as_nobody(home, usable[0]))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return found


def as_nobody(command):
    # through a shell: setpriv itself may still pass root's folders
    return ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY,
            "--clear-groups", "--no-new-privs", "sh", "-c", 'exec "$@"',
            "sh"] + list(map(str, command))


def nobody_runs(executable, *arguments):
    return subprocess.run(as_nobody([executable, *(arguments or ("-c", ""))]),
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def copy_tree(folder):
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co",
         "--exclude-standard", "-z"],
        cwd=str(ROOT), stdout=subprocess.PIPE, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        target = os.path.join(folder, name)
        if os.path.isfile(str(ROOT / name)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(str(ROOT / name), target)


def give_away(home):
    for folder, _, files in os.walk(home):
        for path in [folder] + [os.path.join(folder, f) for f in files]:
            os.chown(path, NOBODY, NOBODY)


def run_as_nobody(home, python):
    """tests/run itself, as nobody, in the copy."""
    log = "not root"
    environment = {"HOME": home, "TMPDIR": home + "/tmp", "USER": "nobody",
                   "LOGNAME": "nobody", "PATH": path_of_nobody(python),
                   "XDG_CACHE_HOME": home + "/.cache",
                   "PIP_CACHE_DIR": home + "/.cache/pip"}
    code = run(log, as_nobody([
        python.executable, "-B", "tests/harness/main.py", "--quick",
        "--only", "default", "--jobs", "1"]), environment=environment, cwd=home + "/source",
        timeout=1800)
    text = (WORK / "logs" / "not-root.log").read_text(errors="replace")
    text = text.rpartition("\n$ ")[2]
    return read_inner(text, code)


def path_of_nobody(python):
    return os.pathsep.join([os.path.dirname(python.executable),
                            "/usr/local/bin", "/usr/bin", "/bin"])


def read_inner(text, code):
    """The closing lines of the run within."""
    found = Results()
    for line in text.splitlines():
        if line.startswith("skipped: "):
            found.skip("not root: " + line[len("skipped: "):])
        elif line.startswith(UNSTEADY):
            found.unsteady.append("not root: " + line[len(UNSTEADY):])
        elif line.startswith("FAILED: "):
            found.fail("not root: " + line[len("FAILED: "):])
    last = re.search(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text,
                     re.M)
    if last:
        found.passed = int(last.group(1))
    if not last or (code != 0) != bool(found.failures):
        found.fail("not root: ended with %s" % code)
    if found.failures:
        show_end("not root")
    return found
