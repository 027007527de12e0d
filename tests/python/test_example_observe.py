# SPDX-License-Identifier: Apache-2.0
"""examples/observe: an application that exists, taken under observation."""

import json
import os
import subprocess
import sys

import pytest

from clitool import ROOT, STOCKADE, environment, run

RUN = os.path.join(ROOT, "examples", "observe", "run")
TABLE = "bolt,30.00\nnut,15.00\nwasher,10.00\n"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The output by its titles, the errors, and the folder it wrote to."""
    folder = tmp_path_factory.mktemp("observe")
    env = environment(STOCKADE=STOCKADE, PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(
        [RUN, str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, env=env, timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    parts = {}
    for part in done.stdout.split("== ")[1:]:
        title, _, text = part.partition("\n")
        parts[title.split(":")[0]] = text
    return parts, done.stderr, folder


def records(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_observed_it_does_what_it_does_without_us(shown):
    parts, _, _ = shown
    plain = subprocess.run(
        [sys.executable, "-B", "-m", "shop", "csv"], cwd=os.path.dirname(RUN),
        stdout=subprocess.PIPE, universal_newlines=True, env=environment(), timeout=60)
    assert parts["Observed"] == plain.stdout == TABLE


def test_every_import_of_it_is_recorded(shown):
    parts, _, folder = shown
    seen = {(r["importer"], r["name"]): r["outcome"]
            for r in records(folder / "observed.jsonl")
            if r.get("importer", "").startswith("shop") or r.get("importer") == "__main__"}
    assert seen["__main__", "shop.prices"] == "found"
    assert seen["shop.prices", "decimal"] == "found"
    assert seen["shop.export", "csv"] == "found"
    assert ("shop.export", "getpass") not in seen
    assert "import " in parts["What it imported"]
    assert run("audit", "verify", str(folder / "observed.jsonl")).returncode == 0


def test_what_was_learned_allows_just_that(shown):
    parts, _, folder = shown
    assert parts["Learned"] == TABLE
    assert parts["Enforced"] == TABLE
    policy = (folder / "shop.ini").read_text(encoding="utf-8")
    assert "default = deny" in policy
    assert "[modules from shop]\ncsv = allow\n" in policy
    assert "getpass" not in policy


def test_what_it_never_did_is_refused(shown):
    parts, err, _ = shown
    table = parts["What it never did while it was observed is refused"]
    assert table.splitlines()[1].split()[3:] == [
        "deny", "refused", "getpass", "shop.export", "default"] or (
        table.split()[-5:] == ["deny", "refused", "getpass", "shop.export", "default"])
    assert "stockade.ImportDenied: No module named 'getpass': denied to shop.export" in err
    assert 'export.py", line 18, in as_text' in err or "in as_text" in err


def test_observed_again_it_is_marked_and_not_refused(shown):
    parts, _, folder = shown
    assert "getpass" in parts["Observed again, under that policy"]
    last = [r for r in records(folder / "enforced.jsonl") if r.get("name") == "getpass"]
    assert [r["outcome"] for r in last if r["importer"] == "shop.export"] == [
        "refused", "would-refuse"]
