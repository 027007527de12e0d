# SPDX-License-Identifier: Apache-2.0
"""guard.reload(): the new policy whole, or the old one and why."""
# covers: python/process/guardobject.c

import os
import sys

import pytest

from guarded import Place

FIRST = "default = allow\n[modules]\ncolorsys = deny\n"

# What it prints: the exception of reload(), and what is denied afterwards.
CHANGE = """
import stockade
guard = stockade.current()
def denied(name):
    try:
        __import__(name)
    except stockade.ImportDenied:
        return True
    return False
def report():
    try:
        guard.reload()
    except Exception as e:
        print(type(e).__name__, e)
    else:
        print("RELOADED")
    print(denied("colorsys"), denied("quopri"), guard.explain("colorsys")["verdict"])
assert denied("colorsys")
"""


def change(place, how, **kwargs):
    place.policy(FIRST)
    done = place.install(CHANGE + how + "\nreport()\n", **kwargs)
    assert done.code == 0, done.err
    first, _, rest = done.out.partition("\n")
    while not rest.startswith(("True ", "False ")):
        line, _, rest = rest.partition("\n")
        first += "\n" + line
    return first, rest.split(), done


def reloads(done):
    return [record for record in done.records if record["event"] == "reload"]


NEW = "[stockade]\\nversion = 1\\ndefault = allow\\n[modules]\\nquopri = deny\\n"


def test_a_good_policy_is_in_force_at_once(tmp_path):
    said, now, done = change(Place(tmp_path), "open('policy.ini', 'w').write('%s')" % NEW)
    assert said == "RELOADED"
    assert now == ["False", "True", "allow"]
    record, = reloads(done)
    assert record["outcome"] == "enforce"
    assert record["digest"] != done.records[0]["digest"]


