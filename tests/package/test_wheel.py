# SPDX-License-Identifier: Apache-2.0
"""`pip install .` for the Python that runs this, into a fresh venv."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

UNREACHABLE = re.compile(
    r"Could not find a version that satisfies|No matching distribution|"
    r"Temporary failure in name resolution|Connection (refused|broken)|"
    r"NewConnectionError|ReadTimeoutError")


def run(*command, cwd):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PYTHONPATH", "STOCKADE_BUILD",
                                   "VIRTUAL_ENV")}
    # an old pip leaves its certificates in there
    environment["TMPDIR"] = str(cwd)
    return subprocess.run(
        list(map(str, command)), env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, cwd=str(cwd))


def copy_of_the_tree(folder):
    """What a source distribution has; nothing that was built here."""
    shutil.copytree(str(ROOT), str(folder), ignore=shutil.ignore_patterns(
        ".git", "build", "build-*", "__pycache__"))
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = copy_of_the_tree(folder / "source")
    done = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w",
               folder, source, cwd=folder)
    if done.returncode != 0 and UNREACHABLE.search(done.stdout):
        pytest.skip("meson-python could not be had from PyPI")
    assert done.returncode == 0, done.stdout
    built = list(folder.glob("stockade-*.whl"))
    assert len(built) == 1
    return built[0]


@pytest.fixture(scope="module")
def home(wheel, tmp_path_factory):
    """A fresh venv with the wheel."""
    folder = tmp_path_factory.mktemp("venv")
    done = run(sys.executable, "-m", "venv", folder, cwd=folder)
    assert done.returncode == 0, done.stdout
    done = run(folder / "bin/python3", "-m", "pip", "install", "--no-index",
               "--no-deps", wheel, cwd=folder)
    assert done.returncode == 0, done.stdout
    return folder


def names(wheel):
    with zipfile.ZipFile(str(wheel)) as archive:
        return set(archive.namelist())


def test_the_wheel_is_for_this_python(wheel):
    tag = "cp%d%d" % sys.version_info[:2]
    assert "-%s-%s-linux_" % (tag, tag) in wheel.name


def test_the_wheel_has_the_man_pages(wheel):
    """Below share of a venv, where `man` looks for them."""
    pages = {page.name for page in (ROOT / "src/cli").glob("stockade*.[15]")}
    found = {name.rsplit("/", 1)[1]: name for name in names(wheel) if "/man/man" in name}
    assert len(pages) > 10 and set(found) == pages
    assert found["stockade.1"].endswith(".data/data/share/man/man1/stockade.1")
    assert found["stockade-policy.5"].endswith(".data/data/share/man/man5/stockade-policy.5")


def test_the_wheel_has_the_package_the_extension_and_the_command(wheel):
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    sources = {"stockade/" + path.name
               for path in (ROOT / "src/python/stockade").iterdir()
               if path.is_file()}
    assert {"stockade/__init__.py", "stockade/py.typed"} <= sources
    rest = names(wheel) - sources - {"_stockade" + suffix, "stockade/_worker" + suffix}
    data = re.compile(r"stockade-[\d.]+\.(dist-info/|data/scripts/stockade$"
                      r"|data/data/share/man/man[15]/stockade[a-z-]*\.[15]$"
                      r")|stockade/policy/[a-z-]+\.ini$|stockade/stockade-worker$")
    assert sorted(name for name in rest if not data.match(name)) == []
    assert sources | {"_stockade" + suffix, "stockade/_worker" + suffix} <= names(wheel)
    pages = {name.rpartition("/")[2] for name in rest if "/share/man/" in name}
    assert {"stockade.1", "stockade-policy.5"} <= pages


def test_the_package_imports_without_a_path(home):
    done = run(home / "bin/python3", "-I", "-c",
               "import stockade, _stockade; print(_stockade.__file__)",
               cwd=home)
    assert done.returncode == 0, done.stdout
    assert str(home) in done.stdout


def write_policy(folder):
    policy = folder / "p.ini"
    policy.write_text("[stockade]\nversion = 1\ntrusted = @stdlib\n"
                      "[modules]\njson = allow\nsys = allow\n"
                      "stockade = allow closure\n")
    return policy


def test_the_package_denies(home, tmp_path):
    done = run(home / "bin/python3", "-c",
               "import stockade\nstockade.install(%r)\nimport json\n"
               "try:\n    import socket\nexcept stockade.ImportDenied as e:\n"
               "    print('denied', e.name)" % str(write_policy(tmp_path)),
               cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "denied socket" in done.stdout


def test_python_m_stockade_runs_a_program(home, tmp_path):
    done = run(home / "bin/python3", "-m", "stockade", "run", "-p",
               write_policy(tmp_path), "-c",
               "import json; print('json'); import socket",
               cwd=tmp_path)
    assert "json\n" in done.stdout
    assert "ImportDenied" in done.stdout and done.returncode == 1


@pytest.fixture(scope="module")
def command(home):
    path = home / "bin/stockade"
    if not path.exists():
        if sysconfig.get_config_var("Py_ENABLE_SHARED"):
            pytest.fail("the wheel has no command")
        pytest.skip("this Python has no shared libpython: no command")
    return path


def test_the_command_runs_the_python_of_its_venv(command, home, tmp_path):
    done = run(command, "run", "-p", write_policy(tmp_path), "-c",
               "import json, sys; print(sys.prefix); import stockade;"
               "print(stockade.__file__)", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    # what site.py said before of .pth files is not ours
    prefix, package = done.stdout.splitlines()[-2:]
    assert os.path.samefile(prefix, str(home))
    assert package.startswith(prefix)


@pytest.fixture(params=["command", "module"])
def program(request, home):
    """Each way to run a program under a policy."""
    if request.param == "module":
        return [home / "bin/python3", "-m", "stockade", "run"]
    return [request.getfixturevalue("command"), "run"]


def test_a_plugin_runs_in_a_worker(program, tmp_path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/report.py").write_text("import os\ndef pid(): return os.getpid()\n")
    (tmp_path / "p.ini").write_text("[stockade]\nversion = 1\ndefault = allow\n[modules]\n"
                                    "plugins.* = sandbox:strict\n[sandbox strict]\ndeadline = 60s\n")
    (tmp_path / "main.py").write_text("import os, plugins.report as r\nprint('apart', r.pid() != os.getpid())\n")
    done = run(*program, "-p", "p.ini", "main.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "apart True\n" in done.stdout


def test_processes_of_multiprocessing_are_guarded(program, tmp_path):
    (tmp_path / "p.ini").write_text("[stockade]\nversion = 1\ndefault = allow\n[modules]\nquopri = deny\n")
    (tmp_path / "main.py").write_text(
        "import multiprocessing\n"
        "def work():\n"
        "    try:\n        import quopri\n"
        "    except ImportError as e:\n        print(type(e).__name__, flush=True)\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    process.start(); process.join(); print('exit', process.exitcode)\n")
    done = run(*program, "-p", "p.ini", "main.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "ImportDenied\n" in done.stdout and "exit 0\n" in done.stdout
