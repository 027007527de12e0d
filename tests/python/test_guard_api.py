# SPDX-License-Identifier: Apache-2.0
"""What the package `stockade` offers: Guard, Policy, install(), current()."""
# covers: python/process/guardobject.c, python/process/policyobject.c, python/object/convert.c
# covers: python/process/module.c, python/attempt/denied.c

import copy
import inspect
import json
import os
import pickle
import re
import sys
import time

import pytest

import clitool
from guarded import Place

sys.path.insert(0, os.path.join(clitool.BUILD, "python"))
import stockade  # noqa: E402

POLICY = """\
default = deny
trusted = @stdlib
[forbidden]
ctypes = calls any C function
[modules]
json = allow
os = deny
plugins = allow closure
[modules from plugins]
os = allow
"""


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy(POLICY)
    return place


def run_code(place, main):
    done = place.install(main)
    assert done.code == 0, done.err
    return done


# ---- Policy -----------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, os.fsencode, lambda path: path])
def test_a_policy_is_loaded_by_any_kind_of_path(place, tmp_path, kind):
    policy = stockade.Policy(kind(tmp_path / "policy.ini"))
    assert policy.decide("json")["verdict"] == "allow"
    assert repr(policy) == "<stockade.Policy %r>" % str(tmp_path / "policy.ini")


def test_decide_gives_verdict_reason_rule_requirements(place):
    policy = stockade.Policy(place.path("policy.ini"))
    assert policy.decide("os") == {
        "verdict": "deny",
        "reason": "rule",
        "rule": {"file": place.path("policy.ini"), "line": 9, "text": "os = deny"},
        "requirements": [],
    }
    assert policy.decide("nothing") == {
        "verdict": "deny", "reason": "default", "rule": None, "requirements": []}
    told = policy.decide("os", "plugins.one")
    assert (told["verdict"], told["reason"]) == ("allow", "importer")
    told = policy.decide("os", importer="json.decoder")
    assert (told["verdict"], told["reason"]) == ("allow", "trusted")
    told = policy.decide("anything", "other", True)
    assert (told["verdict"], told["reason"]) == ("allow", "closure")
    assert policy.decide(name="os", importer="other", closure=True)["verdict"] == "deny"


@pytest.mark.parametrize("name, importer", [
    ("json", None), ("os", None), ("os", "plugins.x"), ("ctypes", "json"), ("nothing", None),
    ("a..b", None), ("os.path", "main"), ("päth", None),
])
def test_explain_says_what_the_command_says(place, name, importer):
    policy = stockade.Policy(place.path("policy.ini"))
    command = ["explain", place.path("policy.ini"), name]
    if importer:
        command += ["--from", importer]
    told, code = clitool.answer(*command)
    mine = policy.explain(name, importer)
    assert set(mine) == {"name", "event", "importer", "verdict", "enforced", "rule", "requirements",
                         "reason", "fix", "closure", "lost"}
    for key in mine:
        assert mine[key] == told[key], key
    assert code == (0 if mine["verdict"] == "allow" else 1)


def test_explain_says_what_the_command_says_of_signatures(tmp_path):
    path = tmp_path / "signed.ini"
    path.write_text("[stockade]\nversion = 1\n[modules]\nshop = signed bundle:shop.stk\n"
                    "[key vendor]\nmodules = *\nstatus = retiring\n"
                    "public = RWQAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")
    told, _ = clitool.answer("explain", str(path), "shop.cart")
    mine = stockade.Policy(path).explain("shop.cart")
    assert mine["signing"] == told["signing"]
    assert mine["signing"]["keys"] == [{"name": "vendor", "usable": True, "note": "retiring"}]
    with pytest.raises(ValueError, match="signed.ini:5: the key vendor is no Ed25519 key"):
        stockade.install(path)


def test_a_policy_prints_as_canonical_text(place, tmp_path):
    text = str(stockade.Policy(place.path("policy.ini")))
    again = tmp_path / "again.ini"
    again.write_text(text)
    assert str(stockade.Policy(again)) == text
    assert "[forbidden]\nctypes = calls any C function\n" in text


@pytest.mark.parametrize("make, exception, words", [
    (lambda f: f / "none.ini", FileNotFoundError, "none.ini: "),
    (lambda f: f, OSError, "is a directory"),
    (lambda f: "a\0b", ValueError, "embedded null"),
    (lambda f: 5, TypeError, ""),
    (lambda f: None, TypeError, ""),
])
def test_what_is_no_policy_is_named(tmp_path, make, exception, words):
    with pytest.raises(exception) as caught:
        stockade.Policy(make(tmp_path))
    assert words in str(caught.value)
    assert ":0:" not in str(caught.value)


