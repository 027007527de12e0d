# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/broker_name.c
# covers: python/broker/broker_zone.c
# covers: worker/spare.c
"""The standard library in a worker: what of it honest code can import and
use, and what the reason is where it cannot."""

import importlib.util
import os
import sys

import pytest

import guarded
from workerplace import POLICY, place  # noqa: F401

pytestmark = pytest.mark.workers

# With a profile of its own each: those with less than @process-info count too.
COMPUTE = """
    abc array ast base64 binascii bisect bz2 calendar codecs collections configparser contextlib contextvars
    copy csv dataclasses datetime decimal difflib email enum errno fnmatch fractions functools getopt glob
    graphlib gzip hashlib heapq hmac html html.entities html.parser http inspect io ipaddress itertools json
    keyword linecache locale logging lzma math numbers operator optparse pathlib pickletools pprint
    queue quopri random re reprlib sched secrets shlex shutil stat statistics string struct symtable
    tempfile textwrap threading timeit token tokenize tomllib traceback types typing unicodedata urllib.parse
    uuid warnings weakref xml.dom.minidom xml.etree.ElementTree zipfile zlib zoneinfo argparse
    concurrent.futures os os.path pickle platform email.message email.mime.text email.mime.multipart email.utils
    importlib.metadata
""".split()

# Whose machine code is loaded before, or not at all.
PRELOADED = {
    "asyncio": "_socket", "sqlite3": "_sqlite3", "socket": "_socket",
    "subprocess": "_posixsubprocess", "ctypes": "_ctypes", "selectors": "select",
}

# Under agent.ini in its profile.
AGENT = [name for name in COMPUTE if name not in (
    "os", "os.path", "pickle", "platform", "shutil", "threading", "importlib.metadata")]
AGENT_NOT = ["os", "os.path", "pickle", "platform", "shutil", "socket", "ctypes", "subprocess", "asyncio", "sqlite3",
             "threading", "multiprocessing", "importlib", "urllib.request", "logging.handlers", "xml.sax"]

MAIN = """
    import stockade
    box = _guard.sandbox(%r)
    for name in %r:
        try:
            done = box.run("import %%s\\nresult = 'yes'" %% name)
            print(name, done.value, done.denied)
        except ImportError as error:
            print(name, "no", str(error), error.__cause__.result.denied)
"""


def exists(name):
    """As far as this Python has it."""
    return importlib.util.find_spec(name) is not None


def tell(place, profile, names):
    names = [name for name in names if exists(name)]
    done = place.install(guarded.dedent(MAIN) % (profile, names))
    lines = done.out.splitlines()
    assert len(lines) == len(names), done.out + done.err
    return {name: line[len(name) + 1:] for name, line in zip(names, lines)}


def test_what_computes_is_imported_in_strict_without_a_denial(place):
    told = tell(place, "strict", COMPUTE)
    assert {name: line for name, line in told.items() if line != "yes ()"} == {}


def test_what_has_machine_code_says_what_to_preload(place):
    told = tell(place, "strict", PRELOADED)
    for name, line in told.items():
        # a Python may have it inside
        assert line.startswith("yes ") or line.startswith("no ") and "`preload` of its profile" in line, (name, line)
    if PRELOADED["ctypes"] not in sys.builtin_module_names:
        assert told["ctypes"].startswith("no _ctypes is no Python code, and a worker loads no machine code: name it in"
                                         " `preload` of its profile ")


def test_what_generated_code_imports_is_there_in_agent(place):
    with open(os.path.join(guarded.ROOT, "policy", "agent.ini"), encoding="utf-8") as file:
        place.write("agent.ini", file.read())
    place.policy("extends = agent.ini\n[modules from __main__]\n* = allow\n")
    told = tell(place, "agent", AGENT)
    assert {name: line for name, line in told.items() if line != "yes ()"} == {}
    told = tell(place, "agent", AGENT_NOT)
    for name, line in told.items():
        top = name.split(".")[0]
        assert line.startswith("no No module named '%s" % top) and "denied to snippet" in line, (name, line)


