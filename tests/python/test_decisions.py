# SPDX-License-Identifier: Apache-2.0
"""The table of decisions, put to `stockade explain` and to the Python
package. tests/decisions/run_table.c puts the same lines to the C API."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "decisions" / "cases.tbl"
BUILD = Path(os.environ.get("STOCKADE_BUILD", ROOT / "build"))


class Case(NamedTuple):
    line: int
    policy: str
    name: str
    importer: str
    closure: bool
    event: bool
    verdict: str
    reason: str
    rule: str
    needs: str


def decode(field):
    """%20 is a byte, '' is the empty name, - is none."""
    if field == "-":
        return None
    return os.fsdecode(unquote_to_bytes("" if field == "''" else field))


def read_table():
    cases = []
    for number, line in enumerate(TABLE.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split() + ["-"]  # the last column may be left out
        policy, name, importer, flags, verdict, reason, rule, needs = fields[:8]
        assert len(fields) <= 9, number
        assert flags in ("-", "closure", "event"), number
        cases.append(Case(number, str(TABLE.parent / policy), decode(name),
                          decode(importer), flags == "closure",
                          flags == "event", verdict, reason, rule, needs))
    return cases


CASES = read_table()
IDS = [str(case.line) for case in CASES]


def show_rule(rule):
    """What the table's last column says of a rule, None for no rule."""
    if rule is None:
        return "-"
    return "{}:{}".format(rule["file"].rpartition("/")[2], rule["line"])


def show_needs(told):
    """The same of a requirement; Policy.decide() says nothing of bundles."""
    return "".join(told["requirements"]) or "-"


def test_the_table_is_as_long_as_promised():
    assert len(CASES) >= 150


def test_no_question_is_asked_twice():
    asked = [case[1:6] for case in CASES]
    assert len(asked) == len(set(asked))


@pytest.fixture(scope="module")
def command():
    # never the one on PATH: it is another build
    path = BUILD / "stockade"
    if not path.is_file():
        pytest.skip("{} is not built".format(path))
    return str(path)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_explain_answers_as_the_table(command, case):
    line = [command, "explain", "--format", "json"]
    if case.importer is not None:
        line.append("--from=" + case.importer)
    if case.closure:
        line.append("--closure")
    if case.event:
        line += ["--event=" + case.name, "--", case.policy]
    else:
        line += ["--", case.policy, case.name]
    run = subprocess.run(line,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=60)
    assert run.returncode in (0, 1), run.stderr.decode()
    told = json.loads(run.stdout.decode("utf-8"))
    assert told["verdict"] == case.verdict
    assert told["reason_name"] == case.reason
    assert show_rule(told["rule"]) == case.rule
    assert show_needs(told) == case.needs.partition(":")[0]
    assert run.returncode == (0 if case.verdict == "allow" else 1)


@pytest.fixture(scope="module")
def policies():
    folder = str(BUILD / "python")
    sys.path.insert(0, folder)
    try:
        import stockade
    except ImportError as error:
        pytest.skip("the Python package cannot be imported: {}".format(error))
    finally:
        sys.path.remove(folder)
    if not hasattr(stockade, "Policy"):
        pytest.skip("stockade.Policy is not there yet")
    loaded = {}

    def load(path):
        if path not in loaded:
            loaded[path] = stockade.Policy(path)
        return loaded[path]
    return load


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_python_package_answers_as_the_table(policies, case):
    told = policies(case.policy).decide(
        case.name, importer=case.importer, closure=case.closure,
        event=case.event)
    assert told["verdict"] == case.verdict
    assert told["reason"] == case.reason
    assert show_rule(told["rule"]) == case.rule
    assert show_needs(told) == case.needs.partition(":")[0]
