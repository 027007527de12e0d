# SPDX-License-Identifier: Apache-2.0
"""What the logging of a worker writes, in the logging of the host."""

# covers: python/remote/remoteoutput.c
# covers: worker/logs.c

import os
import sys

import pytest

import guarded
from guarded import dedent
from workerplace import PATIENT, POLICY, place, with_profile  # noqa: F401

pytestmark = pytest.mark.workers

HOST = """
    import logging
    logging.basicConfig(level=logging.DEBUG, format="%(levelname)s:%(name)s:%(message)s")
    """


def logged(place, plugin, main="", profile="", **kwargs):  # noqa: F811
    """The lines that the host logs when tool.talk() is called."""
    place.policy(PATIENT + profile)
    place.write("plugins/tool.py", plugin)
    done = place.install(dedent(HOST) + "import plugins.tool as tool\ntool.talk()\n" + dedent(main), **kwargs)
    assert done.code == 0, done.err
    return [line for line in done.err.splitlines() if "plugins" in line.partition(":")[2].partition(":")[0]], done


@pytest.mark.parametrize("profile", ["", "preload = logging\n"])
def test_a_record_has_its_level_and_its_logger(place, profile):  # noqa: F811
    lines, _ = logged(place, """
        import logging
        log = logging.getLogger(__name__)
        def talk():
            log.warning("one %d", 1)
            log.error("two")
            log.critical("three")
            log.info("not seen: no level was set")
            logging.getLogger("charts.axis").error("four")
            logging.getLogger().error("five")
            logging.error("six")
        """, profile=profile)
    assert lines == ["WARNING:plugins.tool:one 1", "ERROR:plugins.tool:two", "CRITICAL:plugins.tool:three",
                     "ERROR:plugins.tool.charts.axis:four", "ERROR:plugins.tool:five", "ERROR:plugins.tool:six"]


def test_a_plugin_that_sets_its_level_is_heard_from_there_on(place):  # noqa: F811
    lines, _ = logged(place, """
        import logging
        logging.basicConfig(level=logging.DEBUG)
        def talk():
            logging.debug("low")
            logging.log(35, "between")
            logging.log(1000, "high")
            logging.log(10 ** 30, "higher")
        """)
    assert lines == ["DEBUG:plugins.tool:low", "Level 35:plugins.tool:between",
                     "CRITICAL:plugins.tool:high", "CRITICAL:plugins.tool:higher"]


def test_a_format_of_its_own_is_kept(place):  # noqa: F811
    lines, _ = logged(place, """
        import logging
        logging.basicConfig(format="<%(message)s>")
        def talk():
            logging.error("one")
        """)
    assert lines == ["ERROR:plugins.tool:<one>"]


def test_a_traceback_is_one_record_with_its_lines(place):  # noqa: F811
    _, done = logged(place, """
        import logging
        def talk():
            try:
                1 / 0
            except ZeroDivisionError:
                logging.exception("failed \\x1b[2J\\r")
        """)
    lines = done.err.splitlines()
    assert lines[0] == "ERROR:plugins.tool:failed \\x1b[2J"
    assert lines[-1] == "    ZeroDivisionError: division by zero"
    assert "    Traceback (most recent call last):" in lines
    # the others are indented: none of them can pass for a record
    assert all(line.startswith("    ") for line in lines[1:])


def test_the_lines_of_a_record_count_as_output(place):  # noqa: F811
    _, done = logged(place, """
        import logging
        def talk():
            logging.error("\\n".join(["x"] * 1000))
        """, profile="output = 4K\n")
    lines = done.err.splitlines()
    assert 20 < len(lines) <= 66
    assert lines[-1].startswith("WARNING:plugins.tool:") and "were dropped" in lines[-1]


@pytest.mark.parametrize("body", ["print('x' * 5000, flush=True)", "import logging; logging.error('x' * 5000)"])
def test_a_line_longer_than_a_reply_comes_in_pieces(place, body):  # noqa: F811
    """And the worker lives."""
    lines, done = logged(place, "def talk():\n    %s\n    return 7\n" % body, "print(tool.talk())",
                         profile="reply = 1K\n")
    assert done.out == "7\n", done.err
    assert sum(line.count("x") for line in lines) == 10000, lines


