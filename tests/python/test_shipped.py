# SPDX-License-Identifier: Apache-2.0
"""The shipped policies and the examples of stockade-policy(5) are what they
are said to be: `check` finds nothing in them."""

import os
import re
import shutil

import pytest

import guarded
from clitool import ROOT, STOCKADE, answer, run

POLICIES = os.path.join(ROOT, "policy")
PAGE = os.path.join(ROOT, "src", "cli", "stockade-policy.5")
SHIPPED = ["agent.ini", "embedded.ini", "observe.ini", "plugin-host.ini",
           "signed.ini"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def examples():
    """The displays of the page that are whole policies."""
    blocks = re.findall(r"^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$", read(PAGE), re.M)
    return [block for block in blocks if block.startswith("[stockade]\n")]


@pytest.fixture(autouse=True, scope="module")
def command():
    if not os.path.exists(STOCKADE):
        pytest.skip("%s is not built" % STOCKADE)


@pytest.fixture
def folder(tmp_path):
    """A folder with the shipped policies in it."""
    for name in SHIPPED:
        shutil.copy(os.path.join(POLICIES, name), str(tmp_path))
    return tmp_path


def assert_clean(path):
    done = run("check", "--strict", path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


def test_these_are_the_shipped_ones():
    found = [name for name in os.listdir(POLICIES) if name.endswith(".ini")]
    assert sorted(found) == sorted(SHIPPED + ["events.ini", "groups.ini", "sandboxes.ini"])


@pytest.mark.parametrize("name", SHIPPED)
def test_check_finds_nothing_in_a_shipped_policy(name):
    assert_clean(os.path.join(POLICIES, name))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_says_whom_it_is_for(name):
    head = read(os.path.join(POLICIES, name)).split("\n\n")[0]
    assert re.search(r"^# For ", head, re.M)
    assert "extends = " + name in read(os.path.join(POLICIES, name))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_extension_that_a_header_shows_is_clean(folder, name):
    """The indented lines of the header are a policy of their own."""
    head = read(str(folder / name)).split("\n[stockade]\n")[0]
    lines = [line[6:] for line in head.split("\n") if line.startswith("#     ")]
    text = "\n".join(lines)
    text = text[text.index("[stockade]"):] + "\n"
    mine = folder / "mine.ini"
    mine.write_text(text)
    assert_clean(mine)
    # what it shows has an effect
    assert run("diff", folder / name, mine).returncode == 1


@pytest.mark.parametrize("number", range(len(examples())))
def test_an_example_of_the_page_is_a_clean_policy(folder, number):
    path = folder / "example.ini"
    path.write_text(examples()[number], encoding="utf-8")
    assert_clean(path)


def test_the_page_has_examples():
    assert len(examples()) >= 4


def explained(folder, number, name, importer=None):
    path = folder / "example.ini"
    path.write_text(examples()[number], encoding="utf-8")
    more = [] if importer is None else ["--from", importer]
    return answer("explain", path, name, *more)[0]["verdict"]


def test_the_page_says_the_truth_of_its_examples(folder):
    # a whole policy
    assert explained(folder, 0, "json") == "allow"
    assert explained(folder, 0, "io", "json") == "allow"
    assert explained(folder, 0, "os", "json") == "deny"
    # plugins, of which one may use a database
    assert explained(folder, 1, "sqlite3", "plugins.reports") == "allow"
    assert explained(folder, 1, "sqlite3", "plugins.other") == "deny"
    # libraries, of which two reach the network
    assert explained(folder, 2, "socket", "urllib3") == "allow"
    assert explained(folder, 2, "http.client", "requests") == "allow"
    assert explained(folder, 2, "socket", "jinja2") == "deny"
    assert explained(folder, 2, "idna", "requests") == "allow"
    assert explained(folder, 2, "os", "jinja2") == "allow"
    assert explained(folder, 2, "ctypes", "requests") == "deny"
    # a first look
    assert explained(folder, 3, "pickle", "app") == "deny"
    assert explained(folder, 3, "flask_login") == "allow"
    assert explained(folder, 3, "flask_debugtoolbar") == "deny"


def built_in_table():
    """{"pure": [the modules that the page names], ...}"""
    rows = re.findall(r"^\.It Li @stdlib\.(\w+)\n.*\n\.Pq (.*)$", read(PAGE), re.M)
    return {part: names.split(", ") for part, names in rows}


def test_the_page_names_modules_under_the_group_they_are_in(folder):
    table = built_in_table()
    assert sorted(table) == ["files", "meta", "native", "net", "process", "pure"]
    for part, names in table.items():
        path = folder / "group.ini"
        path.write_text(
            "[stockade]\nversion = 1\n[modules]\n@stdlib = allow\n"
            "@stdlib.%s = deny\n" % part
        )
        for name in names:
            assert answer("explain", path, name)[0]["verdict"] == "deny", name


def test_the_page_has_every_reason():
    listed = read(PAGE).split(".Sh WHERE AN ANSWER COMES FROM")[1].split(".Sh ")[0]
    header = read(os.path.join(ROOT, "include", "stockade", "policy.h"))
    reasons = re.findall(r"^    STK_REASON_(\w+)", header, re.M)
    shown = re.findall(r"^\.It Li (\w+)$", listed, re.M)
    assert sorted(shown) == sorted(r.lower() for r in reasons if r != "NONE")


def test_a_name_of_strings_of_code_is_nothing_odd(folder):
    (folder / "mine.ini").write_text(
        "[stockade]\nversion = 1\nextends = agent.ini\n"
        "[modules from answer]\nsocket = allow\n")
    (folder / "mine.ini").chmod(0o644)
    assert_clean(folder / "mine.ini")


@pytest.mark.workers
def test_what_agent_ini_says_to_a_host_with_imports_of_its_own(tmp_path):
    place = guarded.Place(tmp_path)
    text = read(os.path.join(POLICIES, "agent.ini"))
    lines = re.findall(r"(?m)^#     ?(.*)$", text[text.index("in force for the whole"):])
    place.write("policy.ini", "\n".join(lines) + "\n[sandbox agent]\n")
    assert_clean(place.path("policy.ini"))
    place.write("mine.py", "import subprocess, ctypes")
    done = place.install("""
        import mine
        with _guard.sandbox("agent") as box:
            print(box.run("import json, io; json.loads('1')", name="answer").value)
            for name in ("socket", "os", "mine", "ctypes"):
                try:
                    box.run("import " + name, name="answer")
                except ModuleNotFoundError as error:
                    print("denied to answer" in str(error))
    """)
    assert done.code == 0, done.err
    assert done.out == "1\n" + "True\n" * 4


def test_what_agent_ini_says_of_asyncio_takes_nothing_away():
    own = read(os.path.join(POLICIES, "sandboxes.ini")).split("[sandbox agent]")[1].split("\n[")[0]
    said = read(os.path.join(POLICIES, "agent.ini")).split("[sandbox agent]")[1].replace("; ", "")
    for key, more in (("syscalls", "@asyncio"), ("preload", "asyncio")):
        words = [[word for line in text.splitlines() if line.startswith(key + " = ")
                  for word in line.split("=")[1].split()] for text in (own, said)]
        assert set(words[1]) | {"@compute"} == set(words[0]) | {more, "@compute"}


@pytest.mark.workers
def test_what_agent_ini_says_of_asyncio_is_what_it_takes(tmp_path):
    place = guarded.Place(tmp_path)
    text = read(os.path.join(POLICIES, "agent.ini"))
    assert "\n; syscalls = " in text and "\n; preload = asyncio\n" in text
    text = re.sub(r"(?m)^; (syscalls|preload) = ", r"\1 = ", text)
    place.write("policy.ini", text.replace("\n[modules]\n", "\n[modules]\nasyncio = allow\n"))
    done = place.install("""
        with _guard.sandbox("agent") as box:
            print(box.run("import asyncio, math, time\\n"
                          "asyncio.run(asyncio.sleep(0.01, result=6))").value)
    """)
    assert done.code == 0, done.err
    assert done.out == "6\n"
