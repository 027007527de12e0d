# SPDX-License-Identifier: Apache-2.0
"""Programs that others wrote, under the policy that is learned from them."""

import shutil

import pytest

from places import Place, site_packages

OUTPUT = "../output"


class Program:
    """`first` is learned from, `second` is added with --merge. `theirs` is a
    file of the program that never imports socket."""

    def __init__(self, name, project, first, second, package, theirs):
        self.name = name
        self.project = project
        self.first = first
        self.second = second
        self.package = package
        self.theirs = theirs


PROGRAMS = [
    Program("black", "code", ["{venv}/bin/black", "--diff", "one.py"],
            ["-m", "black", "-q", "--workers", "2", "."],
            "black", "click/_compat.py"),
    Program("flask", "flask_app", ["main.py"],
            ["-m", "flask", "--app", "app", "routes"], "flask", "flask/globals.py"),
    Program("pytest", "suite", ["-m", "pytest", "-p", "no:cacheprovider", "tests"],
            ["-m", "pytest", "-p", "no:cacheprovider", "--doctest-modules", "pkg",
             "--junitxml", OUTPUT + ".xml"],
            "_pytest", "_pytest/timing.py"),
    Program("sphinx", "docs", ["-m", "sphinx", "-b", "html", ".", OUTPUT],
            ["-m", "sphinx", "-b", "text", ".", OUTPUT], "sphinx", "docutils/nodes.py"),
    Program("requests", "web", ["client.py"], ["client.py", "fail"],
            "requests", "idna/core.py"),
    Program("rich", "console", ["app.py", "table"], ["app.py", "crash"],
            "rich", "rich/table.py"),
    Program("docutils", "text", ["-m", "docutils", "page.rst"],
            ["-m", "docutils", "--writer", "latex", "page.rst"],
            "docutils", "docutils/statemachine.py"),
    Program("markdown", "text", ["-m", "markdown", "-x", "tables", "page.md"],
            ["-m", "markdown", "-x", "codehilite", "page.md"],
            "markdown", "markdown/util.py"),
]


@pytest.fixture(scope="module", params=PROGRAMS, ids=lambda program: program.name)
def learned(request, venv, stockade, tmp_path_factory):
    """(program, its place), with a policy learned from its first run."""
    program = request.param
    place = Place(tmp_path_factory.mktemp(program.name), program.project, venv, stockade)
    program.first = [word.format(venv=venv) for word in program.first]
    place.wanted = run(place, place.plain, program.first)
    place.taught = run(place, place.learn, program.first)
    return program, place


def run(place, how, command, **more):
    """The run, with what it wrote, so that nothing is left for the next."""
    output = place.folder / "output"
    shutil.rmtree(str(output), ignore_errors=True)
    done = how(command, **more)
    done.written = sorted(str(path.relative_to(output)) for path in output.rglob("*"))
    done.written += [path.read_text() for path in sorted(place.project.rglob("*.py"))]
    return done


def assert_same(done, wanted):
    assert done == wanted
    assert done.written == wanted.written


def test_learning_does_not_show(learned):
    program, place = learned
    assert place.taught.code == place.wanted.code
    assert place.taught.out == place.wanted.out
    said = "stockade: %s: written\n" % place.policy
    assert place.taught.err.startswith(place.wanted.err)
    assert place.taught.err.endswith(said)


def test_the_same_run_passes_and_looks_the_same(learned):
    program, place = learned
    done = run(place, place.guarded, program.first)
    assert place.denied == []
    assert_same(done, place.wanted)
    assert place.verify().returncode == 0


def test_the_policy_is_one_that_can_be_reviewed(learned):
    program, place = learned
    done = place.check()
    assert (done.returncode, done.stdout) == (0, "")
    sections = place.sections
    assert sections["stockade"] == {"version": "1", "default": "deny", "trusted": "@stdlib"}
    assert sections["modules"][program.package] == "allow closure"
    rules = [rule for name in sections if name != "stockade" for rule in sections[name]]
    assert not [rule for rule in rules if "*" in rule]
    # nothing that reaches out is everybody's
    reaching = {"socket", "ssl", "subprocess", "ctypes", "multiprocessing"}
    assert not reaching & set(sections["modules"])
    assert "left out" not in place.policy.read_text()


def test_one_more_import_is_denied_and_recorded(learned, tmp_path):
    program, place = learned
    copies = tmp_path / "lib" / "python3" / "site-packages"
    copies.mkdir(parents=True)
    top, _, rest = program.theirs.partition("/")
    shutil.copytree(str(site_packages(place.venv) / top), str(copies / top))
    with open(str(copies / program.theirs), "a") as file:
        file.write("\nimport socket\n")
    assert_same(run(place, place.plain, program.first, PYTHONPATH=str(copies)), place.wanted)
    done = run(place, place.guarded, program.first, PYTHONPATH=str(copies))
    assert done != place.wanted
    assert "No module named 'socket'" in done.err + done.out
    record = [r for r in place.records if r.get("verdict") == "deny"][0]
    assert record["name"] == "socket"
    assert record["importer"] == program.theirs[:-len(".py")].replace("/", ".")
    assert record["outcome"] == "refused"
    assert record["file"] == str(copies / program.theirs)
    file, _, line = record["rule"].rpartition(":")
    assert file == str(place.policy)
    rule = place.policy.read_text().splitlines()[int(line) - 1]
    assert rule.startswith("@stdlib.net = deny")
    assert place.verify().returncode == 0


def test_merging_a_second_run_lets_both_pass(learned):
    program, place = learned
    wanted = run(place, place.plain, program.second)
    assert (wanted, wanted.written) != (place.wanted, place.wanted.written)
    before = place.policy.read_text()
    try:
        run(place, lambda command: place.learn(command, "--merge", place.policy),
            program.second)
        assert place.check().returncode == 0
        assert_same(run(place, place.guarded, program.second), wanted)
        assert place.denied == []
        assert_same(run(place, place.guarded, program.first), place.wanted)
        assert place.denied == []
    finally:
        place.policy.write_text(before)
