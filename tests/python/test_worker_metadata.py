# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/broker_metadata.c
# covers: python/broker/installed.c
# covers: worker/distributions.c
"""What importlib.metadata says in a worker: of what the worker may import, and of nothing else."""

import os

import pytest

import guarded
import workerplace
from signedyard import Yard

pytestmark = pytest.mark.workers

POLICY = guarded.CLOSED + guarded.dedent("""
    shop = sandbox:strict
    rival = sandbox:strict

    [modules from shop]
    yaml = allow
    spaced = allow

    [sandbox strict]
    reply = 1M
""")

SHOP = """
    import importlib.metadata
    from importlib.metadata import *

    __version__ = version(__name__)

    def of(name):
        try:
            return version(name)
        except PackageNotFoundError:
            return "none"

    def all_names():
        return sorted(one.metadata["Name"] for one in distributions())

    def points():
        found = entry_points()
        found = found.get("shop.plugins", ()) if isinstance(found, dict) else found.select(group="shop.plugins")
        return [(one.name, one.value) for one in found]

    def text(name, file):
        try:
            return distribution(name).read_text(file)
        except OSError as error:
            return type(error).__name__

    def shown(name):
        return [str(one) for one in files(name)], requires(name), metadata(name)["Summary"]

    def by_path():
        return list(importlib.metadata.Distribution.discover(path=["/"]))

    def opened():
        try:
            return files("shop")[0].read_text()
        except OSError as error:
            return type(error).__name__
"""


def add(place, name, version, modules=(), folder=None, record=True, more=""):
    info = folder or "%s-%s.dist-info" % (name, version)
    place.write(info + "/METADATA", "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s" % (name, version, more))
    if record:
        place.write(info + "/RECORD", "".join("%s,sha256=x,1\n" % module for module in modules))
    return info


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("shop/__init__.py", SHOP)
    place.write("rival/__init__.py", "")
    place.write("yaml/__init__.py", "")
    info = add(place, "Shop", "1.0", ["Shop-1.0.dist-info/RECORD", "../../bin/shop", "shop/cart.py", "shop/__init__.py"],
               more="Summary: a shop\nRequires-Dist: PyYAML (>=5)\n")
    place.write(info + "/entry_points.txt", "[shop.plugins]\ncart = shop.cart:Cart\n")
    place.write(info + "/direct_url.json", "{}")
    place.write(info + "/licenses/LICENSE", "text")
    add(place, "PyYAML", "6.0", ["_yaml/__init__.py", "yaml/__init__.py", "yaml/__pycache__/x.cpython-311.pyc"])
    add(place, "rival", "2.0", ["rival/__init__.py"])
    add(place, "hidden", "3.0", ["secret/__init__.py"])
    return place


def ask(place, calls):
    done = place.install("import shop\n" + "".join("print(shop.%s)\n" % call for call in calls))
    assert done.code == 0, done.err
    done.lines = done.out.splitlines()
    return done


def test_a_package_has_its_version_while_it_is_imported(place):
    done = ask(place, ["__version__", "of('shop')", "of('Shop')", "of('pyyaml')", "of('PyYAML')"])
    assert done.lines == ["1.0", "1.0", "1.0", "6.0", "6.0"]


def test_files_requirements_and_entry_points(place):
    done = ask(place, ["shown('shop')", "points()"])
    assert done.lines == [
        repr((["Shop-1.0.dist-info/RECORD", "../../bin/shop", "shop/cart.py", "shop/__init__.py"],
              ["PyYAML (>=5)"], "a shop")), "[('cart', 'shop.cart:Cart')]"]


def test_what_may_not_be_imported_is_not_told_of(place):
    done = ask(place, ["all_names()", "of('hidden')", "of('rival')", "of('no-such')"])
    assert done.lines == ["['PyYAML', 'Shop']", "none", "none", "none"]
    records = {(r["origin"], r["outcome"]) for r in done.records if r["event"] == "resource"}
    assert {("", "found"), ("shop/METADATA", "found"), ("pyyaml/METADATA", "found"), ("hidden/", "not-found"),
            ("rival/", "not-found"), ("no-such/", "not-found")} <= records
    assert not any(origin.startswith("hidden/M") for origin, _ in records)
    assert {(r["name"], r["importer"], r["sandbox"]) for r in done.records if r["event"] == "resource"} == {
        ("importlib.metadata", "shop", "strict")}


def test_no_other_file_is_to_be_had(place):
    os.symlink("/etc/passwd", place.path("PyYAML-6.0.dist-info/entry_points.txt"))
    place.write("PyYAML-6.0.dist-info/WHEEL", "x" * (2 << 20))
    done = ask(place, ["text('shop', %r)" % name for name in (
        "direct_url.json", "licenses/LICENSE", "../hidden-3.0.dist-info/METADATA", "../shop/__init__.py",
        "/etc/passwd", "", ".", "METADATA\0", "\ud800")] + [
            "text('pyyaml', 'entry_points.txt')", "text('pyyaml', 'WHEEL')", "by_path()", "opened()"])
    assert done.lines == ["None"] * 10 + ["OSError", "[]", "PermissionError"]


