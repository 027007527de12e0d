# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/loaders.c
# covers: python/broker/loader_foreign.c
# covers: python/broker/broker_loader.c
# covers: worker/loaders.c
"""[loader NAME]: a finder that runs in a worker, and what the host takes of it."""

import pytest

import guarded
from loaderplace import POLICY, place  # noqa: F401
from signedyard import Yard

pytestmark = pytest.mark.workers

# ---- what an honest one does -------------------------------------------

def test_source_is_taken_back_and_runs_here(place):
    done = place.install("""
        import sys, traceback
        import vault, vault.low
        print(vault.twice(4), type(vault).__name__, vault.here, vault.low.here)
        print(vault.__file__, vault.__path__, vault.low.__file__)
        print(vault.told)
        try:
            vault.low.fail()
        except ZeroDivisionError:
            print("# the line" in traceback.format_exc())
        print("acme.finder" in sys.modules)
    """)
    assert done.out.splitlines() == [
        "8 module vault vault.low",
        "<loader v>/vault/__init__.py ['<loader v>/vault'] <loader v>/vault/low.py",
        "('one', %r, b'what is in the box\\n')" % place.path("boxes"),
        "True", "False"], done.err
    record, = done.attempts("vault")
    assert (record["verdict"], record["outcome"]) == ("allow", "found")
    assert record["importer"] == "__main__" and record["line"] > 0
    assert record["origin"] == "<loader v>/vault/__init__.py"
    assert record["loader"] == "stockade.ForeignLoader"
    # what the code imports then is its own business
    assert done.attempts("sys", importer="vault.low")
    record, = done.attempts("acme.finder")
    assert record["sandbox"] == "strict" and record["importer"] == "acme.finder"
    assert [r["name"] for r in done.records if r["event"] == "worker"] == ["acme.finder"]


def test_a_module_stays_in_the_worker(place):
    place.policy(POLICY % "module")
    done = place.install("""
        import traceback
        import vault, vault.low
        import vault.high
        print(vault.twice(4), type(vault).__name__, vault.low.here, type(vault.low).__name__)
        print(vault.high.low.twice(3))
        try:
            vault.low.fail()
        except ZeroDivisionError as error:
            print("inside" in error.__cause__.remote_traceback)
        print(vault.__loader__.get_source("vault").splitlines()[-1])
        try:
            vault.__loader__.get_code("vault")
        except ImportError as error:
            print(error)
    """)
    assert done.out.splitlines() == [
        "8 RemoteModule vault.low RemoteModule", "6", "True",
        "    return 1 / 0  # the line", "vault stays in its worker: it has no code here"], done.err
    # what one of its modules imports of the others is asked for, and recorded
    record, = done.attempts("vault.high")
    assert record["loader"] == "stockade.ForeignLoader"
    assert not done.attempts("sys", importer="vault")


def test_what_tools_ask_goes_through(place):
    done = place.install("""
        import importlib.util, inspect, pkgutil, sys
        spec = importlib.util.find_spec("vault")
        print(spec.name, spec.origin, spec.submodule_search_locations, "vault" in sys.modules)
        loader = spec.loader
        print(repr(loader))
        print(loader.is_package("vault"), loader.get_filename("vault"))
        import vault.low
        print(vault.low.__loader__.is_package("vault.low"))
        print(inspect.getsource(vault.twice))
        print(pkgutil.get_data("vault", "deep/table.txt"))
        print(loader.get_data(loader.get_filename("vault"))[:4])
        print(loader.get_code("vault").co_filename)
        for path in "/etc/passwd", "<loader v>/vault/", "<loader v>/other/x", "../x":
            try:
                loader.get_data(path)
            except FileNotFoundError:
                print("none")
        for method in loader.is_package, loader.get_source, loader.get_code, loader.get_filename:
            try:
                method("other")
            except ImportError as error:
                print(error)
    """)
    assert done.out.splitlines() == [
        "vault <loader v>/vault/__init__.py ['<loader v>/vault'] False",
        "<stockade.ForeignLoader for 'vault' at '<loader v>/vault/__init__.py'>",
        "True <loader v>/vault/__init__.py", "False",
        "def twice(x):", "    return 2 * x", "",
        "b'data of /inside/vault/deep/table.txt'", "b'told'", "<loader v>/vault/__init__.py",
        "none", "none", "none", "none"
    ] + ["loader for vault cannot handle 'other'"] * 4, done.out + done.err