def test_what_is_dropped_is_told_once(place):  # noqa: F811
    lines, done = logged(place, """
        def talk():
            for n in range(100):
                print("y" * 100)
        """, profile="output = 4K\n")
    told = "%d characters of output were dropped: `output` of the profile is 4K a call"
    n = sum(line.endswith("y" * 100) for line in lines)
    assert 30 < n <= 40
    dropped = int(lines[-1].split(":")[2].split()[0])
    assert lines[-1] == "WARNING:plugins.tool:" + told % dropped and len(lines) == n + 1
    assert (100 - n) * 100 <= dropped <= (100 - n) * 101
    record, = [r for r in done.records if r["event"] == "worker" and r["outcome"] == "output-dropped"]
    assert (record["name"], record["sandbox"], record["error"]) == ("plugins.tool", "strict", told % dropped)


def test_a_handler_that_writes_elsewhere_is_left_alone(place):  # noqa: F811
    lines, done = logged(place, """
        import io, logging
        text = io.StringIO()
        log = logging.getLogger("own")
        log.addHandler(logging.StreamHandler(text))
        log.propagate = False
        def talk():
            log.error("kept here")
        def kept():
            return text.getvalue()
        """, "print(repr(tool.kept()))")
    assert (lines, done.out) == ([], "'kept here\\n'\n")


def test_nobody_is_logged_for_but_the_plugin(place):  # noqa: F811
    """And no name that is none: what lines look like is the host's."""
    names = ["root", "plugins.other", "plugins.toolbox", "plugins.tool.sub", "", ".x", "a..b", "x.", "a b",
             "a\nERROR:host:b", "\u00e9", "\0", "x" * 101]
    lines, _ = logged(place, """
        import logging
        logging.lastResort.setLevel(1)
        def talk():
            for name in %r:
                log = logging.Logger(name)
                log.error("said")
        """ % names)
    assert lines == ["ERROR:%s:said" % name for name in [
        "plugins.tool", "plugins.tool.plugins.other", "plugins.tool.plugins.toolbox", "plugins.tool.sub"]
        + ["plugins.tool"] * 9]


def test_loggers_of_the_host_are_bounded(place):  # noqa: F811
    """logging keeps each name for ever."""
    lines, done = logged(place, """
        import logging
        def talk():
            for n in range(1000):
                logging.Logger("n%d" % n).error("said")
        """, 'print(sum(name.startswith("plugins") for name in logging.root.manager.loggerDict))')
    assert len(lines) == 1000
    assert lines[63] == "ERROR:plugins.tool.n63:said"
    assert lines[64] == "ERROR:plugins.tool:said"
    assert int(done.out) <= 67


def test_another_worker_is_given_no_more_loggers(place):  # noqa: F811
    """Not those of its package, and all packages have so many among them."""
    talk = """
        import logging
        def talk(n):
            for each in range(100):
                logging.Logger("w%d.n%d" % (n, each)).error("said")
        """
    for n in range(8):
        place.write("plugins/p%d.py" % n, talk)
    _, done = logged(place, "def talk(): pass", """
        def count(name):
            return sum(each.startswith(name) for each in logging.root.manager.loggerDict)
        for n in range(3):
            with _guard.sandbox("strict") as box:
                box.import_module("plugins.p0").talk(n)
        one = count("plugins.p0.")
        for n in range(8):
            with _guard.sandbox("strict") as box:
                box.import_module("plugins.p%d" % n).talk(9)
        print(one, count("plugins.p1."), count("plugins.p7."), count("plugins.p"))
        """)
    # with the w0 that stand between, and each package's own
    assert done.out == "65 65 0 %d\n" % (4 * 65 + 8)


