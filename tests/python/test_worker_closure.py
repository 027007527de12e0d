# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/broker_closure.c
# covers: python/asks/stated.c
"""`allow closure` in a worker: what an allowed package itself imports."""

import pytest

import guarded
import workerplace
from signedyard import Yard

pytestmark = pytest.mark.workers

POLICY = guarded.dedent("""
    default = deny
    trusted = @stdlib

    [modules]
    stockade = allow closure
    plugins = allow
    plugins.* = sandbox:strict
    tool = allow closure
    plain = allow
    hidden = deny

    [modules from plugins.reports]
    tool = allow
    plain = allow
    * = deny
""")


@pytest.fixture
def place(tmp_path):
    place = workerplace.make(tmp_path, POLICY)
    place.write("wanted/__init__.py", "from . import part\nimport deeper.down\nvalue = part.value + deeper.down.value\n")
    place.write("wanted/part.py", "value = 1\n")
    place.write("deeper/__init__.py", "")
    place.write("deeper/down.py", "import string\nvalue = 2\n")
    place.write("secret.py", "word = 'of the host'\n")
    place.write("hidden.py", "word = 'hidden'\n")
    return place


def of_worker(done, name):
    return [(r["importer"], r["verdict"], r["reason"]) for r in done.attempts(name) if r.get("sandbox")]


def test_what_the_package_imports_is_its_own_business(place):
    place.write("tool/__init__.py", """
        import wanted
        from .late import later
        def value():
            return wanted.value
    """)
    place.write("tool/late.py", """
        def later():
            from deeper import down
            import os
            import os
            return down.value, os.sep
    """)
    place.write("plugins/reports.py", """
        import tool
        def value():
            return tool.value()
        def later():
            return tool.later()
        def own(name):
            __import__(name)
    """)
    done = workerplace.ask(place, [("value",), ("later",), ("later",), ("own", "wanted"), ("own", "deeper"), ("own", "os")])
    assert done.out == "3\n(2, '/')\n(2, '/')\ndenied wanted\ndenied deeper\ndenied os\n", (done.out, done.err)
    assert of_worker(done, "wanted")[0] == ("tool", "allow", "closure")
    assert of_worker(done, "wanted.part") == [("wanted", "allow", "closure")]
    assert of_worker(done, "deeper.down")[0] == ("wanted", "allow", "closure")
    assert of_worker(done, "os")[-1] == ("plugins.reports", "deny", "importer")


@pytest.mark.parametrize("body, name", [
    ("import hidden", "hidden"),                                  # denied by name
    ("import forbidden", "forbidden"),
    ("__import__('secret')", "secret"),                           # no statement
    ("import importlib; importlib.import_module('secret')", "secret"),
    ("secret = 1; secret.secret", None),
])
def test_a_deny_that_is_written_down_holds(place, body, name):
    place.policy(POLICY + "\n[forbidden]\nforbidden = not for us\n")
    place.write("forbidden.py", "")
    place.write("tool.py", "def f():\n    try:\n        %s\n    except AttributeError:\n        return 'no import'\n" % body)
    place.write("plugins/reports.py", "import tool\ndef f():\n    return tool.f()\n")
    done = workerplace.ask(place, [("f",)])
    assert done.out == ("denied %s\n" % name if name else "no import\n"), (done.out, done.err)


def test_a_package_without_closure_imports_as_the_plugin(place):
    place.write("plain.py", "def f():\n    import wanted\n")
    place.write("plugins/reports.py", "import plain\ndef f():\n    return plain.f()\n")
    done = workerplace.ask(place, [("f",)])
    assert done.out == "denied wanted\n", (done.out, done.err)
    assert of_worker(done, "wanted") == [("plugins.reports", "deny", "importer")]


def test_a_plugin_that_says_that_it_is_the_package_gets_what_that_states(place):
    place.write("tool.py", "from wanted import part\ndef f():\n    import deeper\n    return deeper.secret\n")
    place.write("plugins/reports.py", """
        import tool
        def get(name, who):
            space = {"__name__": who}
            exec("import " + name, space)
            return "there"
    """)
    done = workerplace.ask(place, [("get", "secret", "tool"), ("get", "hidden", "tool"),
                       ("get", "secret", "wanted"), ("get", "wanted.other", "tool"), ("get", "secret", "deeper"),
                       ("get", "secret", "pandas"), ("get", "deeper", "tool")])
    assert done.out.splitlines() == [
        "denied secret", "denied hidden", "denied secret", "denied wanted.other",
        "denied secret", "denied secret", "there"], (done.out, done.err)
    assert of_worker(done, "secret") and {r[1] for r in of_worker(done, "secret")} == {"deny"}


def test_a_package_that_the_worker_does_not_have_closes_over_nothing(place):
    place.write("tool.py", "import wanted\n")
    place.write("plugins/reports.py", """
        def get(name):
            exec("import " + name, {"__name__": "tool"})
    """)
    assert workerplace.ask(place, [("get", "wanted"), ("get", "socket")]).out == "denied wanted\ndenied socket\n"


def test_agent_ini_extended_as_its_head_says(tmp_path, root):
    place = guarded.Place(tmp_path)
    text = (root / "policy" / "agent.ini").read_text()
    place.write("agent.ini", text)
    place.write("tool.py", "import wanted\nimport os\ndef f():\n    return wanted.value, os.sep\n")
    place.write("wanted.py", "value = 3\n")
    place.policy("extends = agent.ini\n[modules]\nstockade = allow closure\ntool = allow closure\n")
    done = place.install("""
        import stockade
        with _guard.sandbox("agent") as box:
            print(box.run("import tool; tool.f()", name="job").value)
            for code in "import wanted", "import os":
                try:
                    box.run(code, name="job")
                except ImportError as error:
                    print(str(error).split("'")[1])
    """)
    assert done.out == "(3, '/')\nwanted\nos\n", (done.out, done.err)


