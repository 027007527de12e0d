# SPDX-License-Identifier: Apache-2.0
"""stockade diff: who gains and loses what."""

import pytest

from clitool import answer, run

OLD = """\
[stockade]
version = 1

[modules]
json = allow
socket = allow

[modules from plugins]
sqlite3 = allow
"""
NEW = """\
[stockade]
version = 1

[modules]
json = allow
ssl = allow

[modules from plugins]
sqlite3 = deny
"""


@pytest.fixture
def write(tmp_path):
    def write_policy(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
        return tmp_path / name

    return write_policy


def test_the_same_policy_has_no_difference(write):
    old = write("old.ini", OLD)
    done = run("diff", old, old)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no difference\n", "")
    told, code = answer("diff", old, old)
    assert code == 0
    assert told == {"gained": 0, "lost": 0, "altered": 0, "settings": [], "changes": []}


def test_the_same_rules_in_another_order_are_no_difference(write):
    lines = OLD.replace("json = allow\nsocket = allow", "socket = allow\n\njson  =  allow")
    assert run("diff", write("old.ini", OLD), write("new.ini", lines)).returncode == 0


def test_what_is_gained_and_lost_is_told(write):
    old, new = write("old.ini", OLD), write("new.ini", NEW)
    done = run("diff", old, new)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "- any importer loses socket: allow (%s:6) -> deny (no rule covers it)" % old in lines
    assert "+ any importer gains ssl: deny (no rule covers it) -> allow (%s:6)" % new in lines
    assert "- plugins loses sqlite3: allow (%s:9) -> deny (%s:9)" % (old, new) in lines


def test_json_has_both_sides(write):
    old, new = write("old.ini", OLD), write("new.ini", NEW)
    told, code = answer("diff", old, new)
    assert code == 1
    found = {(c["importer"], c["name"]): c for c in told["changes"]}
    assert found[(None, "socket")] == {
        "change": "lose",
        "name": "socket",
        "event": False,
        "importer": None,
        "before": {
            "verdict": "allow", "requirements": [], "reason": "rule",
            "rule": {"file": str(old), "line": 6, "text": "socket = allow"},
        },
        "after": {
            "verdict": "deny", "requirements": [], "reason": "default", "rule": None,
        },
    }
    assert found[(None, "ssl")]["change"] == "gain"
    assert found[("plugins", "sqlite3")]["change"] == "lose"
    assert told["gained"] == len([c for c in told["changes"] if c["change"] == "gain"])
    assert told["lost"] == len([c for c in told["changes"] if c["change"] == "lose"])


@pytest.mark.parametrize(
    "setting, before, after",
    [
        ("mode", "enforce", "observe"),
        ("default", "deny", "allow"),
        ("shadowing", "deny", "allow"),
        ("cached", "first", "none"),
        ("on_audit_failure", "deny", "continue"),
        ("finders", "all", "ours"),
        ("children", "guarded", "deny"),
        ("children", "guarded", "free"),
        ("audit", "none", "syslog:"),
    ],
)
def test_settings_are_compared(write, setting, before, after):
    old = write("old.ini", "[stockade]\nversion = 1\n")
    new = write("new.ini", "[stockade]\nversion = 1\n%s = %s\n" % (setting, after))
    told, code = answer("diff", old, new)
    assert code == 1
    assert told["settings"] == [{"setting": setting, "before": before, "after": after}]
    done = run("diff", old, new)
    assert done.returncode == 1
    assert "~ %s: %s -> %s" % (setting, before, after) in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1].endswith(" 1 setting")


def test_a_log_beside_the_policy_is_the_same_in_another_folder(write):
    text = OLD.replace("version = 1\n", "version = 1\naudit = file:log.jsonl\n")
    assert run("diff", write("a/p.ini", text), write("b/p.ini", text)).returncode == 0


def test_both_policies_are_loaded_and_told(write, tmp_path):
    bad = write("bad.ini", "[stockade]\nversion = 1\n[modlues]\n")
    assert run("diff", bad, bad).returncode == 1
    done = run("diff", bad, tmp_path / "none.ini", "--format", "json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [
        "%s:3" % bad, str(tmp_path / "none.ini"),
    ]


KEY = ("[key vendor]\npublic = RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n"
       "modules = %s\n")


def test_keys_and_requirements_are_compared(write):
    start = "[stockade]\nversion = 1\n[modules]\n"
    old = write("old.ini", start + "shop = signed\n" + KEY % "shop")
    new = write("new.ini", start + "shop = allow\n" + KEY % "shop, pay" +
                "status = revoked\n[signing]\nthreshold = shop:2\n")
    told, code = answer("diff", old, new)
    assert code == 1
    assert told["settings"] == [
        {"setting": "key vendor modules", "before": "shop", "after": "pay, shop"},
        {"setting": "key vendor status", "before": "active", "after": "revoked"},
        {"setting": "threshold shop", "before": "none", "after": "2"},
    ]
    change, = told["changes"]
    assert (change["name"], change["change"]) == ("shop", "alter")
    assert change["before"]["requirements"] == ["signed"]
    assert change["after"]["requirements"] == []
    lines = run("diff", old, new).stdout.splitlines()
    assert "~ key vendor status: active -> revoked" in lines
    assert "~ any importer keeps shop: allow signed (%s:4) -> allow (%s:4)" % (old, new) in lines
    assert lines[-1] == "0 gained, 0 lost, 1 altered, 3 settings"
