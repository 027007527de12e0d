# SPDX-License-Identifier: Apache-2.0
"""stockade explain: what a policy answers, and why."""

import pytest

from clitool import answer, run

POLICY = """\
[stockade]
version = 1
default = deny

[forbidden]
ctypes = calls any C function

[modules]
json = allow
acme = allow closure
acme.legacy = deny

[modules from plugins.reports]
sqlite3 = allow
"""
KEYS = {
    "name", "event", "importer", "verdict", "enforced", "rule", "requirements",
    "reason", "fix", "closure", "lost", "reason_name", "but", "hint",
}


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "p.ini"
    path.write_text(POLICY)
    path.chmod(0o644)
    return path


def test_json_of_an_allow(policy):
    told, code = answer("explain", policy, "json")
    assert code == 0
    assert set(told) == KEYS
    assert told["name"] == "json"
    assert told["importer"] is None
    assert told["verdict"] == "allow"
    assert told["enforced"] is True
    assert told["rule"] == {"file": str(policy), "line": 9, "text": "json = allow"}
    assert told["requirements"] == []
    assert told["reason"]
    assert told["reason_name"] == "rule"


def test_json_of_a_deny_has_a_fix(policy):
    told, code = answer("explain", policy, "sqlite3")
    assert code == 1
    assert told["verdict"] == "deny"
    assert told["reason_name"] == "default"
    assert "sqlite3 = allow" in told["fix"]


def test_a_package_is_told_with_the_wider_line_too(policy):
    told, _ = answer("explain", policy, "requests", "--from", "__main__")
    assert told["closure"] == (
        'add "requests = allow closure" to [modules], %s: requests imports what it needs' % policy)
    text = run("explain", policy, "requests", "--from", "__main__").stdout
    assert "\n  or       %s\n" % told["closure"] in text
    assert answer("explain", policy, "socket")[0]["closure"] == ""
    assert "\n  or " not in run("explain", policy, "socket").stdout


SIBLINGS = """\
[stockade]
version = 1
mode = %s
trusted = @stdlib
[modules]
@stdlib = allow
helper = allow
plugins = allow
plugins.* = sandbox:strict
whole = sandbox:strict
"""
APART = ("%s runs in a worker of its own, and so does %s: neither can import the other; "
         "have the host call both")


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize("name, importer, other, own", [
    ("plugins.b", "plugins.a", "plugins.b", "plugins.a"),
    ("plugins.b.deep", "plugins.a.inner", "plugins.b", "plugins.a"),
    ("whole.part", "plugins.a", "whole", "plugins.a"),
    ("plugins.a", "whole.part", "plugins.a", "whole"),
])
def test_what_is_in_another_worker_cannot_be_imported(policy, mode, name, importer, other, own):
    policy.write_text(SIBLINGS % mode)
    told, code = answer("explain", policy, name, "--from", importer)
    assert (told["verdict"], code) == ("deny", 1)
    assert told["enforced"] is True
    assert told["reason"].endswith(": " + APART % (other, own))
    assert told["fix"] == ""
    assert APART % (other, own) in run("explain", policy, name, "--from", importer).stdout


@pytest.mark.parametrize("name, importer", [
    ("plugins.a.inner", "plugins.a"), ("plugins.a", "plugins.a.inner"), ("whole.b", "whole.a"),
    ("plugins", "plugins.a"), ("helper", "plugins.a"), ("json", "plugins.a"),
    ("plugins.b", "helper"), ("plugins.b", "__main__"), ("plugins.b", "json"),
])
def test_what_is_in_the_same_worker_can(policy, name, importer):
    policy.write_text(SIBLINGS % "enforce")
    told, code = answer("explain", policy, name, "--from", importer)
    assert (told["verdict"], code) == ("allow", 0)


def test_what_is_no_name_is_denied_without_a_rule(policy):
    told, code = answer("explain", policy, "not..a.name")
    assert code == 1
    assert told["rule"] is None
    assert told["reason_name"] == "name"


def test_a_fix_is_a_line_that_can_be_written(policy):
    told, _ = answer("explain", policy, "0001_initial")
    assert (told["reason_name"], told["fix"]) == ("default", "")
    told, _ = answer("explain", policy, "sqlite3", "--from", "my-script")
    assert "sqlite3 = allow" in told["fix"] and "[modules]" in told["fix"]


def test_the_importer_makes_a_difference(policy):
    told, code = answer("explain", policy, "sqlite3", "--from", "plugins.reports.monthly")
    assert code == 0
    assert told["importer"] == "plugins.reports.monthly"
    assert told["rule"]["line"] == 14
    assert told["reason_name"] == "importer"
    assert answer("explain", policy, "sqlite3", "--from", "plugins.other")[1] == 1


def test_closure_of_the_importer_makes_a_difference(policy):
    assert answer("explain", policy, "socket", "--from", "dependency")[1] == 1
    told, code = answer("explain", policy, "socket", "--from", "dependency", "--closure")
    assert code == 0
    assert told["reason_name"] == "closure"


