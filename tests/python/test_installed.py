# SPDX-License-Identifier: Apache-2.0
"""The command where pip and `meson install` put it: its workers and the
processes of multiprocessing find the package that came along."""

import os
import shutil
import sys

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
    return prefix


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