def test_what_was_free_and_hot_is_asked_again(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\ntrusted = @stdlib\n")
    done = place.install("""
        import stockade
        def ask():
            import colorsys
        for i in range(100):
            ask()
        open("policy.ini", "a").write("[modules]\\ncolorsys = deny\\n")
        stockade.current().reload()
        try:
            ask()
        except stockade.ImportDenied as denied:
            print(denied.rule)
    """)
    assert done.out == place.path("policy.ini") + ":6\n", done.err


MISSING = "No such file or directory"
BAD = {
    "missing": ("os_unlink", "FileNotFoundError", [MISSING]),
    "a folder": ("os_unlink; mkdir", "OSError", ["is a directory"]),
    "a FIFO": ("os_unlink; mkfifo", "OSError", ["is a FIFO"]),
    "world-writable": ("chmod 0o666", "OSError", ["writable"]),
    "not UTF-8": ("write b'[stockade]\\nversion = 1\\n[modules]\\n\\xff = allow\\n'",
                  "ValueError", ["policy.ini:4: "]),
    "a NUL": ("write b'[stockade]\\nversion = 1\\nmode = en\\0force\\n'", "ValueError",
              ["policy.ini:3: "]),
    "empty": ("write b''", "ValueError", ["policy.ini:1: "]),
    "two mistakes": ("write b'[stockade]\\nversion = 1\\nmode = obsreve\\n[modules]\\nx = alow\\n'",
                     "ValueError", ["policy.ini:3: unknown", 'policy.ini:5: unknown verdict "alow"']),
    "too large": ("write b'[stockade]\\nversion = 1\\n' + b';' * (1 << 20)", "ValueError", []),
    "for a part that is not there": (
        "write b'[stockade]\\nversion = 1\\n[repository acme]\\n'", "ValueError",
        ["policy.ini:3: ", "not supported by this build"]),
}


def as_python(how):
    """A small language of mishaps as Python."""
    lines = ["import os"]
    for word in how.split("; "):
        verb, _, rest = word.partition(" ")
        lines.append({
            "os_unlink": "os.unlink('policy.ini')",
            "mkdir": "os.mkdir('policy.ini')",
            "mkfifo": "os.mkfifo('policy.ini')",
            "chmod": "os.chmod('policy.ini', %s)" % rest,
            "write": "open('policy.ini', 'wb').write(%s)" % rest,
        }[verb])
    return "\n".join(lines)


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_bad_policy_keeps_the_old_one_and_says_so(tmp_path, kind):
    how, exception, words = BAD[kind]
    place = Place(tmp_path)
    said, now, done = change(place, as_python(how))
    assert said.startswith(exception + " "), said
    assert place.path("policy.ini") in said
    for word in words:
        assert word in said
    assert said.endswith("\nthe old policy stays in force")
    assert now == ["True", "False", "deny"]
    record, = reloads(done)
    assert record["outcome"] == "failed"
    assert record["error"].startswith(place.path("policy.ini"))
    assert "\n" not in record["error"] and "digest" not in record


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_policy_keeps_the_old_one(tmp_path):
    said, now, done = change(Place(tmp_path), "import os; os.chmod('policy.ini', 0)")
    assert said.startswith("PermissionError ")
    assert now == ["True", "False", "deny"]


def test_a_policy_whose_base_is_gone_keeps_the_old_one(tmp_path):
    place = Place(tmp_path)
    place.policy("", "base.ini")
    said, now, done = change(place, """
import os
open('policy.ini', 'w').write('[stockade]\\nversion = 1\\nextends = none.ini\\n')
""")
    assert said.startswith("OSError ") and "policy.ini:3: extends " in said and "none.ini" in said
    assert now == ["True", "False", "deny"]


def test_a_reload_that_cannot_be_recorded_keeps_the_old_one(tmp_path):
    place = Place(tmp_path)
    place.policy(FIRST)
    place.write("main.py", """
        import os, stockade
        reader, writer = os.pipe()
        guard = stockade.install("policy.ini", audit="fd:%d" % writer)
        with open("policy.ini", "w") as file:
            file.write("[stockade]\\nversion = 1\\ndefault = allow\\n")
        os.close(reader)
        try:
            guard.reload()
        except OSError as e:
            print(type(e).__name__, str(e).splitlines()[-1])
        print(guard.explain("colorsys")["verdict"], guard.stats()["reloads"])
        """)
    done = place.spawn([sys.executable, "main.py"])
    assert done.out == "BrokenPipeError the old policy stays in force\ndeny 0\n", done.err


def test_all_mistakes_are_told_and_none_twice(tmp_path):
    said, _, _ = change(Place(tmp_path), as_python(BAD["two mistakes"][0]))
    assert len(said.splitlines()) == 3


def test_a_reload_that_failed_can_be_repeated(tmp_path):
    said, now, done = change(Place(tmp_path), """
open('policy.ini', 'a').write('oops\\n')
for i in range(50):
    try:
        guard.reload()
    except ValueError:
        pass
open('policy.ini', 'w').write('%s')
""" % NEW)
    assert (said, now) == ("RELOADED", ["False", "True", "allow"])
    assert [r["outcome"] for r in reloads(done)] == ["failed"] * 50 + ["enforce"]


def test_the_file_is_found_again_from_another_folder(tmp_path):
    place = Place(tmp_path)
    place.policy(FIRST)
    place.write("main.py", """
        import os, stockade
        guard = stockade.install("policy.ini")
        open("policy.ini", "a").write("quopri = deny\\n")
        os.mkdir("other")
        os.chdir("other")
        guard.reload()
        print(guard.explain("quopri")["verdict"])
    """)
    done = place.spawn([sys.executable, "main.py"])
    assert (done.out, done.err) == ("deny\n", "")


def test_observe_from_outside_outlives_a_reload(tmp_path):
    place = Place(tmp_path)
    place.policy(FIRST)
    place.write("main.py", """
        import stockade
        guard = stockade.install("policy.ini", observe=True)
        assert guard.observes
        guard.reload()
        assert guard.observes
        import colorsys
        print(guard.explain("colorsys")["enforced"])
    """)
    done = place.spawn([sys.executable, "main.py"])
    assert done.out == "False\n", done.err


def test_mode_follows_the_policy(tmp_path):
    place = Place(tmp_path)
    place.policy(FIRST)
    done = place.install("""
        import stockade
        guard = stockade.current()
        text = open("policy.ini").read()
        told = [guard.observes]
        for mode in ("observe", "enforce"):
            open("policy.ini", "w").write(text.replace("default", "mode = %s\\ndefault" % mode))
            guard.reload()
            told.append(guard.observes)
            try:
                import colorsys
            except ImportError:
                told.append("denied")
        print(told)
    """)
    assert done.out == "[False, True, False, 'denied']\n", done.err


SWAP = """
import os, stockade, sys, threading, time
guard = stockade.current()
TEXT = "[stockade]\\nversion = 1\\ndefault = allow\\n[modules]\\n%s = deny\\n"
def put(name):
    with open("policy.new", "w") as file:
        file.write(TEXT % name)
    os.chmod("policy.new", 0o644)
    os.rename("policy.new", "policy.ini")
    guard.reload()
stop, wrong, asked = False, [], [0] * 4
def ask(n):
    while not stop:
        for name in ("colorsys", "quopri", "absent_%d" % n):
            try:
                __import__(name)
            except stockade.ImportDenied as denied:
                if denied.name != name or not denied.rule.endswith("policy.ini:5"):
                    wrong.append((name, denied.name, denied.rule))
            except ModuleNotFoundError:
                if not name.startswith("absent"):
                    wrong.append(name)
            except KeyError: # another thread took it out of sys.modules again
                if name != "colorsys":
                    raise
            except KeyError as popped:
                # importlib's own, where another thread pops it meanwhile
                if popped.args != ("colorsys",):
                    wrong.append(repr(popped))
        asked[n] += 1
        sys.modules.pop("colorsys", None)
put("json")
import quopri
threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
for t in threads: t.start()
end = time.monotonic() + 2
rounds = 0
while time.monotonic() < end or min(asked) < 10 or rounds < 10:
    put(("colorsys", "quopri")[rounds % 2])
    rounds += 1
stop = True
for t in threads: t.join()
put("quopri")
try:
    import quopri
except stockade.ImportDenied as denied:
    print("DENIED", denied.name)
import colorsys
print(wrong, rounds > 5, guard.stats()["reloads"] == rounds + 2)
"""


def test_a_policy_is_swapped_under_four_importing_threads(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    done = place.install(SWAP)
    assert done.code == 0, done.err
    assert done.out == "DENIED quopri\n[] True True\n", done.out + done.err
    assert {record["outcome"] for record in reloads(done)} == {"enforce"}


def test_a_reload_that_cannot_be_recorded_leaves_the_events_of_the_old_policy(tmp_path):
    place = Place(tmp_path)
    place.policy("on_audit_failure = deny\n" + FIRST + "[events]\nos.system = deny\n")
    done = place.install("""
        import os, resource, stockade
        with open("policy.ini") as file:
            text = file.read()
        with open("policy.ini", "w") as file:
            file.write(text[:text.index("[events]")])
        limit = resource.RLIMIT_FSIZE
        resource.setrlimit(limit, (os.stat("imports.jsonl").st_size, resource.RLIM_INFINITY))
        try:
            stockade.current().reload()
        except OSError as error:
            print(type(error).__name__)
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        try:
            print("RAN", os.system("true"))
        except PermissionError as error:
            print(type(error).__name__)
    """)
    assert done.out == "OSError\nEventDenied\n", done.out + done.err
