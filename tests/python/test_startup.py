# SPDX-License-Identifier: Apache-2.0
"""What an interpreter imports for itself is recorded, and not refused."""

# covers: python/asks/startup.c

import os

import pytest

from guarded import Place, dedent, environment


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_the_interpreter_starts_under_a_policy_that_allows_nothing(place):
    place.policy("default = deny\n")
    done = place.run("-c", "pass")
    assert (done.code, done.out) == (0, ""), done.err
    assert done.attempts("os", reason="startup", verdict="allow")
    assert done.attempts("encodings", reason="startup")


def test_what_it_imported_is_denied_to_the_program(place):
    place.policy("default = deny\n")
    done = place.run("-c", "import os")
    assert done.code == 1
    assert "No module named 'os': denied to __main__" in done.err
    assert done.attempts("os", importer="__main__", outcome="refused")


def test_a_deny_by_name_holds_at_start_for_the_standard_library_not(place):
    place.policy("default = deny\n[modules]\nos = deny\n")
    done = place.run("-c", "print(1)")
    assert (done.code, done.out) == (0, "1\n"), done.err


@pytest.mark.parametrize("rule, ran", [("", True), ("[modules]\nsitecustomize = deny\n", False)])
def test_sitecustomize_is_the_environments_until_it_is_named(place, rule, ran):
    place.policy("default = deny\n" + rule)
    place.write("side/sitecustomize.py", "print('customized')\n")
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.path("side")
    done = place.run("-c", "pass", env=env)
    assert ("customized" in done.out) == ran, done.err
    assert done.attempts("sitecustomize", verdict="allow" if ran else "deny")


def test_start_is_over_when_the_program_begins(place):
    place.policy("default = deny\n")
    done = place.run("-c", "import colorsys")
    assert done.attempts("colorsys", verdict="deny", outcome="refused")
    assert not done.attempts("colorsys", reason="startup")


def test_what_cpython_asks_for_by_itself_is_its_own(place):
    place.policy("default = deny\ntrusted = @stdlib\n[modules]\nprog = allow\n")
    place.write("prog.py", "1 / 0\n")
    done = place.run("-m", "prog")
    assert done.code == 1
    assert "ZeroDivisionError" in done.err and "1 / 0" in done.err
    assert not done.attempts("runpy", verdict="deny")


GROUPS = "default = allow\ntrusted = @stdlib\n[modules]\n@stdlib.meta = deny\n@stdlib.files = deny\n"


@pytest.mark.parametrize("more", [(), ("--observe",)])
def test_a_denied_group_keeps_no_program_from_starting(place, more):
    """runpy for -m, and io and traceback to show how it ended, are CPython's."""
    place.policy(GROUPS)
    place.write("prog.py", "1 / 0\n")
    done = place.run(*more, "-m", "prog")
    assert done.code == 1
    assert "ZeroDivisionError" in done.err and "1 / 0" in done.err
    assert done.attempts("runpy", reason="startup", verdict="allow")
    for name in ("runpy", "io", "traceback"):
        assert not done.attempts(name, verdict="deny")


@pytest.mark.parametrize("rule", ["[modules]\nrunpy = deny\n", "[forbidden]\n@stdlib.meta = no\n"])
def test_what_is_denied_by_name_or_forbidden_is_denied_to_cpython_too(place, rule):
    place.policy("default = allow\ntrusted = @stdlib\n" + rule)
    place.write("prog.py", "print('ran')\n")
    done = place.run("-m", "prog")
    assert (done.code, done.out) == (1, "")
    assert done.attempts("runpy", verdict="deny", outcome="refused")


def test_a_denied_group_is_denied_to_everybody_else(place):
    place.policy(GROUPS + "os = allow\n")
    done = place.run("-c", "import os\ntry:\n    import runpy\nexcept ImportError: print('no')\n")
    assert (done.code, done.out) == (0, "no\n"), done.err
    assert done.attempts("runpy", importer="__main__", outcome="refused")


FINDER = """
    import sys
    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            seen.append(name)
    seen = []
    sys.meta_path.insert(0, Finder)
"""


def of_finders(done):
    return [(r["event"], r["name"], r["importer"], r["outcome"]) for r in done.records
            if r["event"] in ("finder", "tamper") and r["importer"] != "_distutils_hack"]  # of the venv


def test_what_is_installed_may_bring_a_finder(place):
    """As setuptools does. It is behind ours, and is asked still."""
    place.policy("default = allow\n")
    place.write("side/sitecustomize.py", FINDER + "    sys.meta_path.insert(0, Finder())\n")
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.path("side")
    program = "import sitecustomize, sys, colorsys; print(sitecustomize.seen[-1], type(sys.meta_path[0]).__name__)"
    done = place.run("-c", program, env=env)
    assert done.out == "colorsys PolicyFinder\n", done.err
    assert of_finders(done) == [("finder", "sys.meta_path", "sitecustomize", "put-behind")] * 2