def test_what_is_not_there_is_asked_of_nobody_else(place):
    place.write("vault/__init__.py", "of = 'the host'\n")
    place.write("vault/nothing.py", "of = 'the host'\n")
    done = place.install("""
        import vault
        print(hasattr(vault, "of"))
        try:
            import vault.nothing
        except ModuleNotFoundError as error:
            print(error.name)
    """)
    assert done.out == "False\nvault.nothing\n", done.err
    record, = done.attempts("vault.nothing")
    assert record["outcome"] == "not-found"


def test_a_denied_name_is_asked_of_no_loader(place):
    place.policy((POLICY % "source").replace("vault = allow", "vault = deny"))
    done = place.install("""
        try:
            import vault
        except ModuleNotFoundError as error:
            print(type(error).__name__)
    """)
    assert done.out == "ImportDenied\n", done.err
    assert not [r for r in done.records if r["event"] == "worker"]


def test_whoever_walks_the_finders_gets_the_same(place):
    done = place.install("""
        import sys
        spec = sys.meta_path[0].find_spec("vault")
        print(type(spec.loader).__name__)
        import importlib
        import vault
        print(importlib.reload(vault) is vault, vault.twice(1))
    """)
    assert done.out == "ForeignLoader\nTrue 2\n", done.err


def test_a_loader_executes_no_other_module(place):
    place.policy((POLICY % "source").replace("vault = allow", "vault = allow\nshop = deny"))
    done = place.install("""
        import importlib._bootstrap, sys, types
        from importlib.machinery import ModuleSpec
        import vault
        for name in "shop", "other":
            spec = ModuleSpec(name, vault.__loader__)
            for way in (lambda: importlib._bootstrap._load(spec),
                        lambda: vault.__loader__.exec_module(types.ModuleType(name))):
                try:
                    way()
                except ImportError as error:
                    print("cannot handle" in str(error), name in sys.modules)
        for nonsense in 3, None, "vault":
            try:
                vault.__loader__.exec_module(nonsense)
            except TypeError as error:
                print(error)
    """)
    assert done.out == "True False\n" * 4 + "exec_module() takes a module\n" * 3, done.out + done.err


def test_source_may_run_in_a_worker_of_its_own(place):
    place.policy((POLICY % "source").replace("vault = allow", "vault = sandbox:agent"))
    done = place.install("""
        import vault.low
        print(type(vault).__name__, vault.low.twice(2), type(vault.low).__name__)
        print(vault.__loader__.get_source("vault")[:4])
    """)
    assert done.out == "RemoteModule 4 RemoteModule\ntold\n", done.err
    assert [(r["name"], r["sandbox"]) for r in done.records if r["event"] == "worker"] == [
        ("acme.finder", "strict"), ("vault", "agent")]


def test_what_stays_is_in_the_loaders_sandbox_or_nowhere(place):
    text = (POLICY % "module").replace("vault = allow", "vault = sandbox:strict")
    place.policy(text)
    done = place.install("import vault\nprint(type(vault).__name__)\n")
    assert done.out == "RemoteModule\n", done.err
    assert [r["name"] for r in done.records if r["event"] == "worker"] == ["acme.finder"]
    place.policy(text.replace("vault = sandbox:strict",
                              "vault = sandbox:strict\nvault.low = deny\nvault2 = sandbox:agent")
                 .replace("modules = vault", "modules = vault*"))
    done = place.install("""
        try:
            import vault2
        except ImportError as error:
            print(error)
    """)
    assert done.out == ("vault2: [loader v] keeps it in sandbox:strict, and it must be in "
                        "sandbox:agent\n"), done.err
    assert done.attempts("vault2")[0]["outcome"] == "failed"