def test_a_logger_far_below_the_package_is_the_packages_own(place):  # noqa: F811
    """logging keeps one for every dot."""
    lines, done = logged(place, """
        import logging
        def talk():
            for name in "a.b.c.d", "a.b.c.d.e", ".".join("abcdefghij" * 5), "plugins.tool.f.g.h.i", "plugins.tool.f.g.h.i.j":
                logging.Logger(name).error("said")
        """, 'print(sum(name.startswith("plugins.tool.") for name in logging.root.manager.loggerDict))')
    assert lines == ["ERROR:plugins.tool%s:said" % name for name in (".a.b.c.d", "", "", ".f.g.h.i", "")]
    assert done.out == "8\n"


def test_records_count_as_output(place):  # noqa: F811
    lines, _ = logged(place, """
        import logging
        def talk():
            for n in range(1000):
                logging.error("x")
        """, profile="output = 4K\n")
    assert 40 < len(lines) <= 65 and "were dropped" in lines[-1]


ODD = "\\x1b[2J\\x1b]0;owned\\x07\\x08\\x7f\\x00\\x9b31m\\tstays\\u202e\\ud800 \\u00e9\\U0001f600"
SHOWN = "\\x1b[2J\\x1b]0;owned\\x07\\x08\\x7f\\x00\\u009b31m\tstays\\u202e\\ud800 \u00e9\U0001f600"


def test_what_drives_a_terminal_is_shown_in_records(place):  # noqa: F811
    lines, _ = logged(place, """
        import logging
        def talk():
            logging.error("%s")
            print("%s")
        """ % (ODD, ODD))
    assert lines == ["ERROR:plugins.tool:" + SHOWN, "INFO:plugins.tool:" + SHOWN]


def test_what_drives_a_terminal_is_shown_where_there_is_no_logging(place):  # noqa: F811
    place.policy(POLICY + "\n[forbidden]\nlogging = no\n[sandbox strict]\ndeadline = 60s\n")
    place.write("plugins/tool.py", "def talk(): print('one\\n%s')" % ODD)
    done = place.install("import plugins.tool as tool\ntool.talk()")
    assert done.err == "plugins.tool: one\nplugins.tool: %s\n" % SHOWN


def test_a_policy_that_allows_logging_is_heeded_after_a_reload(place):  # noqa: F811
    place.policy(POLICY + "\n[forbidden]\nlogging = no\n[sandbox strict]\ndeadline = 60s\n")
    place.write("plugins/tool.py", "import sys\ndef talk(): print('said', file=sys.stderr)")
    done = place.install("""
        import plugins.tool as tool
        tool.talk()
        with open("policy.ini") as file:
            text = file.read()
        with open("policy.ini", "w") as file:
            file.write(text.replace("logging = no", "antigravity = no"))
        _guard.reload()
        import logging
        logging.basicConfig(format="%(levelname)s:%(name)s:%(message)s")
        tool.talk()
        """)
    assert done.err == "plugins.tool: said\nWARNING:plugins.tool:said\n"


def test_what_is_captured_is_as_it_was_printed(place):  # noqa: F811
    """The host asked for it: it is data."""
    place.policy(PATIENT)
    done = place.install("""
        with _guard.sandbox("strict") as box:
            print(ascii(box.run("print(chr(27), chr(7))").output))
        """)
    assert done.out == "'\\x1b \\x07\\n'\n", done.err


def test_a_record_without_text_counts_as_output(place):  # noqa: F811
    lines, _ = logged(place, """
        import logging
        logging.basicConfig(format="%(message)s")
        def talk():
            for n in range(100):
                logging.error("")
            logging.error("beyond it")
        """, profile="output = 4K\n")
    told, = lines
    assert "were dropped" in told


def test_a_record_that_cannot_be_formatted_is_the_plugins_own_affair(place):  # noqa: F811
    place.write("plugins/tool.py", "")
    lines, _ = logged(place, """
        import logging
        def talk():
            logging.error("%d", "no number")
            logging.error("next")
        """)
    assert lines[-1] == "ERROR:plugins.tool:next"
    assert "WARNING:plugins.tool:--- Logging error ---" in lines