HONEST = """
    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            return None
"""


@pytest.mark.parametrize("finder", [
    "Evil(); evil.find_spec = find", "Evil(); evil.__dict__['find_spec'] = types.MethodType(find, 1)",
    "types.ModuleType('evil'); evil.find_spec = find", "Asked()", "Asking()", "ClassAsked",
])
def test_a_finder_is_told_after_one_whose_class_it_shares(place, finder):
    """And is its whose find_spec it is, not its class's."""
    place.policy("default = allow\n")
    place.write("side/honest.py", HONEST)
    place.write("side/sitecustomize.py", """
        import honest, sys, types
        def find(*args):
            seen.append(args)
        seen = []
        class Evil(honest.Finder):
            pass
        class Asked(honest.Finder):
            def __getattribute__(self, name):
                return find
        class Asking:
            def __getattr__(self, name):
                return find
        class Meta(type):
            def __getattribute__(self, name):
                return find
        class ClassAsked(honest.Finder, metaclass=Meta):
            pass
        sys.meta_path.insert(0, honest.Finder)
        import colorsys
        evil = %s
        sys.meta_path.insert(0, evil)
        import sched
        sys.meta_path.remove(evil)
        sys.meta_path.insert(0, evil)
        import bdb
        print(len(seen) > 0)
    """ % finder)
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.path("side")
    done = place.run("-c", "pass", env=env)
    assert done.out == "True\n", done.err
    assert [(event, whose) for event, _, whose, _ in of_finders(done)] == [
        ("finder", "honest"), ("finder", "sitecustomize")], done.err


@pytest.mark.parametrize("change, told", [
    ("pass", []),
    ("honest.Finder.find_spec = staticmethod(find)", [("finder", "sitecustomize")]),
    ("honest.Finder.find_spec = print", [("tamper", None)]),
    ("sys.meta_path.insert(0, Mine); sys.meta_path.insert(0, honest.Other)",
     [("finder", "sitecustomize"), ("finder", "honest")]),
    ("mine = honest.Other(); mine.find_spec = print; sys.meta_path.insert(0, mine)",
     [("tamper", None)]),
])
def test_the_same_finder_put_first_again_is_told_where_it_is_not_what_it_was(place, change, told):
    place.policy("default = allow\n")
    place.write("side/honest.py", dedent(HONEST) + "class Other(Finder):\n    pass\n")
    place.write("side/sitecustomize.py", """
        import honest, sys
        def find(*args):
            return None
        class Mine:
            find_spec = staticmethod(find)
        sys.meta_path.insert(0, honest.Finder)
        import colorsys
        sys.meta_path.remove(honest.Finder)
        %s
        sys.meta_path.insert(%d, honest.Finder)
        import sched
    """ % (change, 2 if "Other" in change and "Mine" in change else 0))
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.path("side")
    done = place.run("-c", "pass", env=env)
    records = [(event, None if event == "tamper" else whose) for event, _, whose, _ in of_finders(done)]
    assert records == [("finder", "honest")] + told, done.err


def test_a_finder_told_at_the_start_is_tampering_when_the_program_puts_it_first(place):
    place.policy("default = allow\n")
    place.write("side/sitecustomize.py", FINDER)
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.path("side")
    done = place.run("-c", "import sitecustomize, sys\nsys.meta_path.insert(0, sitecustomize.Finder)\n"
                     "import colorsys\n", env=env)
    assert [event for event, *_ in of_finders(done)] == ["finder", "tamper"], done.err


def test_what_takes_our_finder_away_at_the_start_is_tampering(place):
    place.policy("default = allow\n")
    place.write("side/sitecustomize.py", "import sys\nsys.meta_path.pop(0)\nimport colorsys\n")
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.path("side")
    done = place.run("-c", "pass", env=env)
    assert [event for event, *_ in of_finders(done)] == ["tamper"], done.err


def test_a_finder_that_the_program_brings_is_told_as_ever(place):
    place.policy("default = allow\n")
    done = place.run("-c", dedent(FINDER) + "import colorsys\n")
    assert of_finders(done) == [("tamper", "sys.meta_path", "__main__", "put-back")], done.err


def test_a_finder_of_unknown_code_is_tampering_at_the_start_too(place):
    place.policy("default = allow\n")
    place.write("side/sitecustomize.py", """
        import sys
        code = compile("class Finder:\\n    def find_spec(*a): pass", "x", "exec")
        space = {"__name__": "x"}
        exec(code, space)
        class Odd:
            find_spec = print
        sys.meta_path.insert(0, Odd)
        import colorsys
    """)
    env = environment()
    env["PYTHONPATH"] += os.pathsep + place.path("side")
    done = place.run("-c", "pass", env=env)
    assert [event for event, *_ in of_finders(done)] == ["tamper"], (done.err, done.out)