def test_every_mistake_of_a_policy_is_in_the_message(tmp_path):
    bad = tmp_path / "bad.ini"
    bad.write_text("[stockade]\nversion = 1\nmode = obsreve\n[modlues]\n[modules]\nos = dney\n")
    bad.chmod(0o644)
    with pytest.raises(ValueError) as caught:
        stockade.Policy(bad)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [
        "%s:%d" % (bad, line) for line in (3, 4, 6)]


@pytest.mark.parametrize("call", [
    lambda p: p.decide(), lambda p: p.decide(5), lambda p: p.decide("a", 5),
    lambda p: p.decide("a", nothing=1), lambda p: p.decide("a", "b", False, 1),
    lambda p: p.decide(b"os"), lambda p: p.explain(None),
])
def test_wrong_arguments_are_type_errors(place, call):
    with pytest.raises(TypeError):
        call(stockade.Policy(place.path("policy.ini")))


@pytest.mark.parametrize("name", [
    "", ".", "a..b", "\0", "os\0", "\ud800", "a b", "x" * 100000, "-", "\n", "é", "a/b"])
def test_any_text_gets_an_answer(place, name):
    policy = stockade.Policy(place.path("policy.ini"))
    told = policy.decide(name)
    assert told["verdict"] == "deny"
    assert policy.decide("json", name)["verdict"] == "allow"
    assert policy.explain(name, name)["verdict"] == "deny"


def test_types_are_closed(place):
    policy = stockade.Policy(place.path("policy.ini"))
    for kind in (stockade.Policy, stockade.Guard):
        with pytest.raises(TypeError):
            type("Mine", (kind,), {})
        assert kind.__module__ == "stockade"
    with pytest.raises(TypeError, match=r"a Guard is made by stockade.install\(\)"):
        stockade.Guard()
    with pytest.raises(AttributeError):
        policy.anything = 1
    for copier in (copy.copy, pickle.dumps):
        with pytest.raises(TypeError):
            copier(policy)


def test_policies_give_back_what_they_hold(place):
    def resident():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * 4096

    def load(times):
        for _ in range(times):
            policy = stockade.Policy(place.path("policy.ini"))
            policy.explain("os.path", "plugins.x")
            policy.decide("json")
            try:
                stockade.Policy("none.ini")
            except OSError:
                pass

    if "STOCKADE_SANITIZE" in os.environ:
        pytest.skip("what is freed stays in quarantine")
    load(300)
    before = resident()
    load(1500)
    assert resident() - before < 3 << 20


# ---- Guard ------------------------------------------------------------------


def test_explain_of_a_guard_is_that_of_its_policy(place):
    policy = stockade.Policy(place.path("policy.ini"))
    done = run_code(place, """
        import json
        print(json.dumps([_guard.explain(*q) for q in
                          (("os",), ("os", "plugins.x"), ("nothing", None), ("a..b",))]))
    """)
    assert json.loads(done.out) == [
        policy.explain(*question) for question in
        (("os",), ("os", "plugins.x"), ("nothing", None), ("a..b",))]


def test_explain_says_not_enforced_where_it_observes(place):
    place.policy("mode = observe\n" + POLICY)
    done = run_code(place, """
        print(_guard.explain("os")["verdict"], _guard.explain("os")["enforced"], _guard.observes)
    """)
    assert done.out == "deny False True\n"


def test_a_guard_shows_its_policy_and_mode(place):
    done = run_code(place, """
        print(_guard.policy, _guard.observes, repr(_guard))
        for name in ("policy", "observes"):
            try:
                setattr(_guard, name, "x")
            except AttributeError:
                print("READ ONLY")
    """)
    path = place.path("policy.ini")
    assert done.out == "%s False <stockade.Guard %r>\nREAD ONLY\nREAD ONLY\n" % (path, path)


def test_current_is_none_before_and_the_guard_after(place):
    assert stockade.current() is None
    done = run_code(place, """
        import stockade as again
        print(again.current().policy == _guard.policy, type(again.current()) is type(_guard))
    """.replace("import stockade as again", "again = _stockade"))
    assert done.out == "True True\n"


def test_stats_count_what_the_log_holds(place):
    place.policy("default = allow\ntrusted = @stdlib\n[modules]\ndenied_one = deny\n"
                 "quopri = deny\n")
    done = run_code(place, """
        import json
        for name in ("colorsys", "colorsys", "denied_one", "denied_one", "absent_one", "quopri"):
            for _ in range(3):
                try:
                    __import__(name)
                except ImportError:
                    pass
        _guard.reload()
        print(json.dumps([_guard.stats(), _guard.history()[-1]["seq"]]))
    """)
    stats, last = json.loads(done.out)
    assert list(stats) == ["attempts", "allowed", "denied", "refused", "cached", "repeats",
                           "tampered", "reloads", "lost"]
    # Python imports on while it goes down
    imports = [record for record in done.attempts() if record["seq"] <= last]
    assert stats["attempts"] == len(imports) + stats["repeats"]
    assert stats["denied"] == stats["refused"] == len(done.attempts(verdict="deny")) == 9
    assert stats["allowed"] == stats["attempts"] - 9
    assert stats["cached"] == len([r for r in imports if r.get("cached")]) + stats["repeats"]
    assert 4 <= stats["repeats"] <= done.records[-1]["count"]
    assert (stats["tampered"], stats["reloads"], stats["lost"]) == (0, 1, 0)


