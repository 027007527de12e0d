# SPDX-License-Identifier: Apache-2.0
"""examples/plugin-host: two plugins, each with its own list."""

import json
import os
import shutil
import subprocess
import sys

from guarded import ROOT, environment

FOLDER = os.path.join(ROOT, "examples", "plugin-host")


def host(log, folder=FOLDER):
    done = subprocess.run(
        [sys.executable, os.path.join(folder, "host.py"), *log],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, env=environment(), timeout=60,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def copy_of_the_tree(tmp_path):
    """host.ini extends what stands two folders up."""
    shutil.copytree(os.path.join(ROOT, "policy"), str(tmp_path / "policy"))
    target = str(tmp_path / "examples" / "plugin-host")
    shutil.copytree(FOLDER, target)
    return target


def test_each_plugin_has_what_its_list_has(tmp_path):
    log = tmp_path / "log"
    code, lines, err = host([str(log)])
    assert (code, err) == (0, "")
    assert lines[0] == "reports: north 150, south 75"
    assert lines[1].startswith("mailer: refused smtplib to plugins.mailer (plugin-host.ini:")
    assert lines[2] == "imports refused: 1"
    assert lines[3].startswith('add "smtplib = allow" to [modules from plugins.mailer]')
    assert lines[3].endswith("host.ini")


def test_the_log_says_who_asked_for_what(tmp_path):
    log = tmp_path / "log"
    host([str(log)])
    asked = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("importer", "").startswith("plugins."):
            key = (record["importer"], record["name"])
            asked.setdefault(key, (record["verdict"], record["outcome"]))
    assert asked["plugins.reports", "sqlite3"] == ("allow", "found")
    assert asked["plugins.mailer", "email.message"] == ("allow", "found")
    assert asked["plugins.mailer", "smtplib"] == ("deny", "refused")


def test_a_list_is_one_plugins_and_not_the_others(tmp_path):
    """What one plugin may import is not the other's for the asking."""
    folder = copy_of_the_tree(tmp_path)
    with open(os.path.join(folder, "plugins", "mailer.py"), "w") as plugin:
        plugin.write("import sqlite3\n\n\ndef run(sales):\n    return 'got it'\n")
    code, lines, err = host([str(tmp_path / "log")], folder)
    assert (code, err) == (0, "")
    assert lines[0] == "reports: north 150, south 75"  # loads it before
    assert lines[1].startswith("mailer: refused sqlite3 to plugins.mailer (")


def test_the_advice_that_is_printed_works(tmp_path):
    folder = copy_of_the_tree(tmp_path)
    with open(os.path.join(folder, "host.ini"), "a") as policy:
        policy.write("smtplib = allow\n")  # the last section is the mailer's
    with open(os.path.join(folder, "plugins", "mailer.py"), "w") as plugin:
        plugin.write("import smtplib\n\n\ndef run(sales):\n    return 'got it'\n")
    code, lines, err = host([str(tmp_path / "log")], folder)
    assert (code, lines[1:3], err) == (0, ["mailer: got it", "imports refused: 0"], "")


def test_usage():
    code, _, err = host([])
    assert (code, err) == (1, "usage: host.py LOG\n")
