# SPDX-License-Identifier: Apache-2.0
"""examples/loaders: a finder that decrypts, and one that reads a zip."""

import os
import shutil
import subprocess
import sys

import pytest

import guarded

FOLDER = os.path.join(guarded.ROOT, "examples", "loaders")

pytestmark = pytest.mark.workers


@pytest.fixture
def example(tmp_path):
    target = str(tmp_path / "loaders")
    shutil.copytree(FOLDER, target)
    return target


def host(folder, log):
    process = subprocess.run(
        [sys.executable, os.path.join(folder, "host.py"), str(log)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, env=guarded.environment(), timeout=60)
    return guarded.Done(process, str(log))


LAST = ["cookbook: 4.0 cups, in a RemoteModule",
        "cookbook: opens no file (PermissionError)",
        "in the host: ['cookbook', 'recipes']"]


def test_what_was_sealed_is_verified_and_what_was_zipped_stays_away(example, tmp_path):
    done = host(example, tmp_path / "log")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["recipes: bread, 350 ml of water",
                                     "notes: bake at 230 degrees"] + LAST
    record = done.attempts("recipes.bread")[0]
    assert record["key"] == "kitchen" and record["origin"] == "<loader sealed>/recipes/bread.py"
    assert {r["name"] for r in done.records if r["event"] == "worker"} == {
        "acme.sealed", "acme.shelf"}


def test_whoever_has_the_key_can_still_not_change_a_recipe(example, tmp_path):
    path = os.path.join(example, "recipes.sealed")
    with open(path) as file:
        lines = file.read().splitlines()
    # a stream cipher: a bit that is turned here is turned in the source
    at = [line.startswith("recipes/__init__.py ") for line in lines].index(True)
    lines[at] = lines[at][:-2] + "%02x" % (int(lines[at][-2:], 16) ^ 1)
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    done = host(example, tmp_path / "log")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["recipes: refused, bad-signature"] + LAST[:2] + [
        "in the host: ['cookbook']"]
    assert done.attempts("recipes")[0]["reason"] == "bad-signature"


def test_the_sealed_file_and_the_zip_are_made_of_what_is_plain(example, tmp_path):
    stockade = os.path.join(guarded.BUILD, "stockade")
    subprocess.run([stockade, "keygen", "-W", "-o", str(tmp_path / "kitchen")],
                   check=True, stdout=subprocess.DEVNULL)
    public = (tmp_path / "kitchen.pub").read_text().split("\n")[1]
    ini = os.path.join(example, "loaders.ini")
    with open(ini) as file:
        lines = ["public = " + public if line.startswith("public") else line
                 for line in file.read().splitlines()]
    with open(ini, "w") as file:
        file.write("\n".join(lines) + "\n")
    subprocess.run([sys.executable, os.path.join(example, "make.py"), stockade,
                    str(tmp_path / "kitchen.key")], check=True, stdout=subprocess.DEVNULL)
    assert host(example, tmp_path / "log").out.startswith("recipes: bread, 350 ml of water\n")
