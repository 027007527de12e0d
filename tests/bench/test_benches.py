# SPDX-License-Identifier: Apache-2.0
"""tests/bench: that each bench runs and says what it is asked. Ratios are
not judged here: this machine is busy with tests."""

import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "python"))

from clitool import BUILD, environment

BENCH = os.path.join(ROOT, "tests", "bench")


def run(command, tmp_path):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=300,
        env=environment(TMPDIR=str(tmp_path)))
    assert done.returncode == 0, done.stderr
    return done.stdout


def script(name, *words):
    return [sys.executable, "-B", os.path.join(BENCH, name), *words]


def test_the_imports_are_measured(tmp_path):
    answer = json.loads(run(script(
        "bench_import.py", BUILD, "--rounds", "1", "--loops", "1000",
        "--python", sys.executable), tmp_path))
    assert answer["python"] == "%d.%d.%d" % sys.version_info[:3]
    assert answer["modules"] >= 200
    for title in ("cached import os", "cached from os import path",
                  "id() under the audit hook", "modules, recorded to a file"):
        assert set(answer[title]) == {"guarded", "scoped"}
        assert all(0 < ratio < 1000 for ratio in answer[title].values())
    assert list(tmp_path.iterdir()) == []


def test_decisions_are_measured(tmp_path):
    answer = json.loads(run([os.path.join(BUILD, "tests/bench/bench_decide")],
                            tmp_path))
    assert answer["rules"] == [10, 100000]
    assert answer["ratio"] > 0


def test_records_are_measured(tmp_path):
    assert "ratio" in run([os.path.join(BUILD, "tests/bench/bench_record")],
                          tmp_path)


@pytest.mark.skipif(os.environ.get("STOCKADE_SANITIZE") == "1",
                    reason="the same benches again")
def test_the_report_has_a_row_for_each(tmp_path):
    table = run(script("report.py", BUILD, "--rounds", "1", "--loops", "1000"),
                tmp_path).splitlines()
    assert table[0].startswith("| guarded, against plain | 3.")
    assert len(table) == 2 + 7
    assert all(row.count("|") == 4 for row in table)


@pytest.mark.skipif(os.environ.get("STOCKADE_SANITIZE") == "1",
                    reason="the same benches again")
def test_verified_imports_are_measured(tmp_path):
    table = run(script("report_signed.py", BUILD, "--rounds", "1", "--quick"),
                tmp_path).splitlines()
    assert table[0].startswith("| verified, against plain | 3.")
    assert len(table) == 2 + 11
    assert all(row.count("|") == 4 for row in table)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.workers
def test_workers_are_measured(tmp_path):
    text = run(script("report_worker.py", BUILD, "--rounds", "2", "--quick"), tmp_path)
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert table[0].startswith("| workers, Python 3.")
    assert len(table) == 2 + 11
    assert all(row.count("|") == 7 for row in table)
    assert "Memory of a worker beyond its plugin's: " in text
    assert list(tmp_path.iterdir()) == []
