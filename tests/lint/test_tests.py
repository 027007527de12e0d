# SPDX-License-Identifier: Apache-2.0
"""Every C file has a test program of its own, and the program is run. What
is a command is tried as one, by tests/python/test_cli_COMMAND.py; what is
nothing without an interpreter, by the suite that says so in a line
`# covers: python/FOLDER/FILE.c, ...`: so are the rooms python and worker, and
what of guard has to do with workers."""

import json
import re
import shutil
import subprocess

from tree import ROOT, c_files

# main.c of a program is tried through the program.
NO_UNIT = {"cli/main"}


def is_command(name):
    room, _, file = name.partition("/")
    tests = "tests/python/test_cli_%s.py" % file.partition("_")[0]
    return room == "cli" and (ROOT / tests).is_file()


def covered():
    """The files that some suite says it tries."""
    found = set()
    for path in (ROOT / "tests").glob("*/test_*.py"):
        for line in re.findall(r"^# covers: (.*)$", path.read_text(), re.M):
            found |= {word.strip() for word in line.split(",")}
    return found


def test_what_is_covered_is_there():
    assert [name for name in sorted(covered())
            if not re.match(r"(guard|python/\w+|worker)/\w+\.c$", name)
            or not (ROOT / "src" / name).is_file()] == []


def units():
    for path in c_files("src", suffixes=(".c",)):
        name = "/".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        if name not in NO_UNIT:
            yield name


def test_every_c_file_has_a_test_program():
    missing = []
    for name in units():
        room, file = name.split("/")[0], name.split("/")[-1]
        program = ROOT / "tests/unit" / room / ("test_%s.c" % file)
        if (not program.is_file() and not is_command(name)
                and name + ".c" not in covered()):
            missing.append(name)
    assert missing == []


def test_every_test_program_is_run(build):
    meson = shutil.which("meson") or "/usr/bin/meson"
    done = subprocess.run([meson, "introspect", "--tests", str(build)],
                          stdout=subprocess.PIPE, check=True)
    run = {test["name"] for test in json.loads(done.stdout.decode())}
    programs = {"%s/%s" % (path.parent.name, path.stem[len("test_"):])
                for path in c_files("tests/unit", suffixes=(".c",))
                if path.name.startswith("test_")}
    assert programs - run == set()


def test_suites_that_start_workers_say_so():
    # the sanitizers, under which no worker starts, leave those out
    unmarked = [path.name for path in (ROOT / "tests/python").glob("test_*.py")
                if re.search("(worker|sandbox)place", path.read_text()) and "mark.workers" not in path.read_text()]
    assert unmarked == []
