# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/broker_folder.c
# covers: python/broker/broker_resource.c
# covers: worker/listing.c
# covers: worker/resources.c
"""The files beside a plugin's own modules, which it reads through the host."""

import os

import pytest

import guarded
import workerplace
from signedyard import Yard

pytestmark = pytest.mark.workers

POLICY = workerplace.DENYING + guarded.dedent("""
    other = allow

    [sandbox strict]
    preload = importlib.resources, pkgutil
    reply = 1M
""")

PLUGIN = """
    import pkgutil
    import sys

    def reader():
        return sys.modules[__name__].__spec__.loader.get_resource_reader(__name__)

    def read(path):
        return bytes(reader().files().joinpath(*path.split("/")).read_bytes())

    def get_data(name, path):
        return pkgutil.get_data(name, path)

    def ask(path):
        try:
            return sys.modules[__name__].__spec__.loader.get_data(path)
        except OSError as error:
            return type(error).__name__

    def all_ways():
        files = reader().files()
        text = files / "table.txt"
        with text.open() as one, text.open("rb") as two, reader().open_resource("table.txt") as three:
            read = one.read(), two.read(), three.read()
        return (text.read_text(encoding="utf-8"), text.read_bytes(), read, text.name,
                text.is_file(), files.is_dir(), (files / "none").is_file(),
                reader().is_resource("table.txt"), reader().is_resource("none"))

    def modern():
        from importlib import resources
        return resources.files(__name__).joinpath("deep", "low.txt").read_text()

    def old():
        from importlib import resources
        return resources.read_text(__name__, "table.txt")

    def attempt(path):
        try:
            return read(path)
        except OSError as error:
            return type(error).__name__

    def listing(*below):
        try:
            found = reader().files().joinpath(*below).iterdir()
            return [(one.name, one.is_file(), one.is_dir()) for one in found if one.name != "__pycache__"]
        except OSError as error:
            return type(error).__name__

    def contents():
        return sorted(name for name in reader().contents() if name != "__pycache__")
"""


@pytest.fixture
def place(tmp_path):
    place = workerplace.make(tmp_path, POLICY)
    place.write("plugins/secret.txt", "of the host\n")
    place.write("plugins/pack/__init__.py", PLUGIN)
    place.write("plugins/pack/sub.py", "import pkgutil\ndef data():\n    return pkgutil.get_data(__name__, 'table.txt')\n")
    place.write("plugins/pack/table.txt", "a table\n")
    place.write("plugins/pack/deep/low.txt", "low\n")
    place.write("plugins/single.py", "import pkgutil\ndef data(name):\n    return pkgutil.get_data(__name__, name)\n")
    return place


def test_a_plugin_reads_what_is_beside_its_modules(place):
    done = place.install("""
        import plugins.pack as p, plugins.pack.sub
        print(p.all_ways())
        print(p.get_data("plugins.pack", "deep/low.txt"), plugins.pack.sub.data())
        print(p.listing())
        print(p.listing("deep"), p.listing("none"), p.listing("table.txt"), p.listing("..", "pack"))
        print(p.contents())
    """)
    assert done.out.splitlines() == [
        repr(("a table\n", b"a table\n", ("a table\n", b"a table\n", b"a table\n"), "table.txt",
              True, True, False, True, False)),
        "b'low\\n' b'a table\\n'",
        repr([("__init__.py", True, False), ("deep", False, True), ("sub.py", True, False), ("table.txt", True, False)]),
        "[('low.txt', True, False)] FileNotFoundError FileNotFoundError FileNotFoundError",
        "['__init__.py', 'deep', 'sub.py', 'table.txt']"], done.out + done.err
    records = [r for r in done.records if r["event"] == "resource"]
    assert {(r["name"], r["origin"], r["outcome"]) for r in records} == {
        ("plugins.pack", "table.txt", "found"), ("plugins.pack", "none", "not-found"),
        ("plugins.pack", "deep/low.txt", "found"), ("plugins.pack", "", "found"), ("plugins.pack", "deep/", "found"),
        ("plugins.pack", "none/", "not-found"), ("plugins.pack", "table.txt/", "not-found"),
        ("plugins.pack", "../pack/", "not-found")}
    assert {(r["importer"], r["sandbox"], r["verdict"]) for r in records} == {
        ("plugins.pack", "strict", "allow")}