def test_a_policy_for_workers_alone_may_allow_the_standard_library(place):
    with open(os.path.join(guarded.ROOT, "policy", "agent.ini"), encoding="utf-8") as file:
        place.write("agent.ini", file.read())
    place.policy("""
        extends = agent.ini
        [modules]
        @stdlib = allow
        [modules from __main__]
        * = allow
        [sandbox agent]
        preload = sqlite3 asyncio
        syscalls = @asyncio
    """)
    done = place.install(r"""
        import stockade
        box = _guard.sandbox("agent")
        print(box.run("import os\nos.path.join('a', 'b'), os.path.splitext('x.csv')[1]").value)
        print(box.run("import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (x)')\n"
                      "db.executemany('insert into t values (?)', [(1,), (2,)])\n"
                      "db.execute('select sum(x) from t').fetchone()[0]").value)
        print(box.run("import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 7\nasyncio.run(f())").value)
        for source in "os.system('true')", "os.listdir('/')", "open('/etc/passwd')":
            try:
                print(box.run("import os\n" + source).value)
            except OSError as error:
                print(type(error).__name__)
    """)
    assert done.out.splitlines()[:3] == ["('a/b', '.csv')", "3", "7"], done.out + done.err
    # os.system() has a status, and no exception
    assert done.out.splitlines()[4:] == ["PermissionError"] * 2, done.out
    assert done.out.splitlines()[3] != "0"


# ---- what a module would ask the machine for ---------------------------------

PLUGIN = """
    def zone(key):
        from datetime import datetime
        from zoneinfo import ZoneInfo
        try:
            return str(datetime(2024, 7, 1, 12, tzinfo=ZoneInfo(key)).utcoffset())
        except Exception as error:
            return "%s: %s" % (type(error).__name__, error)

    def unique():
        import uuid
        one = uuid.uuid4()
        return one.version, len(str(one)), str(uuid.uuid5(uuid.NAMESPACE_DNS, "a"))

    def system():
        import platform
        return platform.system(), platform.release(), platform.node(), platform.python_implementation()

    def log():
        import logging
        logging.getLogger("plugin").warning("told")

    def named(name):
        return __import__(name)
"""

PROFILES = ["strict", "agent", "files-readonly"]


@pytest.mark.parametrize("profile", PROFILES)
def test_uuid_platform_and_logging_ask_the_machine_for_nothing(place, profile):
    place.policy(POLICY.replace("sandbox:strict", "sandbox:" + profile))
    place.write("plugins/reports.py", PLUGIN)
    done = place.install("""
        import plugins.reports as r
        print(r.unique())
        print(r.system()[::3])
        r.log()
        if %r == "strict":
            print(r.system()[1:3])
    """ % profile)
    lines = done.out.splitlines()
    assert lines[0].startswith("(4, 36, '"), done.err
    assert lines[1] == "('Linux', 'CPython')"
    assert profile != "strict" or lines[2] == "('', '')"
    assert [r["name"] for r in done.records if r["event"] == "syscall"] == []


@pytest.mark.skipif("sys.version_info < (3, 9)", reason="has no zoneinfo")
@pytest.mark.skipif("not os.path.exists('/usr/share/zoneinfo/Europe/Berlin')", reason="no zones here")
@pytest.mark.parametrize("profile", PROFILES)
def test_time_zones_are_the_hosts(place, profile):
    place.policy(POLICY.replace("sandbox:strict", "sandbox:" + profile))
    place.write("plugins/reports.py", PLUGIN)
    done = place.install("""
        import plugins.reports as r
        for key in "UTC", "Europe/Berlin", "America/New_York", "No/Where", "Europe", "localtime", "x" * 200:
            print(r.zone(key))
        print(r.zone("../../../etc/passwd").split(":")[0], r.zone("/etc/passwd").split(":")[0])
    """)
    lines = done.out.splitlines()
    assert lines[:3] == ["0:00:00", "2:00:00", "-1 day, 20:00:00"], done.out + done.err
    assert lines[3] == ("ZoneInfoNotFoundError: 'No time zone found with key No/Where: the host has none in its "
                        "/usr/share/zoneinfo'")
    assert all("ZoneInfoNotFoundError" in line or "Error" in line for line in (lines[4], lines[6])), lines
    assert lines[7] == "ValueError ValueError"
    read = {(r["name"], r["origin"]): r["outcome"] for r in done.records if r["event"] == "resource"}
    assert read["zoneinfo", "Europe/Berlin"] == "found" and read["zoneinfo", "No/Where"] == "not-found"
    assert [r for r in done.records if r["event"] == "syscall" and "socket" in r["name"]] == []
    if profile != "files-readonly":
        assert [r["name"] for r in done.records if r["event"] == "syscall"] == []


