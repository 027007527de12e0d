# SPDX-License-Identifier: Apache-2.0
"""stockade doctor: what the machine offers."""

import json
import os
import re
import shutil
import socket
import subprocess

import pytest

from clitool import ROOT, answer, environment, run

FEATURES = {
    "no_new_privs": True,
    "seccomp_filter": True,
    "seccomp_notify": False,
    "user_namespaces": False,
    "landlock": False,
}


@pytest.fixture(scope="module")
def doctor():
    """The answer and its exit code; asking every Python takes its time."""
    return answer("doctor")


@pytest.fixture
def told(doctor):
    return doctor[0]


def test_the_answer_has_every_part(doctor):
    told, code = doctor
    assert set(told) == {
        "version", "python", "libraries", "layers", "kernel", "sandbox", "profiles", "sinks",
        "missing", "not_used", "policies",
    }
    assert code == (3 if told["missing"] else 0)


def test_python_is_the_one_it_was_built_for(told):
    python = told["python"]
    assert set(python) == {"version", "executable", "present", "others"}
    assert python["present"] is True
    assert os.access(python["executable"], os.X_OK)
    assert re.fullmatch(r"3\.\d+\.\d+", python["version"])


def fake_python(path, version):
    path.write_text("#!/bin/sh\necho %s cpython\necho %s\n" % (version, path))
    path.chmod(0o755)


def test_other_pythons_are_those_that_answer(tmp_path):
    for name, version in [("python3.9", "3.9.1"), ("python3.7", "3.7.1"), ("python3.13", "3.13.0")]:
        fake_python(tmp_path / name, version)
    (tmp_path / "python3.10").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.10").chmod(0o755)
    python = answer("doctor", env={"PATH": "/nowhere::%s" % tmp_path})[0]["python"]
    assert python["others"] == [
        {"version": "3.9.1", "executable": str(tmp_path / "python3.9")},
        {"version": "3.13.0", "executable": str(tmp_path / "python3.13")},
    ]


def test_without_a_path_no_other_python_is_found():
    assert answer("doctor", env={})[0]["python"]["others"] == []


@pytest.mark.parametrize(
    "name", ["libseccomp", "libsodium", "lz4", "inih", "jansson"])
def test_each_library_has_a_version(told, name):
    assert re.match(r"\d+", told["libraries"][name])


def test_the_journal_needs_libsystemd(told):
    if told["libraries"]["libsystemd"] is None:
        assert told["sinks"]["journal"] == {"present": False, "reason": "not in this build"}


def test_the_layers_are_named(told):
    assert told["layers"] == [
        "audit hook", "builtins.__import__", "_find_and_load", "front finder",
        "_imp functions", "tripwire",
    ]


def test_each_kernel_feature_is_there_or_has_a_reason(told):
    kernel = told["kernel"]
    assert {name: kernel[name]["must"] for name in kernel} == FEATURES
    for feature in kernel.values():
        assert feature["present"] == (feature["reason"] == "")
        assert feature["what"]
    assert (kernel["landlock"]["abi"] > 0) == kernel["landlock"]["present"]


def test_what_is_missing_is_what_must_be_there(told):
    missing = [
        name for name, feature in told["kernel"].items()
        if feature["must"] and not feature["present"]
    ]
    lacking = ["sandbox " + name for name, profile in told["profiles"].items() if not profile["runs"]]
    assert [name for name in told["missing"] if name != "python"] == missing + lacking


LAYERS = [
    "no_new_privs", "seccomp", "limits", "capabilities", "notify", "landlock",
    "landlock_network", "landlock_scope", "user", "mount", "pid", "net", "ipc", "uts", "unroot",
]


def test_each_layer_around_a_worker_is_there_or_has_a_reason(told):
    layers = told["sandbox"]
    assert list(layers) == LAYERS
    assert [name for name in layers if layers[name]["must"]] == LAYERS[:4]
    for layer in layers.values():
        assert layer["present"] == (layer["reason"] == "")
        assert layer["what"]
    assert layers["landlock"]["abi"] == told["kernel"]["landlock"]["abi"]


