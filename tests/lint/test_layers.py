# SPDX-License-Identifier: Apache-2.0
"""No include runs against the arrows: a room knows those below it, never one
above, never a sibling. Python.h is for the rooms of Python alone."""

import re

import pytest

from tree import ROOT, c_files

SIBLINGS = ["policy", "trust", "audit", "wire", "sandbox"]

# Whom a room may include.
BELOW = {"base": [], "repository": ["base"] + SIBLINGS}
BELOW.update({room: ["base"] for room in SIBLINGS})
BELOW["guard"] = BELOW["repository"] + ["repository"]
BELOW["python"] = BELOW["guard"] + ["guard"]
BELOW["cli"] = BELOW["guard"] + ["guard"]
BELOW["worker"] = ["base", "wire", "sandbox"]
# What crosses between host and worker is written and read by one file.
BELOW["python"] += ["worker"]

# The folders of python, from the ground up, and which of their files look up
# all the same: an import of its own is where all of them meet.
FOLDERS = ["object", "asks", "later", "attempt", "load", "signed", "broker",
           "remote", "layers", "process"]
UP = {
    "asks/asker.c": ["attempt/attempt.h", "attempt/open.h", "later/hooked.h"],
    "asks/home.c": ["later/weak.h"],
    "asks/own.c": ["attempt/attempt_cached.h"],
    "asks/planted.c": ["attempt/attempt.h", "layers/layers.h",
                       "load/origin.h"],
    "asks/traced.c": ["later/carrier.h"],
    "attempt/attempt.c": ["load/program.h", "remote/isolated.h"],
    "attempt/attempt_cached.c": ["load/origin.h"],
    "attempt/lent.c": ["load/origin.h", "load/pins.h"],
    "broker/broker.c": ["remote/isolated.h"],
    "broker/broker.h": ["remote/remote.h"],
    "broker/loader_foreign.c": ["remote/isolated.h"],
    "broker/loaders.h": ["remote/remote.h"],
    "later/hooked.c": ["process/ending.h"],
    "layers/audithook.c": ["process/child.h"],
    "layers/children.c": ["process/child.h"],
    "layers/findspec.c": ["process/run.h"],
    "load/byhand.c": ["signed/want.h"],
    "load/finders.c": ["signed/pathhook.h"],
    "load/opencode.c": ["process/child.h", "signed/signed.h",
                        "signed/want.h"],
    "load/opened.c": ["signed/signed.h"],
    "load/opened.h": ["signed/want.h"],
    "load/plain.c": ["layers/layers.h", "signed/signed.h"],
    "load/program.c": ["signed/signed.h", "signed/want.h"],
    "load/quick.c": ["layers/layers.h", "remote/isolated.h",
                     "remote/loader_worker.h", "signed/settle.h",
                     "signed/signed.h", "signed/verified.h"],
    "load/unverified.c": ["signed/signed.h"],
}

# Headers that have functions of another folder: a call of these looks there,
# whatever it includes.
ELSEWHERE = {
    "layers/layers.h": ["process/embed.c"],
    "object/state.h": ["process/interpreter.c"],
}

# The floor that a public header belongs to. A sibling's is open to all of
# its floor: that is where the structs lie that siblings share. trust.h and
# sandbox.h are plain words and structs, whose names base has for two rooms.
FLOOR = {"base": 1, "repository": 3, "guard": 4, "worker": 4, "python": 5,
         "cli": 6}
FLOOR.update({room: 2 for room in SIBLINGS})
PUBLIC = {"error.h": 1, "policy.h": 2, "trust.h": 1, "audit.h": 2,
          "sandbox.h": 1, "guard.h": 4, "embed.h": 5, "stockade.h": 5}

# Whose library it is.
FOREIGN = {"Python.h": ["python", "worker"], "ini.h": ["policy"],
           "seccomp.h": ["sandbox"], "curl/curl.h": ["repository"]}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]*)"|<([^>\n]*)>'
                     r'|(.*))', re.M)


def quoted_problem(room, name):
    other = name.split("/")[0]
    if "/" not in name or other not in BELOW:
        return "is not room-qualified"
    if other != room and other not in BELOW[room]:
        return "runs against the arrows"
    return None


def system_problem(room, name):
    if name in FOREIGN and room not in FOREIGN[name]:
        return "belongs to " + " and ".join(FOREIGN[name])
    folder, _, header = name.rpartition("/")
    if folder == "stockade":
        if header not in PUBLIC:
            return "has no floor in tests/lint/test_layers.py"
        if PUBLIC[header] > FLOOR[room]:
            return "runs against the arrows"
    return None