def test_observed_denials_are_denied_and_not_refused(place):
    place.policy("mode = observe\ndefault = allow\n[modules]\ncolorsys = deny\n")
    done = run_code(place, """
        import colorsys
        print(_guard.stats()["denied"], _guard.stats()["refused"])
    """)
    assert done.out == "1 0\n"


def test_tampering_is_counted(place):
    place.policy("default = allow\n")
    done = run_code(place, """
        import sys
        sys.meta_path.pop(0)
        import colorsys
        print(_guard.stats()["tampered"])
    """)
    assert int(done.out) >= 1


def test_history_is_the_log(place):
    done = run_code(place, """
        import json
        try:
            import os
        except ImportError:
            pass
        print(json.dumps(_guard.history()))
    """)
    history = json.loads(done.out)
    assert len(history) == len(done.records) - 1  # `end` comes later
    for mine, line in zip(history, done.records):
        for key, value in line.items():
            if key in ("v", "prev"):
                continue
            if key == "digest" and key not in mine:
                continue
            if key == "time":
                whole, _, micros = value.rstrip("Z").partition(".")
                stamp = __import__("calendar").timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
                value = stamp * 1000000 + int(micros)
            assert mine[key] == value, key
    assert history[0]["event"] == "start" and history[0]["cached"] is False
    denied = [r for r in history if r["verdict"] == "deny"][0]
    assert (denied["name"], denied["importer"], denied["outcome"]) == (
        "os", "__main__", "refused")


def test_history_holds_the_last_thousand(place):
    place.policy("default = allow\n[modules]\nabsent_* = deny\n")
    done = run_code(place, """
        for i in range(2500):
            try:
                __import__("absent_%d" % i)
            except ImportError:
                pass
        history = _guard.history()
        print(len(history), history[0]["name"], history[-1]["name"])
        seqs = [record["seq"] for record in history]
        assert seqs == list(range(seqs[0], seqs[0] + 1000))
    """)
    assert done.out == "1000 absent_1500 absent_2499\n"


ASKS_ALL_KINDS = """\
import json
import sys
for name in ["pickle", "os", "absent", "a\\nb", "x" * 100000, "n\\0l", "pickle"]:
    try:
        __import__(name)
    except (ImportError, ValueError):
        pass
sys.meta_path.pop(0)
import colorsys
print(json.dumps(_guard.history()))
"""


def test_history_without_a_sink_is_what_the_log_would_be(place):
    """Nothing writes a line there: the records are kept, and told when asked."""
    policy = place.policy("default = allow\n[modules]\nos = deny\n")
    with_log = run_code(place, ASKS_ALL_KINDS)
    bare = place.spawn([sys.executable, place.write(
        "main.py", "import stockade\n_guard = stockade.install(%r, audit='')\n" % policy
        + ASKS_ALL_KINDS)])
    assert bare.code == 0, bare.err
    one, other = json.loads(with_log.out), json.loads(bare.out)
    assert len(one) == len(other) > 10
    for mine, its in zip(one, other):
        for key in ("time", "pid", "tid", "ns", "file", "line"):
            assert bool(mine.pop(key)) == bool(its.pop(key)), key
        assert mine == its
    # but for the one whose line would be of 100 kB
    assert len({record["seq"] for record in other}) == len(other) == other[-1]["seq"]


def test_history_without_a_sink_of_a_forked_child_begins_with_start(place):
    place.policy("default = allow\n")
    place.write("bare.py", """
        import os, stockade
        guard = stockade.install(%r, audit="")
        import colorsys
        if os.fork() == 0:
            import json
            kinds = [(r["event"], r["seq"]) for r in guard.history() if r["pid"] == os.getpid()]
            os._exit(0 if kinds[:2] == [("start", 0), ("import", 1)] else 1)
        os._exit(1 if os.wait()[1] else 0)
    """ % place.path("policy.ini"))
    assert place.spawn([sys.executable, place.path("bare.py")]).code == 0


def test_history_takes_hostile_names(place):
    place.policy("default = allow\n")
    done = run_code(place, r"""
        names = ["a\nb", "q\"", "\ud800", "x" * 100000, "n\0l"]
        for name in names:
            try:
                __import__(name)
            except ImportError:
                pass
        print(ascii([r["name"][:9] for r in _guard.history()[-5:]]))
    """)
    assert done.out.count("a\\nb") == 1 and "n\\\\x00l" in done.out


