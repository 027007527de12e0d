# SPDX-License-Identifier: Apache-2.0
"""stockade check: what is wrong or odd with policies."""

import os
import pkgutil

import pytest

from clitool import answer, run

GOOD = "[stockade]\nversion = 1\n\n[modules]\njson = allow\n"
BAD = "[stockade]\nversion = 1\n[modlues]\n[modules]\nos = alow\n"
# the second rule can never fire: its parent is denied
ODD = "[stockade]\nversion = 1\n[modules]\nacme = deny\nacme.x = allow\n"


@pytest.fixture
def policies(tmp_path):
    for name, text in [("good.ini", GOOD), ("bad.ini", BAD), ("odd.ini", ODD)]:
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
    return tmp_path


def test_a_good_policy_says_nothing(policies):
    done = run("check", policies / "good.ini")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_error_is_told_with_its_place(policies):
    bad = policies / "bad.ini"
    done = run("check", bad)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        '%s:3: unknown section "modlues"; did you mean [modules]?' % bad,
        '%s:5: unknown verdict "alow"; did you mean "allow"?' % bad,
    ]
    assert done.stderr == ""


# what is odd with what was understood, and nothing for want of what was not
BOTH = """[stockade]
version = 1
default = deny

[group @tools]
members = black

[forbidden]
ctypes = no

[modules]
acme = alow
acme.x = allow
@nothing = allow
ctypes = allow
jsn = allow
os.system = deny
* = deny

[modules from @missing]
x.y = allow

[modules from acme]
acme.z = allow
@missing = deny

[events from nowhere]
os.systm = deny

[sandbox odd]
memory = lots
"""


def test_warnings_are_told_beside_errors(policies):
    both = policies / "both.ini"
    both.write_text(BOTH)
    both.chmod(0o644)
    done = run("check", both)
    assert done.returncode == 1
    lines = [line[len(str(both)) + 1:] for line in done.stdout.splitlines()]
    errors = [line for line in lines if "warning: " not in line]
    odd = [line.replace("warning: ", "") for line in lines if line not in errors]
    assert lines == errors + [line for line in lines if line not in errors]
    assert [line.split(":")[0] for line in errors] == ["5", "12", "14", "20", "25", "31"]
    assert [line.split(": ")[0] for line in odd] == ["3", "15", "16", "17", "24", "28"]
    assert "default never applies" in odd[0]
    assert "can never fire" in odd[1] and "did you mean json?" in odd[2]
    assert "did you mean os.system?" in odd[5]
    told, code = answer("check", both)
    assert (code, told["errors"], told["warnings"]) == (1, len(errors), len(odd))
    assert [found["severity"] for found in told["messages"]] == (
        ["error"] * len(errors) + ["warning"] * len(odd))


def test_what_lies_below_a_package_of_this_python_may_be_a_module(tmp_path):
    folder = os.path.dirname(os.__file__)
    packages = sorted(m.name for m in pkgutil.iter_modules([folder]) if m.ispkg)
    assert "asyncio" in packages
    policy = tmp_path / "p.ini"
    policy.write_text("[stockade]\nversion = 1\ndefault = allow\n[modules]\nos.system = deny\n"
                      + "".join("%s.x = deny\n" % name for name in packages))
    policy.chmod(0o644)
    assert run("check", policy).stdout == (
        "%s:5: warning: no module os.system; to deny the call write it under [events]\n" % policy)


def test_a_warning_fails_under_strict_alone(policies):
    odd = policies / "odd.ini"
    done = run("check", odd)
    assert done.returncode == 0
    assert done.stdout.startswith("%s:5: warning: " % odd)
    strict = run("check", "--strict", odd)
    assert strict.returncode == 1
    assert strict.stdout == done.stdout


def test_a_shipped_policy_that_is_not_there_says_where_to_look(tmp_path):
    path = tmp_path / "mine.ini"
    path.write_text("[stockade]\nversion = 1\nextends = plugin-host.ini\n")
    done = run("check", path)
    assert done.returncode == 1
    assert done.stdout == (
        "%s:3: extends %s: cannot open: No such file or directory; `stockade doctor` says where the"
        " shipped policies are\n" % (path, tmp_path / "plugin-host.ini"))


def test_all_policies_are_checked(policies):
    done = run("check", policies / "bad.ini", policies / "good.ini", policies / "odd.ini")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 3


def test_json_counts_and_lists(policies):
    bad, odd = str(policies / "bad.ini"), str(policies / "odd.ini")
    told, code = answer("check", bad, odd)
    assert code == 1
    assert (told["errors"], told["warnings"]) == (2, 1)
    assert told["messages"][0] == {
        "file": bad,
        "line": 3,
        "severity": "error",
        "message": 'unknown section "modlues"; did you mean [modules]?',
    }
    assert [found["severity"] for found in told["messages"]] == ["error", "error", "warning"]
    assert told["messages"][2]["file"] == odd
    assert answer("check", odd)[1] == 0
    assert answer("check", odd, "--strict")[1] == 1


