# SPDX-License-Identifier: Apache-2.0
"""What the guard itself imports, where the host may not: the log of a
plugin's output, the values that cross, signatures."""

# covers: python/asks/own.c

import pytest

from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers

HOST = """
trusted = @stdlib
default = deny
cached = all

[modules]
plugins = allow
plugins.* = sandbox:strict
sys = allow
functools = allow
builtins = allow
importlib = allow
%s

[modules from plugins.tool]
datetime = allow
sys = allow
"""

TOOL = """
    import datetime, sys

    def told(text):
        print(text)
        print(text, file=sys.stderr)

    def day():
        return datetime.date(2024, 2, 29)

    def add(a, b=2):
        return a + b
    """

DENIED = """
    import plugins.tool as tool

    def denied(importing):
        try:
            importing()
        except ImportError as e:
            return type(e).__name__
        return "imported"
    """


@pytest.fixture
def host(place):  # noqa: F811
    place.policy(HOST % "")
    place.write("plugins/tool.py", TOOL)
    return place


def asked(done, name, importer="stockade"):
    return [(record["verdict"], record["reason"]) for record in done.attempts(name, importer=importer)]


def test_what_a_plugin_prints_is_logged_where_the_host_may_not_import_logging(host):
    done = host.run(host.write("main.py", DENIED + """
    tool.told("seen")
    def statement(): import logging
    def called(): __import__("logging")
    def by_name(): importlib.import_module("logging")
    import importlib
    print([denied(how) for how in (statement, called, by_name)])
    """))
    assert (done.code, done.out) == (0, str(["ImportDenied"] * 3) + "\n"), done.err
    assert done.err == "seen\n"  # the warning, by logging.lastResort
    assert ("allow", "trusted") in asked(done, "logging")
    assert {verdict for verdict, _ in asked(done, "logging", "__main__")} == {"deny"}


@pytest.mark.parametrize("rule", ["[forbidden]\nlogging = no log", "[modules from stockade]\nlogging = deny"])
def test_where_there_is_no_logging_it_goes_to_stderr_with_the_plugins_name(host, rule):
    host.policy(HOST % "" + rule + "\n")
    done = host.run(host.write("main.py", """
    import plugins.tool as tool
    for n in range(3):
        tool.told("seen %d\\nand more" % n)
    """))
    assert (done.code, done.out) == (0, ""), done.err
    lines = ["plugins.tool: " + line for n in range(3) for line in 2 * ["seen %d" % n, "and more"]]
    assert done.err.splitlines() == lines
    # it is asked for once: who prints much does not fill the log
    assert len(asked(done, "logging")) == 1


def test_a_log_that_fails_loses_nothing(host):
    host.policy(HOST % "logging = allow")
    done = host.run(host.write("main.py", """
    import logging, plugins.tool as tool
    def fail(*args): raise ValueError("no")
    logging.getLogger("plugins.tool").log = fail
    tool.told("seen")
    """))
    assert done.code == 0, done.err
    assert done.err.count("plugins.tool: seen\n") == 2


def test_values_cross_where_the_host_may_not_import_their_modules(host):
    done = host.run(host.write("main.py", DENIED + """
    day = tool.day()
    print(day.isoformat(), type(day).__name__)
    def statement(): import datetime
    print(denied(statement))
    """))
    assert (done.code, done.out) == (0, "2024-02-29 date\nImportDenied\n"), done.err
    assert ("allow", "trusted") in asked(done, "datetime")


def test_signatures_are_there_where_the_host_may_not_import_inspect(host):
    done = host.run(host.write("main.py", DENIED + """
    print(tool.add.__signature__)
    def statement(): import inspect
    print(denied(statement))
    """))
    assert (done.code, done.out) == (0, "(a, b=2)\nImportDenied\n"), done.err


def test_an_import_function_of_the_callers_is_not_called(host):
    """Or it would have what the policy denies to its code."""
    done = host.run(host.write("main.py", """
    import builtins, functools, plugins.tool as tool
    got = []
    mine = dict(vars(builtins), __import__=functools.partial(got.append))
    exec("tool.told('seen'); tool.day(); tool.add.__signature__", {"__builtins__": mine, "tool": tool})
    print(got)
    """))
    assert (done.code, done.out) == (0, "[]\n"), done.err


def test_who_runs_in_the_midst_of_it_asks_for_himself(host):
    """A finder without a frame of its own, while logging is looked for."""
    done = host.run(host.write("main.py", """
    import functools, sys, plugins.tool as tool
    got = []
    def finder(name):
        class Finder:
            pass
        Finder.find_spec = functools.partial(lambda name, *args: got.extend(map(__import__, [name])), name)
        return Finder
    sys.meta_path[:0] = [finder("socket"), finder("logging")]
    tool.told("seen")
    print(got)
    """))
    assert done.out == "[]\n", (done.out, done.err)
    assert "socket" not in [r["name"] for r in done.attempts(verdict="allow")]


@pytest.mark.parametrize("setting", ["", "shadowing = allow\n"])
def test_a_module_of_the_programs_own_is_not_taken_for_the_librarys(host, setting):
    host.policy(setting + HOST.lstrip() % "")
    host.write("logging.py", "print('taken')\n")
    done = host.run(host.write("main.py", """
    import plugins.tool as tool
    tool.told("seen")
    """))
    assert (done.code, done.out) == (0, ""), done.err
    assert done.err == "plugins.tool: seen\n" * 2
