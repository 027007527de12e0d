# SPDX-License-Identifier: Apache-2.0
"""The built-in groups hold the standard library of every Python found here,
each module once. Asks the interpreters themselves what they ship."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GROUPS = ROOT / "policy" / "groups.ini"
PARTS = ["pure", "files", "net", "process", "native", "meta"]
SUPPORTED = [(3, minor) for minor in range(8, 14)]

# The site's own code: it lies in the standard library's folder on some
# systems, and anywhere on the path on others.
CUSTOMIZE = {"sitecustomize", "usercustomize"}

# Modules of other platforms, or frozen, or of a later patch release.
UNSEEN = {"__hello_alias__", "__hello_only__", "__phello_alias__",
          "_apple_support", "_testconsole"}

# Run by each interpreter, with -S -E: what it ships, top-level.
LIST = r"""
import json, os, sys, sysconfig
from importlib.machinery import all_suffixes
names = set(getattr(sys, "stdlib_module_names", ()))
names |= set(sys.builtin_module_names)
folders = {sysconfig.get_path(k) for k in ("stdlib", "platstdlib")}
folders |= {os.path.join(f, "lib-dynload") for f in folders}
for folder in filter(os.path.isdir, folders):
    for entry in os.scandir(folder):
        name = entry.name
        if entry.is_dir():
            inside = any(f.endswith(".py") for f in os.listdir(entry.path))
            if not inside or name in ("site-packages", "dist-packages"):
                continue
        else:
            fits = [s for s in all_suffixes() if name.endswith(s)]
            if not fits:
                continue
            name = name[:-len(max(fits, key=len))].partition(".")[0]
        if name.isidentifier():
            names.add(name)
print(json.dumps([list(sys.version_info[:2]), sorted(names)]))
"""


def find_pythons():
    """Every supported interpreter of this machine: {executable: names}."""
    places = [Path("/usr/bin"), Path("/usr/local/bin")]
    places += (Path.home() / ".pyenv" / "versions").glob("*/bin")
    found = {}
    for place in places:
        for path in sorted(place.glob("python3*")):
            if not re.fullmatch(r"python3(\.\d+)?", path.name):
                continue
            path = path.resolve()
            if path in found:
                continue
            run = subprocess.run([str(path), "-S", "-E", "-c", LIST],
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, timeout=60)
            if run.returncode == 0:
                version, names = json.loads(run.stdout)
                if tuple(version) in SUPPORTED:
                    found[path] = (tuple(version), set(names))
    return found


def read_groups():
    """{part: [members in the order of the file]}, read with no INI parser."""
    groups, part = {}, None
    for line in GROUPS.read_text("ascii").splitlines():
        section = re.fullmatch(r"\[group stdlib\.(\w+)\]", line)
        if section:
            part = section.group(1)
            groups[part] = []
        elif line.startswith("members = "):
            groups[part] += line[len("members = "):].split(", ")
    return groups


@pytest.fixture(scope="module")
def pythons():
    found = find_pythons()
    if not found:
        pytest.skip("no supported Python on this machine")
    return found


@pytest.fixture(scope="module")
def groups():
    return read_groups()


@pytest.fixture(scope="module")
def shipped(pythons):
    return set().union(*(names for _, names in pythons.values()))


def test_there_are_exactly_the_six_groups(groups):
    assert list(groups) == PARTS
    assert all(groups.values())


def test_every_module_of_every_python_is_in_a_group(groups, pythons):
    known = set().union(*groups.values()) | CUSTOMIZE
    for path, (_, names) in pythons.items():
        assert sorted(names - known) == [], str(path)


def test_the_interpreters_were_asked_in_earnest(pythons):
    for path, (_, names) in pythons.items():
        assert len(names) > 200, str(path)
        assert {"os", "sys", "_thread", "json", "math"} <= names, str(path)


def test_no_module_is_in_two_groups(groups):
    members = [name for part in PARTS for name in groups[part]]
    assert len(members) == len(set(members))


def test_the_members_of_a_group_are_sorted(groups):
    for part in PARTS:
        assert groups[part] == sorted(groups[part]), part


def test_a_member_is_a_dotted_name_whose_top_is_a_member_too(groups):
    members = set().union(*groups.values())
    for name in members:
        assert all(label.isidentifier() for label in name.split(".")), name
        assert name.partition(".")[0] in members, name


def test_a_submodule_is_listed_only_where_it_differs_from_its_parent(groups):
    part_of = {name: part for part in PARTS for name in groups[part]}
    for name, part in part_of.items():
        parent = name.rpartition(".")[0]
        while parent and parent not in part_of:
            parent = parent.rpartition(".")[0]
        assert not parent or part_of[parent] != part, name


def test_nothing_is_invented(groups, pythons, shipped):
    versions = {version for version, _ in pythons.values()}
    if versions != set(SUPPORTED):
        pytest.skip("not every supported Python is on this machine")
    members = set().union(*groups.values())
    top = {name for name in members if "." not in name}
    assert sorted(top - shipped - UNSEEN) == []


def test_a_listed_submodule_exists(groups, pythons):
    dotted = sorted(n for part in PARTS for n in groups[part] if "." in n)
    code = ("import sys, importlib\n"
            "for n in sys.argv[1:]: importlib.import_module(n)")
    path = max(pythons, key=lambda p: pythons[p][0])
    run = subprocess.run([str(path), "-W", "ignore", "-c", code] + dotted,
                         stderr=subprocess.PIPE, timeout=60)
    assert run.returncode == 0, run.stderr.decode()


def test_a_line_is_short_enough_for_the_parser():
    for number, line in enumerate(GROUPS.read_bytes().split(b"\n"), 1):
        assert len(line) < 190, number


def test_each_group_says_what_it_opens():
    lines = GROUPS.read_text("ascii").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("[group "):
            assert lines[number - 1].startswith("# "), line


# What a policy's author may rely on, whatever else moves.
@pytest.mark.parametrize("part, names", [
    ("pure", "json re math typing dataclasses collections datetime"),
    ("files", "io pathlib shutil tempfile glob zipfile logging"),
    ("net", "socket _socket ssl _ssl http.client urllib.request smtplib"),
    ("process", "os posix subprocess _posixsubprocess multiprocessing "
                "concurrent.futures signal pty"),
    ("native", "ctypes _ctypes mmap sqlite3"),
    ("meta", "sys gc importlib _imp runpy marshal pickle inspect builtins"),
])
def test_the_sensitive_modules_are_where_they_are_said_to_be(
        groups, part, names):
    assert set(names.split()) <= set(groups[part])