def test_each_shipped_profile_runs_or_says_what_it_lacks(told):
    profiles = told["profiles"]
    absent = [name for name in LAYERS if not told["sandbox"][name]["present"]]
    assert list(profiles) == ["strict", "agent", "files-readonly", "numpy"]
    for profile in profiles.values():
        assert profile["runs"] == (profile["lacks"] == [])
        assert sorted(profile["lacks"] + profile["without"]) == sorted(absent)


def test_the_profiles_are_those_of_the_policy_that_is_given(tmp_path, told):
    path = tmp_path / "mine.ini"
    path.write_text("[stockade]\nversion = 1\n[sandbox mine]\nsyscalls = @time\n")
    done, code = answer("doctor", path)
    assert list(done["profiles"]) == list(told["profiles"]) + ["mine"]
    assert (done["sandbox"], code) == (told["sandbox"], 0 if done["missing"] == [] else 3)
    path.write_text("[stockade]\nversion = 1\n[sandbox mine]\nsyscalls = @tmie\n")
    done = run("doctor", path)
    assert done.returncode == 1 and 'did you mean "@time"?' in done.stderr and done.stdout == ""


def test_files_and_descriptors_are_always_sinks(told):
    sinks = told["sinks"]
    assert set(sinks) == {"file", "fd", "syslog", "journal"}
    assert sinks["file"]["present"] and sinks["fd"]["present"]


def test_syslog_is_there_when_its_socket_is(told):
    sink = told["sinks"]["syslog"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect("/dev/log")
            there = True
        except OSError:
            there = False
    assert sink["present"] is there
    assert ("/dev/log" in sink["reason"]) is not there


@pytest.mark.parametrize("place", ["share/stockade/policy", "lib/python%d.%d/site-packages/stockade/policy"])
def test_the_shipped_policies_are_found_beside_the_program(tmp_path, stockade, place):
    if "%d" in place:
        short = subprocess.run([stockade, "doctor", "--format=json"], stdout=subprocess.PIPE)
        place = place % tuple(map(int, json.loads(short.stdout)["python"]["version"].split(".")[:2]))
    (tmp_path / "bin").mkdir()
    shutil.copy(stockade, str(tmp_path / "bin/stockade"))
    command = [str(tmp_path / "bin/stockade"), "doctor"]
    done = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True)
    assert "\n  policies          not beside this program\n" in done.stdout
    (tmp_path / place).mkdir(parents=True)
    shutil.copy(os.path.join(ROOT, "policy", "agent.ini"), str(tmp_path / place))
    done = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True)
    assert "\n  policies          %s\n" % (tmp_path / place) in done.stdout
    done = subprocess.run(command + ["--format=json"], stdout=subprocess.PIPE)
    assert json.loads(done.stdout)["policies"] == str(tmp_path / place)


def test_what_is_not_used_is_said(told):
    """Who looks for cgroups is told what bounds memory."""
    assert list(told["not_used"]) == ["cgroups"]
    assert "address space" in told["not_used"]["cgroups"]
    text = run("doctor").stdout
    assert "not used\n  cgroups           %s\n" % told["not_used"]["cgroups"] in text


def test_people_read_the_same(doctor):
    told, code = doctor
    done = run("doctor", env=environment(PATH="/nowhere", PYENV_ROOT="/nowhere"))
    assert done.returncode == code
    for name in [name for part in ("libraries", "kernel", "sandbox", "profiles", "sinks")
                 for name in told[part]]:
        assert re.search(r"^  %s " % name, done.stdout, re.M)
    assert told["python"]["executable"] in done.stdout
    columns = {row.start(3) - row.start() for row in re.finditer(
        r"^  (\S+) +(yes(?:, ABI \d+)?|no|missing|found) +(\S)", done.stdout, re.M)}
    assert len(columns) == 1, done.stdout
    last = done.stdout.splitlines()[-1]
    if told["missing"]:
        assert last == "missing: " + ", ".join(told["missing"])
    else:
        assert last == "nothing that it needs is missing"