def test_the_worker_may_not_name_another_way(place):
    place.write("shop/__init__.py", """
        from importlib import metadata
        def ask(names):
            found = []
            for name in names:
                try:
                    found.append(metadata.version(name))
                except Exception as error:
                    found.append(type(error).__name__)
            return found
    """)
    names = ["../hidden-3.0.dist-info", "hidden/", "/hidden", "shop/../hidden", "x" * 500, "hid\0den", "\ud800", "/", ".."]
    done = ask(place, ["ask(%s)" % ascii(names)])
    assert all(name.endswith("Error") for name in eval(done.lines[0])), done.lines


@pytest.mark.parametrize("make", [
    lambda place: add(place, "Other.Name", "4", ["spaced/deep/__init__.py", "spaced/deep/a.py"]),
    lambda place: (add(place, "other_name", "4", record=False),
                   place.write("other_name-4.dist-info/top_level.txt", "spaced\n")),
    lambda place: add(place, "other_name", "4", ["spaced.cpython-38-x86_64-linux-gnu.so"]),
    lambda place: (place.write("other_name.egg-info/PKG-INFO", "Metadata-Version: 1\nName: o\nVersion: 4\n"),
                   place.write("other_name.egg-info/top_level.txt", "spaced\n")),
], ids=["record", "top-level", "extension", "egg-info"])
def test_its_modules_are_what_it_says(place, make):
    make(place)
    assert ask(place, ["of('other-name')"]).lines == ["4"]


def test_one_that_names_no_module_is_called_as_its_own(place):
    add(place, "spaced", "5", record=False)
    add(place, "unspaced", "5", record=False)
    assert ask(place, ["of('spaced')", "of('unspaced')"]).lines == ["5", "none"]


def test_there_may_be_none(place):
    place.write("shop/__init__.py", SHOP.replace("__version__ = version(__name__)", ""))
    for name in os.listdir(place.path("")):
        if name.endswith("-info"):
            os.rename(place.path(name), place.path(name + ".old"))
    assert ask(place, ["of('shop')", "all_names()", "points()"]).lines == ["none", "[]", "[]"]


def test_a_string_of_code_asks_for_what_it_may_import(place):
    place.policy(POLICY + guarded.dedent("""
        [modules from job]
        yaml = allow
    """))
    done = place.install("""
        import stockade
        with _guard.sandbox("strict") as box:
            print(box.run("import importlib.metadata as m\\n"
                          "[d.metadata['Name'] for d in m.distributions()]", name="job").value)
    """)
    assert done.out == "['PyYAML']\n", done.out + done.err


@pytest.mark.skipif("sys.version_info >= (3, 13)", reason="imports it where it is wanted")
def test_messages_are_read_without_sockets(place):
    place.write("shop/__init__.py", """
        import email.utils, sys
        def made():
            return email.utils.make_msgid().partition("@")[2], "socket" in sys.modules
    """)
    assert ask(place, ["made()"]).lines == ["('localhost>', False)"]


def test_a_socket_that_is_preloaded_is_the_one_that_messages_have(place):
    place.policy(POLICY + "preload = socket\n")
    place.write("shop/__init__.py", "import email.utils\nimport socket\ndef made():\n"
                "    return getattr(email.utils, 'socket', socket) is socket, hasattr(socket, 'socket')\n")
    assert ask(place, ["made()"]).lines == ["(True, True)"]


def test_what_must_be_signed_is_verified(tmp_path):
    yard = Yard(tmp_path)
    (yard.lib / "shop/__init__.py").write_text(guarded.dedent(SHOP).replace("__version__ = version(__name__)", ""))
    info = yard.lib / "shop-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    yard.policy("shop = signed sandbox:strict\n")
    yard.sign(yard.lib)
    code = "import shop\nprint(shop.of('shop'), shop.text('shop', 'METADATA') == 'OSError')\n"
    done = yard.run(code)
    assert done.out == "1.0 False\n", done.out + done.err
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 9.0\n")
    (info / "RECORD").write_text("plain.py,,\n")
    done = yard.run("import shop\ntry:\n    print(shop.of('shop'))\nexcept OSError as error:\n    print(error)\n")
    assert "shop/METADATA is refused" in done.out or "shop/ is refused" in done.out, done.out + done.err
    record = [r for r in done.records if r["event"] == "resource"][0]
    assert (record["verdict"], record["outcome"]) == ("deny", "refused")
    (info / "METADATA").unlink()
    forged = yard.lib / "shop-9.0.dist-info"
    info.rename(forged)
    (forged / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 9.0\n")
    done = yard.run("import shop\nprint(shop.of('shop'))\n")
    assert done.out == "none\n", done.out + done.err