def test_only_time_zones_are_read_as_time_zones(place):
    place.write("plugins/reports.py", """
        from importlib import resources
        import sys
        def ask(path):
            loader = sys.modules[__name__].__spec__.loader
            reader = loader.get_resource_reader(__name__)
            try:
                return type(reader)
            except Exception as error:
                return str(error)
        def zones():
            import zoneinfo._common as common
            told = []
            for key in ("tzdata.zi", "../../../etc/passwd", "/etc/passwd", "", "Europe/", "Europe/../UTC", "zone1970",
                        "leapseconds", "\\0", "\\ud800", "UTC\\0"):
                try:
                    told.append(common.load_tzdata(key).read()[:4])
                except (KeyError, ValueError, TypeError, OSError) as error:
                    told.append(type(error).__name__)
            return told
    """)
    if sys.version_info < (3, 9):
        return
    done = place.install("import plugins.reports as r\nprint(set(r.zones()) <= {'ZoneInfoNotFoundError', 'ValueError'})\n")
    assert done.out == "True\n", done.out + done.err


def test_what_python_was_built_with_is_a_module_with_a_hyphen(place):
    place.policy("""
        default = deny
        trusted = @stdlib
        [modules]
        plugins = allow
        plugins.* = sandbox:strict
        [modules from plugins.reports]
        sysconfig = allow
        [modules from __main__]
        * = allow
        [sandbox strict]
        denials = 1000
    """)
    place.write("plugins/reports.py", """
        def f():
            import sysconfig
            return type(sysconfig.get_config_var("CC")).__name__
        def g(name):
            return __import__(name)
    """)
    done = place.install("""
        import plugins.reports as r
        print(r.f())
        for name in "_sysconfigdata_nothing-else", "a-b", "-", "a-.b", "a/b-c":
            try:
                r.g(name)
            except ImportError as error:
                print(str(error).split(":")[0])
    """)
    assert done.out.splitlines() == [
        "str", "No module named '_sysconfigdata_nothing-else'", "No module named 'a-b'", "No module named '-'",
        "No module named 'a-'", "'a/b-c' is no name of a module"], done.out + done.err


def test_copy_is_imported_without_a_denial(place):
    place.policy("""
        default = deny
        trusted = @stdlib
        [modules]
        @stdlib.pure = allow
        [modules from __main__]
        * = allow
        [modules from snippet]
        pickle = allow
    """)
    done = place.install(r"""
        box = _guard.sandbox("strict")
        for source in "import copy", "import pickle", "try:\n    import org\nexcept ImportError:\n    pass":
            print(box.run(source).denied)
    """)
    assert done.out == "()\n()\n(('import', 'org'),)\n", done.out + done.err


def test_local_time_is_utc_and_the_process_has_no_number(place):
    place.write("plugins/clock.py", """
        import os
        import time
        def told():
            return time.localtime(0).tm_hour, time.timezone, os.getpid()
    """)
    done = place.install("""
        import plugins.clock
        print(plugins.clock.told())
    """, env=guarded.environment(TZ="Asia/Tokyo"))
    assert done.out == "(0, 0, -1)\n", (done.out, done.err)