def test_the_rules_that_lost_are_told(policy):
    told, code = answer("explain", policy, "acme.legacy.x")
    assert code == 1
    assert told["rule"]["text"] == "acme.legacy = deny"
    assert [rule["text"] for rule in told["lost"]] == ["acme = allow closure"]
    assert set(told["lost"][0]) == {"file", "line", "text", "why"}
    assert told["lost"][0]["why"]


def test_a_forbidden_name_gives_the_reason_that_was_written(policy):
    told, code = answer("explain", policy, "ctypes", "--from", "json")
    assert code == 1
    assert told["reason_name"] == "forbidden"
    assert "calls any C function" in told["reason"]


def test_an_observing_policy_answers_and_does_not_enforce(tmp_path):
    path = tmp_path / "o.ini"
    path.write_text("[stockade]\nversion = 1\nmode = observe\n")
    told, code = answer("explain", path, "os")
    assert (code, told["verdict"], told["enforced"]) == (1, "deny", False)
    assert run("explain", path, "os").stdout.splitlines()[0] == (
        "os: deny (not enforced: mode = observe)"
    )


def test_people_read_the_same(policy):
    told, _ = answer("explain", policy, "acme.legacy.x", "--from", "app")
    done = run("explain", policy, "acme.legacy.x", "--from", "app")
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "acme.legacy.x from app: deny",
        "  rule     %s:11: acme.legacy = deny  [modules]" % policy,
        "  reason   " + told["reason"],
        "  lost     %s:10: acme = allow closure  [modules]" % policy,
        "           " + told["lost"][0]["why"],
        "  fix      " + told["fix"],
    ]


def test_people_read_that_there_is_no_rule(policy):
    done = run("explain", policy, "not..a.name")
    assert done.stdout.splitlines()[:2] == ["not..a.name: deny", "  rule     none"]


def test_a_name_cannot_drive_the_terminal(policy):
    done = run("explain", policy, "a\x1b[2J", "--from", "b\x1b[2J")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    told, code = answer("explain", policy, b"a\xff".decode(errors="surrogateescape"))
    assert (code, told["name"]) == (1, r"a\xff")


def test_a_policy_with_errors_answers_nothing(tmp_path):
    path = tmp_path / "bad.ini"
    path.write_text("[stockade]\nversion = 2\n[modlues]\n")
    done = run("explain", path, "os", "--format", "json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 2
    assert all(line.startswith("%s:" % path) for line in done.stderr.splitlines())


def test_a_policy_that_is_not_there_answers_nothing(tmp_path):
    assert run("explain", tmp_path, "os").returncode == 2
    assert run("explain", tmp_path / "none.ini", "--syscall", "brk").returncode == 2
    done = run("explain", tmp_path / "none.ini", "os")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "%s: cannot open: No such file or directory\n" % (
        tmp_path / "none.ini"
    )


SIGNED = """
[modules from x]
shop.old = allow

[key vendor]
public = RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq
modules = shop

[key old]
public = RWQBAQEBAQEBAbu7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7
modules = *
status = revoked 2026-01-01
"""


@pytest.fixture
def signed(policy):
    policy.write_text(POLICY.replace(
        "json = allow", "shop = signed bundle:shop.stk\nshop.old = deny") + SIGNED)
    return policy


def test_json_of_what_must_be_signed(signed):
    told, code = answer("explain", signed, "shop.old", "--from", "x")
    assert code == 0
    assert set(told) == KEYS | {"signing"}
    assert told["requirements"] == ["signed"]
    assert told["signing"] == {
        "threshold": 1,
        "keys": [{"name": "vendor", "usable": True, "note": ""},
                 {"name": "old", "usable": False, "note": "revoked 2026-01-01"}],
        "bundle": str(signed.parent / "shop.stk"),
        "rule": {"file": str(signed), "line": 9, "text": "shop = signed bundle:shop.stk"},
    }


def test_text_of_what_must_be_signed(signed):
    lines = run("explain", signed, "shop.old", "--from", "x").stdout.splitlines()
    at = [number for number, line in enumerate(lines) if line.startswith("  requires ")][0]
    assert lines[at] == ("  requires signed by vendor or old (revoked 2026-01-01); in bundle %s"
                         % (signed.parent / "shop.stk"))
    assert lines[at + 1] == ("  by       %s:9: shop = signed bundle:shop.stk  [modules]" % signed)
    lines = run("explain", signed, "shop").stdout.splitlines()
    assert not any(line.startswith("  by ") for line in lines)


# ---- system calls ------------------------------------------------------------

CALLS = """[stockade]
version = 1

[sandbox reader]
syscalls = @files-read
read = /srv
"""


@pytest.fixture
def calls(tmp_path):
    path = tmp_path / "calls.ini"
    path.write_text(CALLS)
    return str(path)


@pytest.mark.parametrize("call, profile, verdict, always, fix", [
    ("brk", "strict", "allow", ["@compute"], ""),
    ("fstat", "strict", "deny", ["@files-read"],
     "[sandbox strict] syscalls = @compute @files-read and read = PATH"),
    ("getpid", "strict", "deny", ["@process-info", "@asyncio"],
     "[sandbox strict] syscalls = @compute @process-info"),
    ("connect", "strict", "deny", [],
     "[sandbox strict] syscalls = @compute @network and network = PORT"),
    ("sched_yield", "strict", "deny", ["@threads"],
     "[sandbox strict] syscalls = @compute @threads and processes = 2"),
    ("openat", "files-readonly", "depends", [], "[sandbox files-readonly] read = PATH"),
    ("fstat", "files-readonly", "allow", ["@files-read"], "[sandbox files-readonly] read = PATH"),
    ("fstat", "reader", "allow", ["@files-read"], ""),
    ("ftruncate(5, 0)", "reader", "deny", ["@files-write"],
     "[sandbox reader] syscalls = @compute @files-read @files-write and write = PATH"),
    ("openat(AT_FDCWD, ..., O_RDONLY)", "reader", "depends", [],
     "[sandbox reader] syscalls = @compute @files-read @files-write and write = PATH"),
    ("execve", "reader", "deny", [], ""),
    ("clone3", "strict", "deny", [], ""),
])
def test_a_system_call_is_explained(calls, call, profile, verdict, always, fix):
    told, code = answer("explain", "--syscall", call, "--profile", profile, calls)
    assert code == (0 if verdict == "allow" else 1)
    assert (told["syscall"], told["profile"]) == (call.partition("(")[0], profile)
    assert (told["verdict"], told["always"], told["fix"]) == (verdict, always, fix)
    if not always and not told["sometimes"]:
        assert told["reason"] == "it is in no group: no worker makes it"


def test_a_system_call_is_explained_to_people(calls):
    done = run("explain", "--syscall", "getpid", calls)
    assert done.stdout == (
        "system call getpid under strict: deny\n"
        "  reason   it is in @process-info @asyncio, and the profile has none of these\n"
        "  has      @compute\n"
        "  fix      [sandbox strict] syscalls = @compute @process-info\n")
    done = run("explain", "--syscall", "mmap", calls)
    assert "with some arguments alone" in done.stdout and "depends" in done.stdout


def test_a_mistyped_event_is_answered_and_told(calls):
    done = run("explain", calls, "--event", "os.systm")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "event os.systm: allow")
    assert done.stderr == "stockade: no supported Python raises os.systm; did you mean os.system?\n"
    for event in ("acme.sent", "os.system", "import"):
        assert run("explain", calls, "--event", event).stderr == ""


