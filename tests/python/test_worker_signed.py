# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/broker_signed.c
# covers: python/broker/brokering.c
# covers: worker/load.c
"""What a worker imports and must be signed is verified by the host first."""

import pytest

from signedyard import with_plugin

pytestmark = pytest.mark.workers

RULES = """\
plugins = allow
plugins.* = sandbox:strict
shop = signed%s

[modules from plugins.reports]
shop = allow
* = deny
"""

PLUGIN = """\
def try_(name):
    import sys
    try:
        __import__(name)
    except ImportError as error:
        return type(error).__name__ + ": " + str(error)
    module = sys.modules[name]
    return "%s %s" % (module.release, module.__file__)

def ran(name):
    import sys
    return name in sys.modules

def fail():
    from shop import pay
    pay.fail()
"""

CALL = """\
import plugins.reports as r
print(r.try_("shop.cart"))
print(r.ran("shop.cart"))
"""


def sign_files(yard):
    for path in sorted((yard.lib / "shop").rglob("*.py")):
        yard.sign(path, root=yard.lib)


def sign_tree(yard):
    yard.sign(yard.lib / "shop", "--sequence", "5")


def sign_sources(yard):
    yard.sign(yard.lib / "shop", "--sequence", "5", "--no-code")


def pack(yard):
    yard.bundle(yard.lib / "shop", "--sequence", "5")


FORMS = {"detached": sign_files, "tree": sign_tree, "sources": sign_sources, "bundle": pack}


@pytest.fixture
def yard(tmp_path):
    yard = with_plugin(tmp_path, PLUGIN)
    yard.policy(RULES % "")
    return yard


@pytest.fixture(params=sorted(FORMS))
def form(yard, request):
    """shop, signed in one of the forms."""
    FORMS[request.param](yard)
    if request.param == "bundle":
        yard.policy(RULES % " bundle:shop.stk")
    return request.param


def test_what_is_signed_reaches_the_worker_and_is_recorded(yard, form):
    done = yard.run(CALL)
    folder = yard.folder if form == "bundle" else yard.lib
    assert done.out == "1 %s\nTrue\n" % (folder / "shop/cart.py"), done.out + done.err
    for name in "shop", "shop.cart":
        record, = done.attempts(name)
        assert (record["verdict"], record["outcome"]) == ("allow", "found")
        assert record["importer"] == "plugins.reports"
        assert (record["requirement"], record["key"]) == ("signed", "a")
        assert record["sandbox"] == "strict"
        assert record["loader"] == "stockade.WorkerLoader"
        # of a bundle that has the code, the source is not read
        assert form == "bundle" or len(record["digest"]) == 64


def test_what_was_changed_is_refused_as_in_the_host(yard, form):
    if form == "bundle":
        path = yard.folder / "shop.stk"
        data = bytearray(path.read_bytes())
        data[-40] ^= 1
        path.write_bytes(data)
    else:
        (yard.lib / "shop/cart.py").write_text(yard.evil)
    done = yard.run(CALL)
    if form == "bundle" and not done.out:
        # its signature is looked at when it is opened, and that is the host's end
        assert done.code != 0
        return
    told, loaded = done.out.splitlines()
    assert loaded == "False"
    record = [r for r in done.attempts(verdict="deny") if r["name"].startswith("shop")][0]
    assert record["outcome"] == "refused" and record["importer"] == "plugins.reports"
    assert record["sandbox"] == "strict" and record["error"]
    assert told.startswith("ImportError: %s is refused (%s): " % (record["name"], record["reason"]))
    host = yard.run("""
        import stockade
        try:
            import shop.cart
        except stockade.SignatureError as error:
            print(error.reason)
    """)
    assert host.out == record["reason"] + "\n", host.err
    assert not yard.mark.exists()


def test_what_has_no_signature_is_refused(yard):
    done = yard.run(CALL)
    assert done.out.startswith("ImportError: shop is refused (unsigned): "), done.err
    record, = done.attempts("shop")
    assert (record["verdict"], record["reason"]) == ("deny", "unsigned")


def test_what_is_not_there_is_not_found(yard, form):
    done = yard.run(CALL.replace("shop.cart", "shop.nothing"))
    assert done.out.startswith("ModuleNotFoundError: "), done.err
    record, = done.attempts("shop.nothing")
    assert record["outcome"] == "not-found"


def test_an_observing_guard_lets_it_through_and_says_so(yard):
    sign_tree(yard)
    (yard.lib / "shop/cart.py").write_text("release = 7\n")
    done = yard.run(CALL, "--observe")
    assert done.out == "7 %s\nTrue\n" % (yard.lib / "shop/cart.py"), done.err
    record = done.attempts("shop.cart")[0]
    assert (record["verdict"], record["reason"]) == ("deny", "hash-mismatch")


def test_machine_code_is_refused_though_it_is_signed(yard):
    import importlib.machinery
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    (yard.lib / ("shop/cart" + suffix)).write_bytes(b"\x7fELF")
    (yard.lib / "shop/cart.py").unlink()
    sign_files(yard)
    yard.sign(yard.lib / ("shop/cart" + suffix), root=yard.lib)
    done = yard.run(CALL)
    assert "ImportError" in done.out and "preload" in done.out, done.out + done.err
    record, = done.attempts("shop.cart")
    assert (record["outcome"], record["error"]) == ("failed", "machine code")
    assert record["key"] == "a"