@pytest.mark.parametrize("options", [(), ("--no-code",)])
def test_what_signed_code_states_is_its_business_too(tmp_path, options):
    yard = Yard(tmp_path)
    (yard.lib / "plugins").mkdir()
    (yard.lib / "plugins/__init__.py").write_text("")
    (yard.lib / "plugins/reports.py").write_text("import shop.cart\ndef f():\n    return shop.cart.value\n")
    (yard.lib / "shop/cart.py").write_text("import wanted\nvalue = wanted.value\n")
    (yard.lib / "wanted.py").write_text("value = 4\n")
    yard.sign(yard.lib / "shop", *options)
    yard.policy("stockade = allow\n_stockade = allow\nplugins = allow\nplugins.* = sandbox:strict\n"
                "shop = signed%s\n[modules from plugins.reports]\nshop = allow\n* = deny\n" % " closure")
    done = yard.run("import plugins.reports as r\nprint(r.f())\n")
    assert done.out == "4\n", done.err
    yard.policy(yard.ini.read_text().split("[modules]\n")[1].split("\n[sandbox")[0].replace(" closure", ""))
    assert "denied to plugins.reports" in yard.run("import plugins.reports\n").err


LIAR = """
    import gc
    import types
    import tool

    def say_that_it_is_here(name):
        gc.unfreeze()
        for found in gc.get_objects():
            if type(found) is dict and len(found) > 1 and "sys" not in found:
                if all(type(value) is types.ModuleType for value in found.values()):
                    for part in name.split(".")[0], name:
                        found[part] = types.ModuleType(part)
                        found[part].__path__ = []

    def get(name, who, lies):
        if lies:
            say_that_it_is_here(name)
        space = {"__name__": who}
        exec("import %s as it" % name, space)
        return "the real one" if vars(space["it"]).get("__file__") else "nothing"
"""


@pytest.fixture
def yard(tmp_path):
    yard = Yard(tmp_path)
    (yard.lib / "plugins").mkdir()
    (yard.lib / "plugins/__init__.py").write_text("")
    (yard.lib / "plugins/reports.py").write_text(guarded.dedent(LIAR))
    (yard.lib / "tool.py").write_text("")
    yard.sign(yard.lib / "shop")
    return yard


def ask(yard, shop, calls):
    yard.policy("stockade = allow\n_stockade = allow\nplugins = allow\nplugins.* = sandbox:strict\n"
                "tool = allow closure\nshop = %s\n[modules from plugins.reports]\n"
                "tool = allow\ngc = allow\ntypes = allow\n* = deny\n" % shop)
    yard.ini.write_text(yard.ini.read_text().replace("default = allow\n", "default = allow\ntrusted = @stdlib\n", 1))
    done = yard.run("""
        import plugins.reports as r
        for call in %r:
            try:
                print(r.get(*call))
            except ImportError as error:
                print("denied", str(error).split("'")[1])
    """ % (calls,))
    assert done.code == 0, done.err
    return done


def test_a_plugin_that_says_that_it_has_a_signed_module_gets_none(yard):
    done = ask(yard, "signed", [("shop.cart", "tool", False), ("shop.cart", "tool", True)])
    assert done.out == "denied shop\ndenied shop\n", done.err
    assert {(r["importer"], r["verdict"]) for r in done.attempts("shop")} == {("plugins.reports", "deny")}


def test_nothing_follows_from_what_a_plugin_says_that_it_has(place):
    place.policy(POLICY.replace("* = deny", "gc = allow\ntypes = allow\n* = deny"))
    place.write("tool.py", "")
    place.write("plugins/reports.py", LIAR)
    done = workerplace.ask(place, [("get", "wanted", "tool", True), ("get", "wanted.part", "wanted", False)])
    assert done.out == "nothing\ndenied wanted.part\n", (done.out, done.err)
    assert of_worker(done, "wanted") == [("tool", "allow", "closure")]
    assert of_worker(done, "wanted.part") == [("plugins.reports", "deny", "importer")]


@pytest.mark.parametrize("warn", ["", "default", "error", "error::SyntaxWarning"])
def test_the_host_does_not_warn_of_code_that_it_only_reads(tmp_path, warn):
    yard = Yard(tmp_path)
    (yard.lib / "plugins").mkdir()
    (yard.lib / "plugins/__init__.py").write_text("")
    (yard.lib / "plugins/reports.py").write_text("import shop.cart\ndef f():\n    return shop.cart.value\n")
    (yard.lib / "shop/cart.py").write_text("import wanted\nx = wanted.value is 'a'\ny = '\\d'\nvalue = wanted.value\n")
    (yard.lib / "wanted.py").write_text("value = 4\n")
    yard.sign(yard.lib / "shop", "--no-code")
    yard.policy("stockade = allow\n_stockade = allow\nplugins = allow\nplugins.* = sandbox:strict\n"
                "shop = signed closure\n[modules from plugins.reports]\nshop = allow\n* = deny\n")
    done = yard.run("""
        import warnings
        warnings.simplefilter(%r) if %r in ("default", "error") else None
        kept = list(warnings.filters)
        import plugins.reports as r
        print(r.f(), warnings.filters == kept)
    """ % (warn, warn), env=dict(guarded.environment(), **({"PYTHONWARNINGS": warn} if ":" in warn else {})))
    assert done.out == "4 True\n", done.err
    assert "<sent>" not in done.err