def problems(root):
    """Every wrong include below src/, as `file:line: text`."""
    found = []
    for path in c_files("src", root=root):
        room = path.relative_to(root / "src").parts[0]
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            quoted, system, computed = match.groups()
            if room not in BELOW:
                what = "stands in a folder that is no room"
            elif quoted is not None:
                what = quoted_problem(room, quoted)
            elif system is not None:
                what = system_problem(room, system)
            else:
                what = "cannot be read: " + computed
            if what:
                line = text.count("\n", 0, match.start()) + 1
                found.append("%s:%d: %s %s" % (
                    path.relative_to(root), line,
                    quoted or system or "include", what))
    return found


def test_no_include_runs_against_the_arrows():
    assert problems(ROOT) == []


def looks_up(path):
    """The headers of folders above its own that a file of python includes."""
    own = FOLDERS.index(path.parent.name)
    return sorted(
        "%s/%s" % (folder, header) for folder, header
        in re.findall(r'#include "python/(\w+)/(\w+\.h)"', path.read_text())
        if FOLDERS.index(folder) > own)


def test_what_looks_up_within_python_is_on_the_list():
    found = {str(path.relative_to(ROOT / "src/python")): looks_up(path)
             for path in c_files("src/python")}
    assert {name: above for name, above in found.items() if above} == UP


def functions(path, pattern):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    return set(re.findall(pattern, text, re.M))


def test_a_header_has_the_functions_of_its_own_folder():
    files = c_files("src/python")
    made = {name: path for path in files if path.suffix == ".c"
            for name in functions(path, r"^(stk_\w+)\([^;{}]*\)\n\{")}
    found = {}
    for path in files:
        for name in functions(path, r"\b(stk_\w+)\([^;{}]*\);"):
            if path.suffix == ".h" and name in made and made[name].parent != path.parent:
                there = str(made[name].relative_to(ROOT / "src/python"))
                found.setdefault(str(path.relative_to(ROOT / "src/python")), set()).add(there)
    assert {header: sorted(there) for header, there in found.items()} == ELSEWHERE


def test_public_headers_include_what_is_below_them():
    wrong = []
    for path in c_files("include/stockade"):
        assert path.name in PUBLIC, "%s has no floor" % path.name
        for match in INCLUDE.finditer(path.read_text()):
            quoted, system, computed = match.groups()
            header = (system or "").split("/")[-1]
            if not system or (
                    system.startswith("stockade/")
                    and PUBLIC[header] > PUBLIC[path.name]) or (
                    "/" in system and not system.startswith("stockade/")):
                wrong.append("%s: %s" % (path.name, match.group(0)))
    assert wrong == []


@pytest.mark.parametrize("place, line, said", [
    ("src/base/x.c", '#include "policy/rule.h"', "against the arrows"),
    ("src/policy/x.c", '#include "audit/sink.h"', "against the arrows"),
    ("src/policy/x.h", '#include "guard/guard.h"', "against the arrows"),
    ("src/guard/x.c", '#include "python/asks/tag.h"', "against the arrows"),
    ("src/cli/x.c", '#include "python/asks/tag.h"', "against the arrows"),
    ("src/worker/x.c", '#include "policy/rule.h"', "against the arrows"),
    ("src/policy/x.c", "#include <stockade/guard.h>", "against the arrows"),
    ("src/guard/x.c", "#  include <stockade/embed.h>", "against the arrows"),
    ("src/base/x.c", "#include <stockade/new.h>", "no floor"),
    ("src/policy/x.c", '#include "../guard/guard.h"', "not room-qualified"),
    ("src/policy/x.c", '#include "rule.h"', "not room-qualified"),
    ("src/guard/x.c", "#include <Python.h>", "belongs to python"),
    ("src/cli/x.c", "#include <seccomp.h>", "belongs to sandbox"),
    ("src/policy/x.c", "#include POLICY_HEADER", "cannot be read"),
    ("src/other/x.c", '#include "base/text.h"', "no room"),
])
def test_a_planted_include_is_caught(tmp_path, place, line, said):
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text('#include <stdio.h>\n#include "base/error.h"\n%s\n' % line)
    found = [text for text in problems(tmp_path) if said in text]
    assert found and found[-1].startswith(place + ":3: ")


@pytest.mark.parametrize("place, line", [
    ("src/base/x.c", '#include "base/text.h"'),
    ("src/audit/x.c", "#include <stockade/policy.h>"),
    ("src/guard/x.c", '#include "audit/sink.h"'),
    ("src/python/x.c", "#include <Python.h>"),
    ("src/cli/x.c", "#include <stockade/embed.h>"),
])
def test_an_include_along_the_arrows_is_fine(tmp_path, place, line):
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(line + "\n")
    assert problems(tmp_path) == []
