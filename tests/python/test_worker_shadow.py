# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/broker_shadow.c, python/load/shadow.c
"""A file of the host's program that has the name of a module of the standard
library is none to a worker."""

import sys

import pytest

import workerplace

pytestmark = pytest.mark.workers

POLICY = """
    default = allow
    trusted = @stdlib
    %s

    [modules]
    plugins = allow
    plugins.* = sandbox:strict
    %s

    [modules from plugins.reports]
    %s
    * = deny
"""

# What asks is text, which a worker may write.
PLUGIN = """
    def get(name, who):
        space = {"__name__": who}
        exec("import %s as it" % name, space)
        return getattr(space["it"], "secret", "the library's")

    def find(name, who):
        space = {"__name__": who}
        exec("import importlib.util\\nit = importlib.util.find_spec(%r)" % name, space)
        return space["it"].origin
"""


@pytest.fixture
def place(tmp_path):
    place = workerplace.make(tmp_path)
    place.write("colorsys.py", "secret = 'of the host'\n")
    place.write("wave/__init__.py", "")
    place.write("wave/inner.py", "secret = 'of the host, too'\n")
    place.write("plugins/reports.py", PLUGIN)
    return place


def ask(place, calls):
    return workerplace.ask(place, calls)


def test_it_is_denied_as_in_the_host(place):
    place.policy(POLICY % ("", "", "colorsys = allow\n    wave = allow"))
    done = ask(place, [("get", "colorsys", "plugins.reports"), ("get", "wave.inner", "plugins.reports")])
    assert done.out == "denied colorsys\ndenied wave\n", (done.out, done.err)
    row, = done.attempts("colorsys")
    assert (row["verdict"], row["reason"], row["importer"]) == ("deny", "shadowing", "plugins.reports")
    assert row["origin"] == place.path("colorsys.py") and "rule" not in row


def test_what_is_told_is_where_it_is_and_what_helps(place):
    place.policy(POLICY % ("", "", "colorsys = allow"))
    place.write("plugins/reports.py", "import colorsys\n")
    done = place.install("""
        try:
            import plugins.reports
        except ModuleNotFoundError as error:
            print(error)
    """)
    assert "found at " + place.path("colorsys.py") in done.out and "shadowing = allow" in done.out, (done.out, done.err)


@pytest.mark.parametrize("shadowing", ["", "shadowing = allow"])
@pytest.mark.parametrize("who", ["json", "tool"])
def test_the_librarys_name_does_not_get_it(place, shadowing, who):
    """Neither that of the standard library nor of a package with closure."""
    place.write("tool.py", "")
    place.policy(POLICY % (shadowing, "tool = allow closure", "tool = allow"))
    place.write("plugins/reports.py", "import tool\n" + workerplace.guarded.dedent(PLUGIN))
    done = ask(place, [("get", "colorsys", who), ("get", "wave.inner", who), ("find", "colorsys", who)])
    assert done.out == "denied colorsys\ndenied wave\ndenied colorsys\n", (done.out, done.err)
    told = [(row["importer"], row["verdict"], row["reason"]) for row in done.attempts("colorsys")]
    assert told[0] == ((who, "deny", "shadowing") if not shadowing else ("plugins.reports", "deny", "importer"))


def test_where_it_is_allowed_it_is_had(place):
    place.policy(POLICY % ("shadowing = allow", "", "colorsys = allow"))
    done = ask(place, [("get", "colorsys", "plugins.reports"), ("get", "colorsys", "json")])
    assert done.out == "of the host\nof the host\n", (done.out, done.err)


def test_the_librarys_own_is_sent_as_ever(place):
    place.policy(POLICY % ("", "", "chunk = allow\n    pprint = allow"))
    done = ask(place, [("get", "pprint", "plugins.reports"), ("get", "this", "json")])
    assert done.out.splitlines()[0] == "the library's", (done.out, done.err)


def test_a_name_of_another_pythons_library(place):
    """A rule for @stdlib does not mean a file that somebody has."""
    name = {8: "zoneinfo", 9: "tomllib", 10: "tomllib", 11: "binhex"}.get(sys.version_info[1], "distutils")
    place.write(name + ".py", "secret = 'of the host'\n")
    place.policy(POLICY % ("", "@stdlib = allow", "@stdlib = allow"))
    done = ask(place, [("get", name, "plugins.reports")])
    assert done.out == "denied %s\n" % name, (done.out, done.err)


def test_who_only_observes_is_told_of_it(place):
    place.policy(POLICY % ("mode = observe", "", "colorsys = allow"))
    done = ask(place, [("get", "colorsys", "plugins.reports")])
    assert done.out == "of the host\n", (done.out, done.err)
    row, = [one for one in done.attempts("colorsys") if not one.get("cached")]
    assert (row["verdict"], row["reason"]) == ("deny", "shadowing")