def test_a_plugin_in_a_worker_gets_source_of_a_loader(place):
    place.policy(POLICY % "source" + guarded.dedent("""
        [modules from plug]
        vault = allow
        sys = allow
        * = deny
    """).replace("[modules from", "\n[modules from").replace("* = deny", "* = deny\n"))
    text = open(place.path("policy.ini")).read().replace("vault = allow\n\n[loader", "vault = allow\nplug = sandbox:agent\n\n[loader")
    open(place.path("policy.ini"), "w").write(text)
    place.write("plug.py", """
        import vault.low
        def f():
            return vault.low.twice(3), vault.low.__file__
    """)
    done = place.install("import plug\nprint(plug.f())\n")
    assert done.out == "(6, '<loader v>/vault/low.py')\n", done.err
    record, = done.attempts("vault.low")
    assert (record["importer"], record["sandbox"]) == ("plug", "agent")
    assert record["loader"] == "stockade.ForeignLoader" and record["outcome"] == "found"
    text = text.replace("result = source", "result = module")
    open(place.path("policy.ini"), "w").write(text)
    done = place.install("""
        try:
            import plug
        except ImportError as error:
            print(error)
    """)
    assert done.out == "vault: it stays in the worker of its loader\n", done.err
    assert done.attempts("vault")[-1]["outcome"] == "failed"


def test_the_finder_must_be_allowed_and_signed_as_anything_else(place):
    place.policy((POLICY % "source").replace("acme = allow", "acme = deny"))
    done = place.install("""
        import stockade
        try:
            import vault
        except ImportError as error:
            print(type(error).__name__, type(error.__cause__).__name__, error.name)
    """)
    assert done.out == "ImportError ImportDenied vault\n", done.err
    assert done.attempts("acme.finder")[0]["verdict"] == "deny"


def test_a_reload_makes_another_finder(place):
    done = place.install("""
        import vault
        print(vault.told[0])
        text = open("policy.ini").read()
        open("policy.ini", "w").write(text.replace("= one", "= two"))
        _guard.reload()
        import vault.low
        print(vault.low.told[0])
    """)
    assert done.out == "one\ntwo\n", done.err


def test_a_loader_that_gives_no_source_is_told_so(place):
    place.write("acme/plain.py", """
        from importlib.machinery import ModuleSpec

        class Finder:
            def find_spec(self, name, path=None, target=None):
                return ModuleSpec(name, self)
            def create_module(self, spec):
                return None
            def exec_module(self, module):
                module.release = 3
    """)
    policy = "default = allow\ntrusted = @stdlib\n[loader v]\nfinder = acme.plain:Finder\nmodules = vault\n"
    code = """
        try:
            import vault
            print(vault.release)
        except ImportError as error:
            print(error)
    """
    place.policy(policy)
    done = place.install(code)
    assert done.out == (
        "vault: [loader v] acme.plain:Finder: the loader of 'vault' has neither get_source nor "
        "get_data, and result = source wants the text\n"), done.err
    place.policy(policy + "result = module\n")
    assert place.install(code).out == "3\n"


# ---- signatures ----------------------------------------------------------

SIGNED = """
    import os
    from importlib.machinery import ModuleSpec

    class Loader:
        def __init__(self, files):
            self.files = files
        def get_filename(self, name):
            return name.replace(".", "/") + ".py"
        def get_data(self, path):
            try:
                return self.files[path]
            except KeyError:
                raise OSError(path)

    class Finder:
        def __init__(self, source, signature):
            self.files = {"vault.py": source, "vault.py.minisig": signature}
        def find_spec(self, name, path=None, target=None):
            return ModuleSpec(name, Loader(self.files))
"""


