# SPDX-License-Identifier: Apache-2.0
"""What README.md and its neighbours say is so: the sessions that they show
are run, the policies parse, the files and commands exist."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tree import ROOT, tracked

PAGES = ["README.md", "SECURITY.md", "CHANGELOG.md"]
BUILD = os.environ.get("STOCKADE_BUILD")
COMMAND = os.path.join(BUILD, "stockade") if BUILD else ""

# What differs from run to run, on both sides.
VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ +\d+ +"), "TIME PID "),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "MOMENT"),
    (re.compile(r"\bprocess \d+"), "process PID"),
    (re.compile(r"\b\d+ records\b"), "N records"),
    (re.compile(r"\(seq \d+\) on line \d+"), "(seq N) on line N"),
    (re.compile(r"\.jsonl:\d+: record \d+ "), ".jsonl:N: record N "),
]

needs_build = pytest.mark.skipif(
    not os.path.exists(COMMAND), reason="STOCKADE_BUILD names no build")


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def fences(page):
    """(language, text, line before) of each fenced block."""
    return [(language, body, before) for before, language, body in re.findall(
        r"([^\n]*)\n+```(\w+)\n(.*?)^```$", read(page), re.M | re.S)]


def blocks(page, *languages):
    return [body for language, body, _ in fences(page)
            if language in languages]


def commands(text):
    """(command, what it shows) of a console block."""
    return [(match.group(1), match.group(2)) for match in re.finditer(
        r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.M)]


# ---- shape -------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", read(page))
    links += re.findall(r'src="([^"]+)"', read(page))
    known = {str(path.relative_to(ROOT)) for path in tracked()}
    assert [link for link in links if "://" not in link
            and link not in known] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_path_of_a_machine_is_shown(page):
    """/tmp is anybody's; the rest is somebody's."""
    assert re.findall(r"(?<![\w.$}])/(?!tmp/|dev/|proc/)\w+/\S*",
                      re.sub(r"https?://\S+", "", read(page))) == []


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_how_it_was_made_is_told(page):
    assert re.findall(r"(?i)\bissue \d|#\d|\bto\s?do\b|\bagent session\b",
                      read(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_lines_fit_a_screen(page):
    inside, long = False, []
    for line in read(page).split("\n"):
        inside ^= line.startswith("```")
        if len(line) > 120 and not inside and "|" not in line:
            long.append(line)
    assert long == []


# ---- commands and paths ------------------------------------------------------


def shown_commands():
    for page in PAGES:
        for body in blocks(page, "sh"):
            for line in body.split("\n"):
                line = line.split("#")[0].strip()
                if line:
                    yield line
        for body in blocks(page, "console"):
            for command, _ in commands(body):
                yield command


def shown_paths():
    """What looks like a path into the tree, in commands and in backticks."""
    words = [word for line in shown_commands() for word in line.split()]
    for page in PAGES:
        words += re.findall(r"`([^`\s]+)`", read(page))
    roots = {path.relative_to(ROOT).parts[0] for path in tracked()}
    return sorted({word for word in words
                   if "/" in word and word.split("/")[0] in roots})


def test_shown_paths_exist():
    assert shown_paths()
    assert [path for path in shown_paths()
            if not (ROOT / path.rstrip("/")).exists()] == []


def test_programs_of_a_build_are_in_meson():
    shown = [word for line in shown_commands() for word in line.split()
             if re.match(r"build(-\w+)?/tests/", word)]
    assert shown
    for word in shown:
        folder, name = re.match(r"build(?:-\w+)?/(.*)/(\w+)$", word).groups()
        text = (ROOT / folder / "meson.build").read_text()
        assert name in text or name.split("_")[0] + "_" in text, word


@needs_build
def test_shown_options_are_known():
    shown = [line for line in shown_commands() if line.startswith("stockade ")]
    assert shown
    for line in shown:
        words = line.split(";")[0].split()
        part = words[1:3] if words[1] == "audit" else words[1:2]
        done = subprocess.run([COMMAND] + part + ["--help"],
                              stdout=subprocess.PIPE, check=True)
        help_text = done.stdout.decode()
        for option in [w for w in words if re.match(r"-{1,2}[a-z]", w)]:
            assert option in help_text, line


def test_options_of_the_test_run_are_known():
    text = (ROOT / "tests/harness/main.py").read_text()
    shown = [line for line in shown_commands() if line.startswith("tests/run")]
    assert shown
    for line in shown:
        for option in re.findall(r"--\w+", line):
            assert '"%s"' % option in text, line


# ---- sessions and policies ---------------------------------------------------


def write_named_files(folder, page):
    """A block behind a line that ends in "`NAME`:" is that file."""
    for language, body, before in fences(page):
        name = re.search(r"`([\w.]+)`:$", before)
        if name and language in ("ini", "python"):
            (folder / name.group(1)).write_text(body)


def run_shell(command, folder):
    env = {key: value for key, value in os.environ.items()
           if not key.startswith("PYTHON") and key not in (
               "ASAN_OPTIONS", "LD_PRELOAD")}
    env["PATH"] = BUILD + os.pathsep + env["PATH"]
    env["PYTHONPATH"] = os.path.join(BUILD, "python")
    env["PYTHONUNBUFFERED"] = "1"
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(["sh", "-c", command], cwd=str(folder), env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120)
    return done.stdout.decode()


def same(shown, got):
    """`...` stands for anything, on its own line for any lines."""
    for pattern, word in VARYING:
        shown, got = pattern.sub(word, shown), pattern.sub(word, got)
    wanted = re.escape(shown).replace(re.escape("...\n"), r"(?:.*\n)*?")
    wanted = wanted.replace(re.escape("..."), r".*")
    return re.fullmatch(wanted, got) is not None


def test_same_can_tell():
    assert same("a\n...\nd\n", "a\nb\nc\nd\n")
    assert same("a ... z\n", "a b z\n")
    assert not same("a\n", "a\nb\n")
    assert not same("a ... z\n", "a\nz\n")
    assert same("process 1: x\n", "process 2: x\n")


@needs_build
def test_the_sessions_that_are_shown_are_what_happens(tmp_path):
    """All console blocks, in order, in one folder."""
    write_named_files(tmp_path, "README.md")
    for name in ("examples", "policy"):
        shutil.copytree(str(ROOT / name), str(tmp_path / name))
    shown = [pair for body in blocks("README.md", "console")
             for pair in commands(body)]
    assert len(shown) > 10
    for command, output in shown:
        got = run_shell(command, tmp_path)
        assert same(output, got), "$ %s\n%s" % (command, got)


@needs_build
@pytest.mark.parametrize("page", PAGES)
def test_the_policies_that_are_shown_load(page, tmp_path):
    """All but the one that is broken on purpose, without a warning."""
    shutil.copytree(str(ROOT / "policy"), str(tmp_path / "policy"))
    for number, (language, body, before) in enumerate(fences(page)):
        if language != "ini" or "`broken.ini`" in before:
            continue
        path = tmp_path / "policy" / ("shown-%d.ini" % number)
        path.write_text(body)
        done = subprocess.run([COMMAND, "check", "--strict", str(path)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert (done.returncode, done.stdout.decode()) == (0, "")


@pytest.mark.parametrize("name", ["report", "report_signed", "report_worker"])
def test_the_numbers_are_those_that_were_measured(name):
    """README.md and the plots say what the results in tests/bench say."""
    sys.path.insert(0, str(ROOT / "tests" / "bench"))
    try:
        from report import page_with
        bench = importlib.import_module(name)
    finally:
        del sys.path[0]
    results = json.loads(bench.RESULTS.read_text())
    page = read("README.md")
    assert page_with(page, bench.table(results), bench.BEGIN) == page
    assert bench.DRAWING.read_text() == bench.draw(results)