def test_what_is_in_the_interpreter_is_not_looked_for(yard):
    yard.policy("plugins = allow\nplugins.* = sandbox:strict\ntime = signed\n")
    done = yard.run("""
        import plugins.reports as r
        try:
            r.try_("time")
        except AttributeError as error:
            print(error)
    """)
    assert "release" in done.out, done.out + done.err
    record, = [r for r in done.attempts("time") if r.get("sandbox")]
    assert (record["verdict"], record["outcome"]) == ("allow", "found")


# ---- a plugin that is signed itself ------------------------------------

BOTH = """\
plugins = allow
plugins.* = signed sandbox:strict
"""

PACKAGE = """\
import sys
from . import deep

def try_(name):
    try:
        __import__(name)
    except ImportError as error:
        return str(error)
    return sys.modules[name].release

def fail():
    return deep.fail()
"""


@pytest.fixture
def signed(yard):
    (yard.lib / "plugins/reports.py").unlink()
    folder = yard.lib / "plugins/reports"
    folder.mkdir()
    (folder / "__init__.py").write_text(PACKAGE)
    (folder / "deep.py").write_text("def fail():\n    return 1 / 0  # here\n")
    (folder / "late.py").write_text("release = 1\n")
    yard.policy(BOTH)
    return yard


@pytest.mark.parametrize("how", ["detached", "tree", "sources", "bundle"])
def test_a_plugin_may_have_to_be_signed_itself(signed, how):
    folder = signed.lib / "plugins/reports"
    if how == "detached":
        for path in sorted(folder.glob("*.py")):
            signed.sign(path, root=signed.lib)
    elif how == "bundle":
        done = signed.bundle(folder, "--root", signed.lib, output="reports.stk")
        assert done.exists()
        signed.policy(BOTH.replace("strict", "strict bundle:reports.stk"))
    else:
        signed.sign(folder, *(["--no-code"] if how == "sources" else []), root=signed.lib)
    done = signed.run("""
        import sys, traceback
        import plugins.reports as r
        print(type(r).__name__, r.try_("plugins.reports.late"))
        import plugins.reports.late
        print(type(plugins.reports.late).__name__)
        try:
            r.fail()
        except ZeroDivisionError:
            print("# here" in traceback.format_exc())
    """)
    assert done.out == "RemoteModule 1\nRemoteModule\nTrue\n", done.out + done.err
    for name in "plugins.reports", "plugins.reports.deep", "plugins.reports.late":
        for record in done.attempts(name, outcome="found"):
            assert record["requirement"] == "signed sandbox:strict"
            assert record["key"] == "a" and record["sandbox"] == "strict"


def test_a_plugin_that_was_changed_gets_no_worker(signed):
    signed.sign(signed.lib / "plugins/reports", root=signed.lib)
    (signed.lib / "plugins/reports/__init__.py").write_text(signed.evil)
    done = signed.run("""
        import importlib, sys
        import stockade
        import plugins
        def by_finder():
            return sys.meta_path[0].find_spec("plugins.reports", plugins.__path__)
        for way in (lambda: importlib.import_module("plugins.reports"),
                    lambda: importlib.util.find_spec("plugins.reports"), by_finder):
            try:
                way()
            except stockade.SignatureError as error:
                print(error.reason)
    """, before="import importlib.util\n")
    assert done.out == "hash-mismatch\n" * 3, done.out + done.err
    assert not [r for r in done.records if r["event"] == "worker"]
    assert not signed.mark.exists()


def test_a_submodule_that_was_changed_is_refused_in_the_worker(signed):
    signed.sign(signed.lib / "plugins/reports", root=signed.lib)
    (signed.lib / "plugins/reports/late.py").write_text(signed.evil)
    done = signed.run("""
        import stockade
        import plugins.reports as r
        print(r.try_("plugins.reports.late"))
        try:
            import plugins.reports.late
        except stockade.SignatureError as error:
            print(error.reason)
    """)
    first, second = done.out.splitlines()
    assert first.startswith("plugins.reports.late is refused (hash-mismatch): "), done.err
    assert second == "hash-mismatch"
    assert [r["reason"] for r in done.attempts("plugins.reports.late")] == ["hash-mismatch"] * 2


def test_the_finder_gives_the_worker_loader_of_a_signed_plugin(signed):
    signed.sign(signed.lib / "plugins/reports", root=signed.lib)
    done = signed.run("""
        import sys
        import plugins
        spec = sys.meta_path[0].find_spec("plugins.reports", plugins.__path__)
        print(type(spec.loader).__name__)
    """)
    assert done.out == "WorkerLoader\n", done.out + done.err


def test_a_box_takes_what_is_signed(signed):
    signed.sign(signed.lib / "plugins/reports", root=signed.lib)
    signed.policy("plugins = allow\nplugins.* = signed\n")
    box = """
        import stockade
        guard = stockade.current()
        with guard.sandbox("agent") as box:
            try:
                print(box.import_module("plugins.reports").try_("plugins.reports.late"))
            except ImportError as error:
                print(error)
    """
    done = signed.run(box)
    assert done.out == "1\n", done.out + done.err
    (signed.lib / "plugins/reports/__init__.py").write_text(signed.evil)
    done = signed.run(box)
    assert "is refused (hash-mismatch)" in done.out, done.out + done.err