@pytest.fixture
def yard(tmp_path):
    yard = Yard(tmp_path)
    (yard.lib / "acme").mkdir()
    (yard.lib / "acme/__init__.py").write_text("")
    (yard.lib / "acme/finder.py").write_text(guarded.dedent(SIGNED))
    (tmp_path / "vault.py").write_text("release = 3\n")
    yard.sign(tmp_path / "vault.py")
    yard.policy("acme = allow\nvault = signed\n[loader v]\nfinder = acme.finder:Finder\n"
                "arguments = file:vault.py file:vault.py.minisig\nmodules = vault\n")
    return yard


def test_source_that_must_be_signed_is_verified(yard):
    done = yard.run("import vault\nprint(vault.release, type(vault.__loader__).__name__)\n")
    assert done.out == "3 ForeignLoader\n", done.err
    record, = done.attempts("vault")
    assert record["key"] == "a" and len(record["digest"]) == 64
    assert record["requirement"] == "signed"


@pytest.mark.parametrize("how, reason", [("changed", "hash-mismatch"), ("none", "unsigned"),
                                         ("nonsense", "malformed"), ("other", "name-mismatch")])
def test_source_whose_signature_does_not_hold_is_refused(yard, how, reason):
    signature = yard.folder / "vault.py.minisig"
    if how == "changed":
        (yard.folder / "vault.py").write_text(yard.evil)
        reason = ("hash-mismatch", "bad-signature")
    elif how == "none":
        (yard.lib / "acme/finder.py").write_text(
            guarded.dedent(SIGNED).replace('"vault.py.minisig": signature', ""))
    elif how == "nonsense":
        signature.write_text("no signature\n")
    else:
        (yard.folder / "x").mkdir()
        (yard.folder / "x/chest.py").write_text("release = 3\n")
        yard.sign(yard.folder / "x/chest.py")
        signature.write_text((yard.folder / "x/chest.py.minisig").read_text())
    done = yard.run("""
        import stockade
        try:
            import vault
        except stockade.SignatureError as error:
            print(error.reason)
    """)
    assert done.out.strip() in reason, done.out + done.err
    record, = done.attempts("vault")
    assert record["verdict"] == "deny" and record["reason"] == done.out.strip()
    assert not yard.mark.exists()


def test_an_observing_guard_lets_it_through_and_says_so(yard):
    (yard.folder / "vault.py").write_text("release = 4\n")
    done = yard.run("import vault\nprint(vault.release)\n", "--observe")
    assert done.out == "4\n", done.err
    assert done.attempts("vault")[0]["verdict"] == "deny"


def test_what_is_in_a_bundle_is_asked_of_no_loader(yard):
    yard.bundle(yard.lib / "shop")
    yard.policy("acme = allow\nshop = signed bundle:shop.stk\n[loader v]\n"
                "finder = acme.finder:None\nmodules = shop\n")
    done = yard.run("import shop.cart\nprint(shop.cart.release)\n")
    assert done.out == "1\n", done.err


def test_a_plugin_gets_signed_source_of_a_loader_or_nothing(yard):
    (yard.lib / "plug.py").write_text(guarded.dedent("""
        def f():
            try:
                import vault
            except ImportError as error:
                return str(error)
            return vault.release
    """))
    text = yard.ini.read_text()
    yard.ini.write_text(text.replace("acme = allow", "acme = allow\nplug = sandbox:strict"))
    done = yard.run("import plug\nprint(plug.f())\n")
    assert done.out == "3\n", done.err
    assert done.attempts("vault")[0]["key"] == "a"
    (yard.folder / "vault.py").write_text("release = 4\n")
    done = yard.run("import plug\nprint(plug.f())\n")
    assert done.out.startswith("vault is refused ("), done.out
    assert done.attempts("vault")[0]["verdict"] == "deny"