MISSING = [
    ("read = /nonexistent/deep\n", "read: /nonexistent/deep: No such file or directory"),
    ("read = gone\n", "read: FOLDER/gone: No such file or directory"),
    ("syscalls = @files-write\nwrite = /tmp, /nonexistent/w\n",
     "write: /nonexistent/w: No such file or directory"),
    ("preload = json, nosuchmodule\n", "preload: PYTHON finds no module nosuchmodule"),
    ("preload = json.nosuch\n", "preload: PYTHON finds no module json.nosuch"),
    ("preload = nosuch.deep\n", "preload: PYTHON finds no module nosuch.deep"),
]


@pytest.mark.parametrize("lines, what", MISSING)
def test_what_a_profile_names_and_is_not_there_is_told(tmp_path, told, lines, what):
    path = tmp_path / "mine.ini"
    path.write_text("[stockade]\nversion = 1\n[sandbox mine]\n" +
                    ("syscalls = @files-read\n" if "read" in lines else "") + lines)
    done, code = answer("doctor", path)
    what = what.replace("FOLDER", str(tmp_path)).replace("PYTHON", told["python"]["executable"])
    line = path.read_text().splitlines().index(lines.splitlines()[-1]) + 1
    place = "%s:%d: [sandbox mine]: " % (path, line)
    assert done["profiles"]["mine"]["missing"] == [place + what]
    assert done["profiles"]["mine"]["runs"] is False
    assert code == 3 and "sandbox mine" in done["missing"]
    text = run("doctor", path).stdout
    assert "  mine              no" in text
    assert place + what + "\n" in text


def test_each_word_is_told_at_the_line_that_has_it(tmp_path):
    (tmp_path / "base.ini").write_text(
        "[stockade]\nversion = 1\n[sandbox mine]\npreload = json\npreload = gone_a\n"
        "syscalls = @files-read\nread = /nonexistent/a\n")
    path = tmp_path / "mine.ini"
    path.write_text("[stockade]\nversion = 1\nextends = base.ini\n[sandbox mine]\nmemory = 1G\n"
                    "read = /usr\nread = /nonexistent/b\n")
    done, _ = answer("doctor", path)
    missing = done["profiles"]["mine"]["missing"]
    assert [line.split(": ")[0] for line in missing] == [
        "%s:7" % path, "%s:5" % (tmp_path / "base.ini")]


def test_what_is_there_is_not_missing(tmp_path, told):
    path = tmp_path / "mine.ini"
    (tmp_path / "own_module.py").write_text("")
    path.write_text("[stockade]\nversion = 1\n[sandbox mine]\nsyscalls = @files-read\nread = /usr, own_module.py\n"
                    "preload = json.decoder, _socket, own_module\n")
    done, code = answer("doctor", path, env=environment(PYTHONPATH=str(tmp_path)))
    assert done["profiles"]["mine"]["missing"] == []
    assert done["missing"] == told["missing"]


def test_nothing_that_is_looked_for_is_executed(tmp_path):
    path = tmp_path / "mine.ini"
    path.write_text("[stockade]\nversion = 1\n[sandbox mine]\npreload = own.part, importlib.machinery\n")
    mark = tmp_path / "mark"
    for name in ("own", "importlib"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("open(%r, 'w')\n" % str(mark))
    (tmp_path / "own" / "part.py").write_text("")
    done, _ = answer("doctor", path, cwd=str(tmp_path))
    assert "finds no module own.part" in done["profiles"]["mine"]["missing"][0]
    shutil.rmtree(str(tmp_path / "importlib"))
    done, _ = answer("doctor", path, env=environment(PYTHONPATH=str(tmp_path)))
    assert done["profiles"]["mine"]["missing"] == []
    assert not mark.exists()


def test_a_built_in_profile_misses_nothing_that_nobody_uses(tmp_path, told):
    """numpy need not be there, until a rule has it."""
    assert [p["missing"] for p in told["profiles"].values()] == [[], [], [], []]
    path = tmp_path / "mine.ini"
    path.write_text("[stockade]\nversion = 1\n[modules]\nmaths = sandbox:numpy\n")
    done, _ = answer("doctor", path)
    missing = done["profiles"]["numpy"]["missing"]
    have = subprocess.run([told["python"]["executable"], "-c", "import numpy"],
                          stderr=subprocess.DEVNULL).returncode == 0
    assert have or missing[0] == "%s:4: [sandbox numpy]: preload: %s finds no module numpy" % (
        path, told["python"]["executable"])