@pytest.mark.skipif("sys.version_info < (3, 10)", reason="asks no reader, or has no files()")
def test_importlib_resources_finds_them(place):
    done = place.install("import plugins.pack as p\nprint(p.modern())\n")
    assert done.out == "low\n\n", done.err


@pytest.mark.skipif("sys.version_info >= (3, 13)", reason="has them no more, or others")
def test_the_older_functions_find_them(place):
    done = place.install("import plugins.pack as p\nprint(p.old())\n")
    assert done.out == "a table\n\n", done.err


LISTING = """
    import pkgutil

    def modules(prefix=""):
        return [(m.name, m.ispkg) for m in pkgutil.iter_modules(__path__, prefix)]

    def walk():
        return [m.name for m in pkgutil.walk_packages(__path__, __name__ + ".")]

    def load(name):
        for finder, found, _ in pkgutil.iter_modules(__path__):
            if found == name:
                return finder.find_spec(found).loader.is_package(found), finder.find_spec(__name__ + "." + name).name

    def of(name):
        package = __import__(name, fromlist=["x"])
        return [m.name for m in pkgutil.iter_modules(package.__path__)]

    def on(path):
        return [m.name for m in pkgutil.iter_modules([path])]
"""


def test_pkgutil_tells_the_modules_of_a_package(place):
    place.write("plugins/many/__init__.py", LISTING)
    place.write("plugins/many/one.py", "value = 1\n")
    place.write("plugins/many/two/__init__.py", "")
    place.write("plugins/many/two/three.py", "")
    place.write("plugins/many/data/x.txt", "")
    place.write("plugins/many/not-one.py", "")
    place.write("plugins/many/table.txt", "")
    os.symlink("/etc", place.path("plugins/many/four"))
    os.symlink("one.py", place.path("plugins/many/five.py"))
    place.write("other/__init__.py", "")
    place.write("other/hidden.py", "")
    done = place.install("""
        import plugins.many as p, plugins.pack
        print(p.modules())
        print(p.modules("plugins.many."))
        print(p.walk())
        print(p.load("one"), p.load("two"))
        print(p.of("json"), p.of("plugins.many.two"), p.of("other"))
        print(p.on("/etc"), p.on(%r), p.on(%r))
    """ % (place.path("other"), place.path("plugins")))
    assert done.out.splitlines() == [
        "[('one', False), ('two', True)]",
        "[('plugins.many.one', False), ('plugins.many.two', True)]",
        "['plugins.many.one', 'plugins.many.two', 'plugins.many.two.three']",
        "(False, 'plugins.many.one') (True, 'plugins.many.two')",
        "[] ['three'] []", "[] [] []"], done.out + done.err


def test_a_signed_package_is_what_was_signed(tmp_path):
    yard = Yard(tmp_path)
    folder = yard.lib / "plugins/many"
    (folder / "two").mkdir(parents=True)
    (yard.lib / "plugins/__init__.py").write_text("")
    (folder / "__init__.py").write_text(guarded.dedent(PLUGIN + LISTING).replace("import pkgutil\n", ""))
    (folder / "one.py").write_text("")
    (folder / "table.txt").write_text("")
    (folder / "two/__init__.py").write_text("")
    yard.policy("plugins = allow\nplugins.* = signed sandbox:strict\npkgutil = allow\n")
    yard.sign(folder, root=yard.lib)
    (folder / "late.py").write_text("")
    code = "import plugins.many as p\nprint(p.listing(), p.listing('two'), p.listing('none'))\n"
    done = yard.run(code)
    assert done.out == repr([("__init__.py", True, False), ("one.py", True, False), ("table.txt", True, False),
                             ("two", False, True)]) + " [('__init__.py', True, False)] FileNotFoundError\n", (
        done.out + done.err)


