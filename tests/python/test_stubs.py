# SPDX-License-Identifier: Apache-2.0
"""The stubs say what is there: nothing more, nothing less."""

import ast
import inspect
import os
import subprocess
import sys

import pytest

from guarded import BUILD, ROOT, environment

sys.path.insert(0, os.path.join(BUILD, "python"))
import stockade  # noqa: E402

STUB = os.path.join(ROOT, "src", "python", "stockade", "__init__.pyi")
SAMPLE = os.path.join(ROOT, "tests", "python", "sample_typed.py")


def stub():
    with open(STUB, encoding="utf-8") as file:
        return ast.parse(file.read()).body


def members(node):
    """{name: definitions} of a class or module of the stub."""
    found = {}
    for item in node:
        if isinstance(item, (ast.FunctionDef, ast.ClassDef)):
            found.setdefault(item.name, []).append(item)
        elif isinstance(item, ast.AnnAssign):
            found.setdefault(item.target.id, []).append(item)
    return found


def parameters(definition):
    """[(name, keyword only, has a default)] without self and cls."""
    args = definition.args
    plain = [(arg.arg, False) for arg in args.args if arg.arg not in ("self", "cls")]
    needed = len(plain) - len(args.defaults)
    told = [(name, only, i >= needed) for i, (name, only) in enumerate(plain)]
    return told + [(arg.arg, True, default is not None)
                   for arg, default in zip(args.kwonlyargs, args.kw_defaults)]


def real_parameters(function):
    return [(p.name, p.kind is p.KEYWORD_ONLY, p.default is not p.empty)
            for p in inspect.signature(function).parameters.values() if p.name != "self"]


def test_the_stub_names_what_is_public_and_nothing_else():
    named = {name for name in members(stub()) if not name.startswith("_")}
    assert named == set(stockade.__all__)
    assert "__version__" in members(stub())


@pytest.mark.parametrize("kind", ["Guard", "Policy", "ImportDenied", "Sandbox"])
def test_a_class_has_the_members_of_its_stub(kind):
    node, = members(stub())[kind]
    named = {name for name in members(node.body) if not name.startswith("__")}
    real = {name for name in vars(getattr(stockade, kind)) if not name.startswith("__")}
    if kind == "ImportDenied":
        named.discard("name")  # of ImportError
    assert named == real


@pytest.mark.parametrize("kind", ["RunResult", "Usage"])
def test_a_result_has_the_fields_of_its_stub(kind):
    node, = members(stub())[kind]
    real = getattr(stockade, kind)
    named = [name for name in members(node.body) if name != "__new__"]
    assert len(named) == real.n_fields
    assert not hasattr(real, "_asdict")
    assert str(named).strip("[]").replace("'", "") == ", ".join(
        part.split("=")[0] for part in repr(real(range(real.n_fields)))[:-1].partition("(")[2].split(", "))


@pytest.mark.parametrize("path", [
    "Guard.explain", "Guard.stats", "Guard.history", "Guard.reload", "Guard.sandbox",
    "Sandbox.run", "Sandbox.import_module", "Sandbox.close", "Policy.decide", "Policy.explain", "install", "current"])
def test_a_function_has_the_parameters_of_its_stub(path):
    node, real = members(stub()), stockade
    for name in path.split("."):
        definition, = node[name]
        node, real = members(getattr(definition, "body", [])), getattr(real, name)
    assert parameters(definition) == real_parameters(real)


def test_the_overloads_of_load_are_its_two_calls():
    assert [parameters(one) for one in members(stub())["load"]] == [
        [("reference", False, False)],
        [("reference", False, False), ("default", False, False)]]


def test_the_package_says_that_it_is_typed():
    folder = os.path.join(BUILD, "python", "stockade")
    assert {"__init__.pyi", "py.typed"} <= set(os.listdir(folder))


def marked():
    with open(SAMPLE, encoding="utf-8") as file:
        return {number for number, line in enumerate(file, 1) if line.endswith("# error\n")}


@pytest.mark.parametrize("target", ["3.9", "3.13"])
def test_mypy_reads_the_stub_strictly(tmp_path, target):
    pytest.importorskip("mypy", reason="mypy is not installed")
    env = environment(MYPYPATH=os.path.join(BUILD, "python"), PYTHONPATH="")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-version", target, "--cache-dir",
         str(tmp_path), "--no-error-summary", "--hide-error-context", "--no-pretty",
         SAMPLE],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, env=env,
        cwd=str(tmp_path), timeout=300)
    told = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error: " in line}
    assert told == marked(), done.stdout + done.stderr
