# SPDX-License-Identifier: Apache-2.0
"""A rule that denies a module by name holds for its file, whoever executes that, under whatever name."""

# covers: python/load/byfile.c

import pytest

import guarded

FILE = "'lib/secret/inner.py'"

WAYS = {
    "loader": "from importlib.machinery import SourceFileLoader as L\n"
              "got = L('harmless', %s).load_module()" % FILE,
    "spec": "import importlib.util as u\n"
            "spec = u.spec_from_file_location('harmless', %s)\n"
            "got = u.module_from_spec(spec)\n"
            "spec.loader.exec_module(got)" % FILE,
    "run_path": "import runpy\nruns = runpy.run_path(%s)" % FILE,
    "get_code": "from importlib.machinery import SourceFileLoader as L\n"
                "exec(L('inner', %s).get_code('inner'), {})" % FILE,
    "bytecode": "import py_compile\n"
                "from importlib.machinery import SourcelessFileLoader as L\n"
                "py_compile.compile(%s, 'other.pyc')\n"
                "got = L('other', 'other.pyc').load_module()" % FILE,
    "compiled": "exec(compile(open(%s).read(), %s, 'exec'), {})" % (FILE, FILE),
    "folder": "import sys\nsys.path.insert(0, 'lib/secret')\nimport inner",
    "package": "import sys, types\n"
               "made = types.ModuleType('made')\n"
               "made.__path__ = ['lib/secret']\n"
               "sys.modules['made'] = made\n"
               "import made.inner",
}

PLUGIN = "[modules from plugin]\nsecret = deny\n"


@pytest.fixture
def place(tmp_path):
    made = guarded.Place(tmp_path)
    made.write("lib/secret/__init__.py", "")
    made.write("lib/secret/inner.py", "print('ran')\n")
    return made


def ran(place, way, policy):
    place.policy("default = allow\ntrusted = @stdlib\n" + policy)
    place.write("plugin.py", WAYS[way] + "\n")
    return place.install("import sys\n"
                         "sys.path.append('lib')\n"
                         "import plugin\n")


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("policy", [PLUGIN, "[modules]\nsecret = deny\n",
                                    "[modules]\nsecret.inner = deny\n"])
def test_the_file_of_what_a_rule_denies_is_denied(place, way, policy):
    done = ran(place, way, policy)
    assert "ran" not in done.out
    assert "No module named 'secret.inner': denied to" in done.err
    denied = [one for one in done.records if one.get("verdict") == "deny"]
    assert [one["name"] for one in denied] == ["secret.inner"]
    assert denied[0]["outcome"] == "refused"


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("policy", [
    "", "[modules from other]\nsecret = deny\n",
    "[modules from plugin]\nlibrarian = deny\nsecret.outer = deny\n"])
def test_any_other_file_is_executed(place, way, policy):
    done = ran(place, way, policy)
    assert done.out == "ran\n", done.err


def test_a_star_denies_no_file(place):
    """A program executes files of its own, as settings, that are no modules."""
    done = ran(place, "spec", "[modules from plugin]\nimportlib = allow\n* = deny\n")
    assert done.out == "ran\n", done.err


def test_to_observe_records_it_and_denies_nothing(place):
    done = ran(place, "spec", "mode = observe\n" + PLUGIN)
    assert done.out == "ran\n", done.err
    assert [one["name"] for one in done.records
            if one.get("outcome") == "would-refuse"] == ["secret.inner"]


def test_an_emptied_path_hides_no_file(place):
    place.policy("default = allow\ntrusted = @stdlib\n" + PLUGIN)
    place.write("plugin.py", "import sys\n%s\n" % WAYS["compiled"].replace("exec(", "sys.path[:] = []\nexec("))
    began = guarded.environment()["PYTHONPATH"] + ":" + place.path("lib")
    done = place.install("import plugin\n", env=guarded.environment(PYTHONPATH=began))
    assert "ran" not in done.out
    assert "No module named 'secret.inner': denied to plugin" in done.err


def test_a_path_that_is_no_list_is_no_error(place):
    place.policy("default = allow\n")
    place.write("plugin.py", "import sys\nsys.path = None\n%s\n" % WAYS["compiled"])
    done = place.install("import plugin\n")
    assert done.out == "ran\n", done.err