@pytest.mark.parametrize("args, why", [
    (["--syscall", "no_such_call"], '"no_such_call" is no system call of this machine'),
    (["--syscall", "opnat"], '"opnat" is no system call of this machine; did you mean openat'),
    (["--syscall", "brk", "--profile", "agnt"], "has no [sandbox agnt]; did you mean agent"),
    (["--syscall", "brk", "--event", "os.system"], "--syscall and --event do not go together"),
    (["--syscall", "brk", "--from", "app"], "--syscall is asked of a profile: --from and --closure say nothing there"),
    (["--event", "os.system", "json"], 'what is "json"? --event stands in place of NAME'),
    (["json", "--profile", "agent"], "--profile goes with --syscall"),
    (["json", "--from", ""], '--from "": leave it out to ask for no importer in particular'),
    (["--syscall", "(2)"], "is no system call"),
    (["--syscall", "x" * 100], "is no system call"),
    (["--syscall", "brk", "--profile", "none"], "has no [sandbox none]"),
])
def test_what_is_no_system_call_or_profile_is_said(calls, args, why):
    done = run("explain", calls, *args)
    assert done.returncode == 2 and why in done.stderr


@pytest.mark.parametrize("setting, name, line", [
    ("", "random", "  but      found outside the standard library it is denied: shadowing = deny"),
    ("shadowing = allow\n", "random", None),
    ("", "mine", None),
    ("", "jsonn", None),
    ("", "jsn", "  hint     did you mean json?"),
    ("", "socket", None),
    ("", "urlib.parse", "  hint     did you mean urllib?"),
])
def test_people_are_told_what_a_name_alone_does_not(tmp_path, setting, name, line):
    path = tmp_path / "p.ini"
    path.write_text("[stockade]\nversion = 1\ndefault = deny\n%s[modules]\nrandom = allow\nmine = allow\n" % setting)
    lines = run("explain", path, name).stdout.splitlines()
    assert [text for text in lines if text.startswith(("  but", "  hint"))] == ([line] if line else [])
    told, _ = answer("explain", path, name)
    wanted = {"but": None, "hint": None}
    if line:
        label, text = line.split(None, 1)
        wanted[label] = text.replace("did you mean ", "").rstrip("?")
    assert {label: told[label] for label in wanted} == wanted


def test_an_event_has_no_hint(tmp_path):
    path = tmp_path / "p.ini"
    path.write_text("[stockade]\nversion = 1\ndefault = deny\n[modules]\nsocket = allow\n")
    told, _ = answer("explain", path, "--event", "socke")
    assert (told["but"], told["hint"]) == (None, None)