def test_a_folder_of_too_many_files_is_an_error(place):
    os.mkdir(place.path("plugins/pack/full"))
    for i in range(10001):
        open(place.path("plugins/pack/full/%d" % i), "w").close()
    done = place.install("import plugins.pack as p\nprint(p.listing('full'))\n")
    assert done.out == "OSError\n", done.out + done.err


def test_nothing_else_is_to_be_had(place):
    os.symlink("/etc/passwd", place.path("plugins/pack/link.txt"))
    os.symlink("/etc", place.path("plugins/pack/etc"))
    os.mkfifo(place.path("plugins/pack/fifo"))
    with open(place.path("plugins/pack/large"), "wb") as file:
        file.truncate(2 << 20)
    paths = ["../secret.txt", "deep/../../secret.txt", "/etc/passwd", "link.txt", "etc/passwd",
             "fifo", "deep", ".", "", "deep/", "./table.txt", "deep//low.txt", "x" * 2000,
             "table.txt\0", "large", "\ud800"]
    done = place.install("""
        import plugins.pack as p
        for path in %s:
            print(p.attempt(path))
        print(p.ask("/etc/passwd"))
        print(len(p.read("table.txt")))
    """ % ascii(paths))
    lines = done.out.splitlines()
    assert len(lines) == len(paths) + 2, done.out + done.err
    assert all(line.endswith("Error") for line in lines[:-2]), lines
    assert lines[-2] == "OSError" and lines[-1] == "8"


def test_a_module_that_is_no_package_has_no_files(place):
    done = place.install("""
        import plugins.single
        for name in "secret.txt", "single.py", "pack/table.txt":
            try:
                print(plugins.single.data(name))
            except OSError as error:
                print(type(error).__name__)
    """)
    assert done.out == "FileNotFoundError\n" * 3, done.out + done.err


def test_another_package_is_none_of_its_own(place):
    place.write("other/__init__.py", "")
    place.write("other/data.txt", "of another\n")
    done = place.install("""
        import plugins.pack as p
        try:
            print(p.get_data("other", "data.txt"))
        except OSError as error:
            print(type(error).__name__)
    """)
    assert done.out == "FileNotFoundError\n", done.out + done.err


def test_what_must_be_signed_is_verified(tmp_path):
    yard = Yard(tmp_path)
    folder = yard.lib / "plugins/pack"
    folder.mkdir(parents=True)
    (yard.lib / "plugins/__init__.py").write_text("")
    (folder / "__init__.py").write_text(guarded.dedent(PLUGIN).replace("import pkgutil\n", ""))
    (folder / "table.txt").write_text("a table\n")
    (folder / "extra").mkdir()
    yard.policy("plugins = allow\nplugins.* = signed sandbox:strict\n")
    yard.sign(folder, root=yard.lib)
    code = "import plugins.pack as p\nprint(p.attempt('table.txt'), p.attempt('none'))\n"
    done = yard.run(code)
    assert done.out == "b'a table\\n' FileNotFoundError\n", done.out + done.err
    (folder / "table.txt").write_text("another\n")
    (folder / "none").write_text("not listed\n")
    done = yard.run(code)
    assert done.out == "OSError FileNotFoundError\n", done.out + done.err
    record = [r for r in done.records if r["event"] == "resource"][0]
    assert (record["verdict"], record["outcome"]) == ("deny", "refused")
    assert record["reason"] in ("hash-mismatch", "size-mismatch") and record["error"]


def test_there_is_an_end_to_asking(place):
    place.write("plugins/pack/__init__.py", PLUGIN.replace("def read(", """def many():
        for i in range(3000):
            attempt("none")

    def read("""))
    done = place.install("""
        import plugins.pack as p
        try:
            p.many()
        except ImportError as error:
            print(error)
    """)
    assert "no more" in done.out, done.out + done.err