def test_a_string_of_code_has_it_as_text(place):  # noqa: F811
    place.policy(PATIENT)
    done = place.install("""
        import stockade
        with _guard.sandbox("strict") as box:
            got = box.run("import logging\\nlogging.warning('one')\\nlogging.info('two')")
            print(repr(got.output))
        """)
    assert done.out == "'WARNING:root:one\\n'\n", done.err


def test_what_a_finalizer_prints_amid_a_line_is_not_lost(place):  # noqa: F811
    """Any object that is made may begin a collection."""
    place.policy(PATIENT)
    place.write("text.py", dedent("""
        import gc, sys
        class Loud:
            def __del__(self):
                sys.stdout.write("[gone]")
        def talk():
            gc.disable()
            for n in range(50):
                loud = Loud()
                loud.self = loud
                del loud
            lists = [[] for n in range(200)]  # none is left that is reused
            gc.set_threshold(1)
            gc.enable()
            sys.stdout.write("one\\ntwo")
            gc.disable()
            gc.collect()
            sys.stdout.write("\\nend\\n")
        talk()
        """))
    done = place.install("""
        with _guard.sandbox("strict") as box:
            text = box.run(open("text.py").read()).output
            print(text.count("[gone]"), *text.replace("[gone]", "").split())
        """)
    assert done.out == "50 one two end\n", (done.out, done.err)


# Small values as the wire has them, and one notice of them.
TELL = """
def encode(value):
    kind = type(value)
    if kind in (list, tuple):
        return (b"" if kind is list else b"\\xc6") + bytes([0x80 | len(value)]) + b"".join(map(encode, value))
    if kind is int:
        return (bytes([value]) if 0 <= value < 24 else b"\\x18" + bytes([value]) if 0 <= value < 256 else
                bytes([0x20 | -1 - value]) if value < 0 else b"\\x1b" + struct.pack(">Q", value))
    if kind is bytes:
        return bytes([0x40 | len(value)]) + value
    if kind is dict:
        return b"\\xa0"
    if kind is str:
        data = value.encode()
        return (bytes([0x60 | len(data)]) if len(data) < 24 else b"\\x78" + bytes([len(data)])) + data
    return {None: b"\\xf6", True: b"\\xf5", False: b"\\xf4"}[value]
put(head(kind=4, op=63, nonce=0, number=NEXT) + encode(value))
rest()
"""

FORGED = [
    [], [1], [1, "x", 20], [1, "x", 20, "n", 1], [1, "x", 0, "n"], [1, "x", -1, "n"], [1, "x", 51, "n"],
    [1, "x", 2 ** 40, "n"], [1, "x", 2 ** 63, "n"], [1, "x", True, "n"], [1, "x", "20", "n"], [1, "x", 20, None],
    [1, "x", 20, b"n"], [1, "x", 20, "n" * 101], [1, b"x", 20, "n"], [3, "x", 20, "n"], [0, "x"], [1, None],
    [True, "x"], {}, None, (1, "x", 20, "n"), 1, "x",
]


def test_what_cannot_be_ends_the_worker(place):  # noqa: F811
    sys.path.insert(0, os.path.join(guarded.ROOT, "tests", "escapes"))
    try:
        import worker
    finally:
        del sys.path[0]
    place.policy(with_profile("preload = ctypes\ndeadline = 60s\n"))
    calls = "FUTEX, SENDTO = %d, %d\n" % ((202, 44) if os.uname().machine == "x86_64" else (98, 206))
    place.write("find.txt", calls + worker.FIND)
    place.write("lie.txt", calls + worker.WIRE + TELL)
    place.write("forged.py", "FORGED = %r" % (FORGED,))
    done = place.install("""
        import stockade
        from forged import FORGED
        for value in FORGED:
            with _guard.sandbox("strict") as box:
                box.run(open("find.txt").read(), name="lie", timeout=60.0)
                try:
                    box.run(open("lie.txt").read(), name="lie", inputs={"value": value}, timeout=60.0)
                except stockade.WorkerDied as error:
                    print(error)
    """)
    assert done.out == "lie: the worker broke the rules: output that cannot be\n" * len(FORGED), (done.out, done.err)
