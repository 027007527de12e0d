# SPDX-License-Identifier: Apache-2.0
"""The command where pip and `meson install` put it: its workers and the
processes of multiprocessing find the package that came along."""

import glob
import os
import shutil
import sys
from pathlib import Path

import pytest

from guarded import BUILD, Place, environment

SHORT = "%d.%d" % sys.version_info[:2]

LAYOUTS = ["lib/python%s/site-packages" % SHORT, "lib64/python%s/site-packages" % SHORT,
           "lib/python%s/dist-packages" % SHORT, "lib/python3/dist-packages", "."]


@pytest.fixture(params=LAYOUTS)
def installed(request, tmp_path):
    """A folder with the command in bin and the package where pip has it."""
    prefix = tmp_path / "prefix"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(os.path.join(BUILD, "stockade"), str(prefix / "bin"))
    packages = prefix / request.param
    packages.mkdir(parents=True, exist_ok=True)
    for name in os.listdir(os.path.join(BUILD, "python")):
        source = os.path.join(BUILD, "python", name)
        copy = shutil.copytree if os.path.isdir(source) else shutil.copy
        copy(source, str(packages / name))
    close(tmp_path)
    return prefix


def close(folder):
    """Whoever runs the tests may let his group, or all, write what he makes."""
    for base, folders, files in os.walk(str(folder)):
        for name in [os.curdir] + folders + files:
            path = os.path.join(base, name)
            os.chmod(path, os.stat(path).st_mode & ~0o022)


def run(prefix, tmp_path, policy, program):
    place = Place(tmp_path)
    place.policy(policy)
    place.files(program)
    env = environment()
    del env["PYTHONPATH"]
    return place.spawn([str(prefix / "bin/stockade"), "run", "-p", "policy.ini", "main.py"], env=env)


@pytest.mark.workers
def test_its_workers_start(installed, tmp_path):
    done = run(installed, tmp_path, "default = allow\n[modules]\nplugins.* = sandbox:strict\n", {
        "plugins/__init__.py": "",
        "plugins/report.py": "import os\ndef pid(): return os.getpid()\n",
        "main.py": "import os, plugins.report as r\nprint(r.pid() != os.getpid())\n"})
    assert (done.code, done.out) == (0, "True\n"), done.err


def test_processes_of_multiprocessing_start_guarded(installed, tmp_path):
    done = run(installed, tmp_path, "default = allow\n[modules]\nquopri = deny\n", {
        "main.py": """\
            import multiprocessing

            def work():
                try:
                    import quopri
                except ImportError as e:
                    print(type(e).__name__, flush=True)

            if __name__ == "__main__":
                process = multiprocessing.get_context("spawn").Process(target=work)
                process.start()
                process.join()
                print(process.exitcode)
            """})
    assert (done.code, done.out) == (0, "ImportDenied\n0\n"), done.err


def test_a_package_for_another_python_is_none(tmp_path):
    """Extensions of another version are not to be loaded."""
    prefix = tmp_path / "prefix"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(os.path.join(BUILD, "stockade"), str(prefix / "bin"))
    packages = prefix / LAYOUTS[0]
    shutil.copytree(os.path.join(BUILD, "python/stockade"), str(packages / "stockade"))
    (packages / "_stockade.cpython-27-other.so").write_bytes(b"")
    done = run(prefix, tmp_path, "default = allow\n", {
        "main.py": "try:\n    import stockade\nexcept ImportError:\n    print('none')\n"})
    assert (done.code, done.out) == (0, "none\n"), done.err


WHENCE = """\
try:
    import stockade
    print(stockade.__file__ is not None and 'found')
except ImportError:
    print('none')
"""


def whence(prefix, tmp_path):
    done = run(prefix, tmp_path, "default = allow\n", {"main.py": WHENCE})
    assert done.code == 0, done.err
    return done.out


def find(prefix, pattern):
    return Path(glob.glob(str(prefix / pattern))[0])


@pytest.mark.parametrize("open_to_all", [".", "{0}", "{0}/_stockade*", "{0}/stockade"])
def test_a_package_that_others_can_write_is_none(installed, tmp_path, request, open_to_all):
    """As of a copy in /tmp/bin, which would take what anybody leaves in /tmp."""
    layout = request.node.callspec.params["installed"]
    path = find(installed, open_to_all.format(layout))
    assert whence(installed, tmp_path) == "found\n"
    path.chmod(path.stat().st_mode | 0o002)
    assert whence(installed, tmp_path) == "none\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another's files")
@pytest.mark.parametrize("what", [".", "{0}", "{0}/_stockade*", "{0}/stockade"])
def test_a_package_of_another_user_or_group_is_none(installed, tmp_path, request, what):
    layout = request.node.callspec.params["installed"]
    path = find(installed, what.format(layout))
    os.chown(str(path), -1, 12345)
    assert whence(installed, tmp_path) == "found\n"
    path.chmod(path.stat().st_mode | 0o020)
    assert whence(installed, tmp_path) == "none\n"
    path.chmod(path.stat().st_mode & ~0o020)
    os.chown(str(path), 12345, -1)
    assert whence(installed, tmp_path) == "none\n"


def test_another_python_is_told_what_to_do(tmp_path):
    """As one that finds the package beside the extension of some other."""
    shutil.copytree(os.path.join(BUILD, "python/stockade"), str(tmp_path / "stockade"))
    done = Place(tmp_path).spawn([sys.executable, "-c", "import stockade"],
                                 env=dict(environment(), PYTHONPATH=str(tmp_path)))
    assert done.code == 1 and done.err.splitlines()[-1] == (
        "ImportError: %s is not built for Python %s, which is %s; run the Python that it was built"
        " for, or build it for this one: meson setup BUILD -Dpython=%s"
        % (tmp_path / "stockade", SHORT, sys.executable, sys.executable)), done.err