def test_json_of_a_good_policy_is_empty(policies):
    told, code = answer("check", policies / "good.ini")
    assert code == 0
    assert told == {"errors": 0, "warnings": 0, "messages": []}


@pytest.mark.parametrize("name", ["groups.ini", "events.ini"])
def test_a_shipped_file_that_is_no_policy_of_its_own_says_what_it_is(root, policies, name):
    said = "is in every policy already, as builtin:%s, and is no policy of its own" % name
    shipped = root / "policy" / name
    done = run("check", shipped)
    assert (done.returncode, done.stdout, done.stderr) == (1, "%s: %s\n" % (shipped, said), "")
    top = policies / "top.ini"
    top.write_text("[stockade]\nversion = 1\nextends = %s\n" % shipped)
    assert run("check", top).stdout == "%s: %s\n" % (shipped, said)
    # what says something else is read for what it says
    (policies / name).write_text(shipped.read_text() + "members = acme\n")
    assert "is built in; choose another name" in run("check", policies / name).stdout


def test_every_other_shipped_policy_is_good(root):
    for shipped in sorted((root / "policy").glob("*.ini")):
        if shipped.name not in ("groups.ini", "events.ini"):
            assert (run("check", shipped).returncode, shipped.name) == (0, shipped.name)


def test_what_is_no_policy_is_named_as_what_it_is(policies):
    os.mkfifo(policies / "pipe")
    (policies / "open.ini").write_text(GOOD)
    (policies / "open.ini").chmod(0o646)
    for name, said in [
        ("none.ini", "cannot open: No such file or directory"),
        (".", "is a directory"),
        ("pipe", "is a FIFO"),
        ("open.ini", "is world-writable; run: chmod o-w %s" % (policies / "open.ini")),
    ]:
        path = os.path.join(str(policies), name)
        done = run("check", path)
        assert done.returncode == 1
        assert done.stdout == "%s: %s\n" % (path, said)
        told, code = answer("check", path)
        assert (code, told["errors"], told["messages"][0]["line"]) == (1, 1, 0)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_an_unreadable_policy_is_told(policies):
    (policies / "good.ini").chmod(0)
    done = run("check", policies / "good.ini")
    assert done.returncode == 1
    assert done.stdout == "%s: cannot open: Permission denied\n" % (policies / "good.ini")


def test_an_error_in_an_extended_policy_names_its_file(policies):
    (policies / "top.ini").write_text("[stockade]\nversion = 1\nextends = bad.ini\n")
    done = run("check", policies / "top.ini")
    assert done.returncode == 1
    assert done.stdout.startswith("%s:3: " % (policies / "bad.ini"))


def test_nothing_in_a_policy_drives_the_terminal(policies):
    (policies / "evil.ini").write_text("[stockade]\nversion = 1\n[modules]\nos = \x1b[2J\n")
    done = run("check", policies / "evil.ini")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("section", ["[repository x]", "[repository y]"])
def test_what_this_build_has_not_is_refused(policies, section):
    (policies / "later.ini").write_text("[stockade]\nversion = 1\n%s\n" % section)
    done = run("check", policies / "later.ini")
    assert done.returncode == 1
    assert "%s:3: " % (policies / "later.ini") in done.stdout
    assert "not supported by this build" in done.stdout


@pytest.mark.parametrize("key, loads", [
    ("RWQAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", False),  # no point of the curve
    ("RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", True),  # of a mixed order
])
def test_a_key_that_is_none_is_an_error(policies, key, loads):
    policy = policies / "key.ini"
    policy.write_text("[stockade]\nversion = 1\n[modules]\nshop = signed\n"
                      "[key vendor]\nmodules = *\npublic = %s\n" % key)
    (policies / "empty.py").write_text("")
    done = run("check", policy)
    assert done.returncode == 1
    assert done.stdout == ("%s:5: the key vendor is no Ed25519 key that can be trusted: not a point "
                           "of the prime-order group\n" % policy)
    # what is refused at each start costs nothing to find
    done = run("run", "--policy", policy, policies / "empty.py")
    assert (done.returncode == 0) == loads, done.stderr


@pytest.mark.parametrize("there, said", [
    (None, "cannot open the bundle %s; stockade run needs it to start: No such file or "
     "directory"),
    (b"", "%s is no bundle; make one with stockade bundle"),
    (b"STKBNDL0" * 4, "%s is no bundle; make one with stockade bundle")])
def test_a_bundle_that_is_none_is_told_beforehand(policies, there, said):
    policy, bundle = policies / "packed.ini", policies / "shop.stk"
    assert run("keygen", "-W", "-o", policies / "a").returncode == 0
    public = (policies / "a.pub").read_text().split("\n")[1]
    policy.write_text("[stockade]\nversion = 1\n[modules]\nshop = signed bundle:shop.stk\n"
                      "[key a]\npublic = %s\nmodules = shop\n" % public)
    if there is not None:
        bundle.write_bytes(there)
    done = run("check", policy)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "%s:4: warning: %s\n" % (policy, said % bundle)
    assert run("check", "--strict", policy).returncode == 1