def test_what_is_left_of_a_guard_after_finalisation_is_harmless(place):
    place.policy("default = allow\n")
    done = run_code(place, """
        import sys
        class Late:
            def __del__(self, guard=_guard, write=sys.stdout.write):
                write("%r %d\\n" % (guard, guard.stats()["refused"]))
        sys.late = Late()
    """)
    assert re.match(r"<stockade.Guard '[^']*'> 0\n$", done.out), done.out + done.err


def test_install_takes_a_path_of_any_kind(place, tmp_path):
    for kind in ("'policy.ini'", "b'policy.ini'", "__import__('pathlib').Path('policy.ini')"):
        place.write("main.py", "import stockade\nprint(stockade.install(%s).policy)\n" % kind)
        done = place.spawn([sys.executable, "main.py"])
        assert (done.code, done.out) == (0, "policy.ini\n"), done.err


@pytest.mark.parametrize("call, words", [
    ("install()", "policy"), ("install(5)", "5|int"), ("install('policy.ini', True)", "positional"),
    ("install('policy.ini', observ=True)", "observ"), ("install('policy.ini', audit=5)", "audit|str"),
    ("install('policy.ini', audit=b'fd:2')", "audit|str"),
])
def test_wrong_arguments_of_install_are_type_errors(place, call, words):
    place.write("main.py", """
        import stockade
        try:
            stockade.%s
        except TypeError as e:
            print("TypeError", e)
        print(stockade.current())
    """ % call)
    done = place.spawn([sys.executable, "main.py"])
    assert done.code == 0, done.err
    first, second = done.out.splitlines()
    assert first.startswith("TypeError") and re.search(words, first), first
    assert second == "None"


def test_install_adds_nothing_that_shows(place):
    place.policy("default = allow\n")
    place.write("main.py", """
        import stockade, sys, builtins
        def state():
            return (sys.path[:], set(sys.modules) - {"gc"}, sys.flags, sorted(vars(builtins)),
                    sys.path_hooks[:], sys.meta_path[-3:], sys.getswitchinterval(),
                    sys.gettrace(), sys.getprofile())
        before = state()
        guard = stockade.install("policy.ini")
        print([a == b for a, b in zip(before, state())].count(False))
    """)
    done = place.spawn([sys.executable, "main.py"])
    assert (done.out, done.err) == ("0\n", "")


# ---- ImportDenied -----------------------------------------------------------


def test_a_denial_can_be_pickled_and_copied(place):
    place.policy("default = allow\n[modules]\ncolorsys = deny\n")
    done = run_code(place, """
        import copy, pickle, stockade
        try:
            import colorsys
        except stockade.ImportDenied as denied:
            for other in (copy.copy(denied), copy.deepcopy(denied),
                          pickle.loads(pickle.dumps(denied))):
                print(type(other) is stockade.ImportDenied, str(other) == str(denied),
                      other.name, other.importer, other.rule == denied.rule, other.reason)
    """)
    assert done.out == "True True colorsys __main__ True rule\n" * 3


def test_import_denied_is_a_plain_exception(place):
    assert issubclass(stockade.ImportDenied, ModuleNotFoundError)
    made = stockade.ImportDenied("words", name="x")
    assert (str(made), made.name, made.path) == ("words", "x", None)
    assert (made.importer, made.rule, made.reason) == (None, None, None)


def test_it_can_be_subclassed_and_raised_by_hosts(place):
    class Mine(stockade.ImportDenied):
        pass

    with pytest.raises(ImportError) as caught:
        raise Mine("words")
    assert caught.value.rule is None


# ---- what help() shows ------------------------------------------------------


def test_everything_public_has_a_docstring_and_a_signature():
    for name in stockade.__all__:
        thing = getattr(stockade, name)
        assert inspect.getdoc(thing), name
        if inspect.isclass(thing):
            for member, value in vars(thing).items():
                if not member.startswith("_") and value is not None:
                    assert inspect.getdoc(value), (name, member)
    assert str(inspect.signature(stockade.install)) == (
        "(policy, *, observe=False, audit=None, policy_key=None, policy_state=None)"
    )
    assert str(inspect.signature(stockade.current)) == "()"
    assert str(inspect.signature(stockade.Policy.decide)) == (
        "(self, /, name, importer=None, closure=False, *, event=False)")
    assert str(inspect.signature(stockade.Guard.explain)) == (
        "(self, /, name, importer=None, *, event=False)")


def test_all_is_all():
    public = {name for name in vars(stockade) if not name.startswith("_")}
    assert set(stockade.__all__) == public
    assert stockade.__version__ == "0.1.0"
