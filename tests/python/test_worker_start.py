# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/starter.c
# covers: worker/module.c
"""What workers are started with, where there is no program stockade-worker:
the Python that runs."""

import glob
import os
import shutil
import subprocess
import sys

import pytest

import guarded
from workerplace import PATIENT as POLICY

pytestmark = pytest.mark.workers

PLUGIN = """
    import sys, json
    def f(x):
        return json.loads(json.dumps(x))
    def where():
        return sys.executable
    def flags():
        return [sys.flags.isolated, sys.flags.no_site, sys.flags.utf8_mode, sys.argv, sys.path]
    def main():
        import __main__
        return [n for n in vars(__main__) if n[:2] != "__"]
    def read():
        return open("/etc/passwd").read()
"""

PRINT = """
    import plugins.a
    print(plugins.a.f([1, 2]), end=" ")
"""


@pytest.fixture
def place(tmp_path):
    """A package without the program."""
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("plugins/__init__.py", "")
    place.write("plugins/a.py", PLUGIN)
    place.package = place.path("site")
    shutil.copytree(guarded.environment()["PYTHONPATH"].split(os.pathsep)[0], place.package)
    program = os.path.join(place.package, "stockade", "stockade-worker")
    if os.path.exists(program):
        os.unlink(program)
    return place


def run(place, text, python=sys.executable, before=""):
    script = place.path("main.py")
    with open(script, "w") as file:
        file.write(guarded.dedent(before))
        file.write(guarded.PREAMBLE.format(
            policy=place.path("policy.ini"), audit="file:" + place.log))
        file.write(guarded.dedent(text))
    return place.spawn([python, script], env=guarded.environment(PYTHONPATH=place.package))


def test_it_is_the_python_that_runs(place):
    done = run(place, PRINT + """
    import sys
    print(plugins.a.where() == sys.executable)
    """)
    assert done.out == "[1, 2] True\n", done.err


def test_it_is_as_isolated_as_the_program(place):
    done = run(place, PRINT + """
    print(plugins.a.flags(), plugins.a.main())
    try:
        plugins.a.read()
    except PermissionError as error:
        print(error.errno)
    """)
    assert done.out == ("[1, 2] [1, 1, 1, [''], []] []\n1\n"), done.err
    assert [r for r in done.records if r["event"] == "syscall"]


def test_it_works_in_a_virtual_environment(place):
    folder = place.path("env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True,
                   timeout=60)
    python = os.path.join(folder, "bin", "python")
    done = run(place, PRINT + """
    print(plugins.a.where())
    """, python=python)
    assert done.out == "[1, 2] %s\n" % python, done.err


def test_spares_and_on_install_are_the_same_there(place):
    place.policy(POLICY + "start = on_install\nspares = 2\n")
    place.write("plugins/b.py", PLUGIN)
    done = run(place, PRINT + """
    import plugins.b
    print(plugins.b.f(3))
    """)
    assert done.out == "[1, 2] 3\n", done.err


def test_a_product_that_embeds_python_is_not_started_again(place):
    """Its sys.executable is the product; the Python is the one of the prefix."""
    product = place.path("product")
    with open(product, "w") as file:
        file.write("#!/bin/sh\ntouch %s\n" % place.path("started"))
    os.chmod(product, 0o755)
    done = run(place, PRINT + "    print()\n", before="""
        import sys
        sys.executable = sys._base_executable = %r
    """ % product)
    assert done.out == "[1, 2] \n", done.err
    assert not os.path.exists(place.path("started"))


def test_without_any_python_it_says_what_to_do(place):
    done = run(place, """
        import stockade
        try:
            import plugins.a
        except stockade.SandboxError as error:
            print(error)
    """, before="""
        import sys
        sys.executable = sys._base_executable = ""
        sys.exec_prefix = sys.base_exec_prefix = "/nowhere"
    """)
    assert done.out.startswith("nothing to start workers with: sys.executable, '', is no python3.")
    assert "set sys.executable to one before the guard is installed, or install" in done.out
    assert done.out.rstrip().endswith("stockade-worker"), done.out


def other_pythons():
    for path in sorted(glob.glob("/usr/bin/python3.*") + glob.glob(
            os.path.join(os.path.dirname(os.path.dirname(sys.base_prefix)), "versions", "*",
                         "bin", "python3"))):
        version = subprocess.run([path, "-I", "-S", "-c", "import sys; print(sys.version)"],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if version.returncode == 0 and version.stdout.decode().strip() != sys.version:
            return path
    return None


def test_another_python_is_refused(place):
    other = other_pythons()
    if not other:
        pytest.skip("no other Python is here")
    done = run(place, """
        import stockade
        try:
            import plugins.a
        except stockade.SandboxError as error:
            print(error)
    """, before="import sys\nsys.executable = %r\n" % other)
    assert done.out.startswith("plugins.a: " + other + " is of another Python, this one is \"3."), done


def test_the_module_is_for_nobody_else(place):
    module = [name for name in os.listdir(os.path.join(place.package, "stockade"))
              if name.startswith("_worker.")]
    assert len(module) == 1
    done = subprocess.run(
        [sys.executable, "-c", "import stockade._worker as w; w.main()"],
        env=guarded.environment(PYTHONPATH=place.package), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 1
    assert b"started by stockade alone" in done.stderr
