# SPDX-License-Identifier: Apache-2.0
"""What a reviewer should not have to say."""

import re
import shutil
import subprocess

import pytest

from tree import ROOT, c_files, tracked

FILE_MAX = 600
FUNCTION_MAX = 80
CLANG_FORMAT = "14"  # Debian 12's; others lay the same options out otherwise

# Tables may be long.
LONG_FILES = set()

C_FOLDERS = ["src", "include", "tests", "examples"]


def sources():
    return [path for path in tracked()
            if path.suffix in (".c", ".h", ".py", ".build", ".pyi", ".sh")]


def relative(path):
    return str(path.relative_to(ROOT))


def functions(text):
    """(name, first line, length) of each definition, in the house layout:
    the name begins a line, so do both braces."""
    lines = text.split("\n")
    start = name = None
    for number, line in enumerate(lines, 1):
        if line == "{" and name:
            start = number
        elif line == "}" and start:
            yield name, start, number - start - 1
            start = name = None
        elif not start:
            match = re.match(r"(\w+)\(", line)
            if match:
                name = match.group(1)


def test_no_merge_was_left_half_done():
    marks = re.compile(r"^(<{7}|>{7}) ", re.M)
    assert [relative(path) for path in tracked()
            if marks.search(path.read_text(errors="replace"))] == []


def test_files_are_short():
    assert [relative(path) for path in c_files("src", "include")
            if relative(path) not in LONG_FILES
            and path.read_text().count("\n") > FILE_MAX] == []


def test_functions_are_short():
    assert ["%s:%d: %s has %d lines" % (relative(path), line, name, length)
            for path in c_files(*C_FOLDERS)
            for name, line, length in functions(path.read_text())
            if length > FUNCTION_MAX and name != "main"] == []


def test_a_long_function_is_caught():
    text = "static int\nshort_one(void)\n{\n    x;\n}\n\nint\nlong_one(void)\n"
    text += "{\n" + "    x;\n" * 81 + "}\n"
    assert list(functions(text)) == [("short_one", 3, 1),
                                     ("long_one", 9, 81)]


def test_every_source_names_its_licence():
    assert [relative(path) for path in sources()
            if "SPDX-License-Identifier: Apache-2.0" not in
            "".join(path.read_text().split("\n")[:3])
            and path.read_text()] == []


def test_lines_are_clean():
    wrong = []
    for path in sources():
        for number, line in enumerate(path.read_text().split("\n"), 1):
            if line != line.rstrip() or "\t" in line:
                wrong.append("%s:%d: blanks" % (relative(path), number))
            if path.suffix in (".c", ".h") and len(line) > 79:
                wrong.append("%s:%d: over 79" % (relative(path), number))
    assert wrong == []


def test_nothing_is_left_to_do():
    # in pieces, or this file would find itself
    words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
    assert ["%s: %s" % (relative(path), word) for path in sources()
            for word in words if word in path.read_text()] == []


def test_files_of_a_room_say_what_they_are_for():
    said = re.compile(r"\A/\* SPDX[^\n]*\n(#ifndef \w+\n#define \w+\n\n)?/\*")
    assert [relative(path) for path in c_files("src")
            if not said.search(path.read_text())] == []


def test_clang_format_changes_nothing():
    command = shutil.which("clang-format-" + CLANG_FORMAT) or shutil.which(
        "clang-format")
    if not command:
        pytest.skip("no clang-format on this machine")
    version = subprocess.run([command, "--version"],
                             stdout=subprocess.PIPE).stdout.decode()
    if not re.search(r"version %s\." % CLANG_FORMAT, version):
        pytest.skip("the layout is that of clang-format %s, not of %s"
                    % (CLANG_FORMAT, version.strip()))
    done = subprocess.run(
        [command, "--dry-run", "-Werror"] + list(map(str,
                                                     c_files(*C_FOLDERS))),
        cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wrong = re.findall(r"^(\S+?):\d+:\d+: error", done.stdout.decode(), re.M)
    assert sorted(set(wrong)) == [], "run: clang-format -i FILE"
    assert done.returncode == 0, done.stdout.decode()


def test_shell_scripts_parse():
    scripts = [path for path in tracked()
               if path.read_bytes()[:9] == b"#!/bin/sh"]
    assert scripts
    for path in scripts:
        subprocess.run(["sh", "-n", str(path)], check=True)
