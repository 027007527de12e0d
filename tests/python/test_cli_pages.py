# SPDX-License-Identifier: Apache-2.0
"""The manual pages say what --help says."""

import os
import re
import shutil
import subprocess

import pytest

from clitool import ROOT, run

PAGES = os.path.join(ROOT, "src", "cli")
COMMANDS = ["run", "learn", "check", "explain", "diff", "doctor", "keygen", "sign", "verify", "bundle"]
PARTS = ["show", "stats", "follow", "verify"]
ALL = sorted(name for name in os.listdir(PAGES) if name.endswith((".1", ".5")))
NAMES = [name for name in ALL if name.endswith(".1")]


def page(name):
    with open(os.path.join(PAGES, name), encoding="utf-8") as file:
        return file.read()


def page_options(text):
    """{"--format": "text|json", "-m": "MODULE"} of the lists of options."""
    found = {}
    for line in re.findall(r"^\.It (Fl .*)", text, re.M):
        words = line.replace(" | ", "|").split()
        flags = [words[i + 1] for i, word in enumerate(words) if word == "Fl"]
        argument = words[-1] if words[-2] in ("Ar", "Cm") else None
        found["-" + flags[-1]] = argument
        if len(flags) > 1:
            found["-" + flags[0]] = argument
    return found


def help_options(*line):
    found = {}
    text = run(*line, "--help").stdout.split("options:\n")[1]
    for left in re.findall(r"^  (-\S.*?)(?:   *\S.*)?$", text, re.M):
        words = left.replace(",", "").split()
        flags = [word for word in words if word.startswith("-")]
        argument = words[-1] if not words[-1].startswith("-") else None
        for flag in flags:
            found[flag] = argument
    return found


def test_there_is_a_page_for_every_command():
    wanted = ["stockade.1"] + ["stockade-%s.1" % name for name in COMMANDS + ["audit"]]
    assert NAMES == sorted(wanted)
    told = run("--help").stdout.split("commands:\n")[1].split("\n\n")[0]
    assert sorted(re.findall(r"^  (\w+)", told, re.M)) == sorted(COMMANDS + ["audit"])


def test_every_page_is_installed():
    with open(os.path.join(PAGES, "meson.build"), encoding="utf-8") as file:
        installed = file.read().split("pages = files(")[1].split(")")[0]
    assert sorted(re.findall(r"'(\S+\.\d)'", installed)) == ALL


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_a_command_has_its_options(name):
    assert page_options(page("stockade-%s.1" % name)) == help_options(name)


@pytest.mark.parametrize("part", PARTS)
def test_the_page_of_audit_has_the_options_of_each_part(part):
    text = page("stockade-audit.1").split(".Ss %s\n" % part)[1].split(".Ss ")[0]
    assert page_options(text) == help_options("audit", part)


def test_the_first_page_names_every_command_and_option():
    text = page("stockade.1")
    shown = run("--help").stdout
    commands = re.findall(r"^  (\w+) ", shown.split("commands:\n")[1].split("\n\n")[0], re.M)
    assert re.findall(r"^\.It Cm (\w+)", text, re.M) == commands
    assert set(page_options(text)) == {"-h", "--help", "-V", "--version"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_is_the_same(name):
    summary = run(name, "--help").stdout.split("\n\n")[1]
    assert ".Nd %s\n" % summary in page("stockade-%s.1" % name)


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
@pytest.mark.parametrize("name", ALL)
def test_mandoc_finds_nothing_to_say(name):
    done = subprocess.run(
        ["mandoc", "-T", "lint", os.path.join(PAGES, name)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
    )
    # a page that is not installed yet, or was just now, cannot be found
    said = [line for line in done.stdout.splitlines()
            if "referenced manual not found" not in line and "outdated mandoc.db" not in line]
    assert said == []
