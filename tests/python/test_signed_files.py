# SPDX-License-Identifier: Apache-2.0
"""Attacks on the files of signed packages: what was signed runs, or nothing does."""

import os
import shutil
import subprocess

import pytest

import guarded
import signing

pytestmark = signing.needs_minisign

CART = "def total():\n    return sum([1, 2])\n"
EVIL = "evil = 1\nprint('evil')\ndef total():\n    return 'evil'\n"


def seal(site):
    """Signs the folder shop as it is now, in the way of this site."""
    if site.way == "file by file":
        return
    subprocess.run([os.path.join(guarded.BUILD, "stockade"), "sign", "--key",
                    str(site.key.secret_file), *(["--no-code"] if site.way == "tree" else []),
                    str(site.lib / "shop")], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(params=["file by file", "tree", "tree with code"])
def shop(request, tmp_path):
    site = signing.Site(tmp_path)
    site.way = request.param
    name = site.way == "file by file"
    site.write("shop/__init__.py", "name = 'shop'\n", "shop" if name else None, "package")
    site.write("shop/cart.py", CART, "shop.cart" if name else None)
    site.write("shop/db/__init__.py", "", "shop.db" if name else None, "package")
    site.write("shop/db/row.py", "x = 'row'\n", "shop.db.row" if name else None)
    seal(site)
    return site


SAY = """
    import stockade
    try:
        import shop.cart
        print(shop.cart.total())
    except stockade.SignatureError as error:
        print(error.name, error.reason)
    except ImportError as error:
        print(type(error).__name__)
    print("shop.cart" in sys.modules)
"""


def said(site, code=SAY, *options):
    done = site.run(code, *options)
    assert done.code == 0, done.err
    assert "evil" not in done.out
    return done.out.split("\n")[:-1], done


def refused(site, reason, name="shop.cart", code=None):
    """It is refused by name and recorded, and nothing of it is left."""
    lines, done = said(site, (code or SAY).replace("shop.cart", name)
                       .replace("%s.total()" % name, "'ran'"))
    assert lines == ["%s %s" % (name, reason), "False"]
    records = done.attempts(name, verdict="deny", outcome="refused", reason=reason)
    assert len(records) == 1 and records[0]["error"]
    return records[0]


RAN = ["3", "True"]


# ---- bytecode ---------------------------------------------------------------


@pytest.mark.parametrize("mode", ["TIMESTAMP", "CHECKED_HASH", "UNCHECKED_HASH"])
def test_poisoned_bytecode_in_the_cache_is_not_read(shop, mode):
    shop.poison("shop/cart.py", EVIL, mode)
    assert said(shop)[0] == RAN


def test_poisoned_bytecode_under_a_prefix_is_not_read(shop):
    shop.poison("shop/cart.py", EVIL, "UNCHECKED_HASH")
    cache = shop.folder / "cache" / str(shop.lib / "shop").lstrip("/")
    cache.mkdir(parents=True)
    for file in (shop.lib / "shop/__pycache__").iterdir():
        shutil.copy(str(file), str(cache / file.name))
    assert said(shop, "sys.pycache_prefix = %r\n" % str(shop.folder / "cache")
                + guarded.dedent(SAY))[0] == RAN


def test_bytecode_beside_its_source_is_not_read(shop):
    shop.bytecode("shop/cart.pyc", EVIL)
    assert said(shop)[0] == RAN


def test_bytecode_instead_of_its_source_is_refused(shop):
    shop.bytecode("shop/cart.pyc", EVIL)
    os.unlink(str(shop.lib / "shop/cart.py"))
    refused(shop, "sourceless" if shop.way == "file by file" else "unreadable")


def test_a_package_of_bytecode_is_refused(shop):
    shop.bytecode("shop/db/__init__.pyc", EVIL)
    os.unlink(str(shop.lib / "shop/db/__init__.py"))
    refused(shop, "sourceless" if shop.way == "file by file" else "unreadable", "shop.db")


def test_bytecode_that_nobody_signed_is_refused(shop):
    shop.bytecode("shop/more.pyc", EVIL)
    refused(shop, "sourceless" if shop.way == "file by file" else "unlisted", "shop.more")


# ---- what lies beside -------------------------------------------------------


def refused_alone(shop, file):
    """As shop.more, with the file that would have been it, and what to do."""
    if shop.way == "file by file":
        refused(shop, "unsigned", "shop.more")
        return
    assert refused(shop, "unlisted", "shop.more")["error"] == (
        "%s is not in the signed tree that it lies in; remove it, or sign the tree again"
        % (shop.lib / file))


def test_a_module_that_is_added_is_refused(shop):
    shop.write("shop/more.py", EVIL)
    refused_alone(shop, "shop/more.py")


@pytest.mark.parametrize("suffix", [".so", ".abi3.so"])
def test_an_extension_that_is_dropped_beside_is_not_loaded(shop, suffix):
    (shop.lib / ("shop/cart" + suffix)).write_bytes(b"\x7fELF evil")
    assert said(shop)[0] == RAN
    (shop.lib / ("shop/more" + suffix)).write_bytes(b"\x7fELF evil")
    refused_alone(shop, "shop/more" + suffix)


def test_a_folder_beside_its_module_is_refused(shop):
    """Python would take the package: nobody may choose by adding one."""
    shop.write("shop/cart/__init__.py", EVIL)
    if shop.way == "file by file":
        refused(shop, "unsigned")
    else:
        assert said(shop)[0] == RAN


def test_a_module_is_no_package_and_a_package_no_module(shop):
    os.mkdir(str(shop.lib / "shop/pay"))
    for suffix in ("", ".minisig") if shop.way == "file by file" else ("",):
        shutil.copy(str(shop.lib / ("shop/cart.py" + suffix)),
                    str(shop.lib / ("shop/pay/__init__.py" + suffix)))
    if shop.way != "file by file":
        refused(shop, "unlisted", "shop.pay")
        return
    refused(shop, "kind-mismatch", "shop.pay")
    shop.key.sign_module(shop.lib / "shop/pay/__init__.py", "shop.pay", "module")
    refused(shop, "kind-mismatch", "shop.pay")
    for suffix in ("", ".minisig"):
        shutil.copy(str(shop.lib / ("shop/db/__init__.py" + suffix)),
                    str(shop.lib / ("shop/db2.py" + suffix)))
    refused(shop, "kind-mismatch", "shop.db2")


def test_data_that_is_signed_is_no_module(shop):
    if shop.way != "file by file":
        pytest.skip("data of a tree is a row of it")
    file = shop.write("shop/readme.py", EVIL)
    shop.key.sign_module(file, "shop/readme.py", "data")
    refused(shop, "kind-mismatch", "shop.readme")
    shop.key.sign(file, "timestamp:1\tfile:readme.py\thashed")
    refused(shop, "unbound", "shop.readme")


def test_a_module_of_another_package_is_not_this_one(shop):
    other = shop.lib / "other"
    shutil.copytree(str(shop.lib / "shop"), str(other))
    shop.policy("[modules]\nshop = signed\nother = signed\n")
    refused(shop, "name-mismatch", "other")


# ---- links and other files --------------------------------------------------


@pytest.mark.parametrize("what", ["cart.py", "db"])
def test_links_in_a_signed_package_are_refused(shop, what):
    """A link can be turned at any time, whatever it leads to now."""
    path = shop.lib / "shop" / what
    os.rename(str(path), str(shop.folder / "elsewhere"))
    os.symlink(str(shop.folder / "elsewhere"), str(path))
    refused(shop, "path", "shop.cart" if what == "cart.py" else "shop.db")


def test_the_package_itself_is_no_link(shop):
    os.rename(str(shop.lib / "shop"), str(shop.folder / "elsewhere"))
    os.symlink(str(shop.folder / "elsewhere"), str(shop.lib / "shop"))
    refused(shop, "path", "shop")


@pytest.mark.parametrize("make", [
    lambda path: os.mkfifo(path), lambda path: os.mkdir(path),
    lambda path: os.symlink("/dev/zero", path), lambda path: os.symlink(path, path),
])
def test_what_is_no_file_is_refused_at_once(shop, make):
    os.unlink(str(shop.lib / "shop/cart.py"))
    make(str(shop.lib / "shop/cart.py"))
    refused(shop, "path")


def test_files_of_any_size_are_refused_before_they_are_read(shop):
    with open(str(shop.lib / "shop/cart.py"), "r+b") as file:
        file.truncate(1 << 40)
    refused(shop, "too-large")


def test_signatures_of_any_size_are_refused_before_they_are_read(shop):
    name = "cart.py" if shop.way == "file by file" else "STOCKADE.manifest"
    with open(str(shop.lib / "shop" / (name + ".minisig")), "r+b") as file:
        file.truncate(1 << 40)
    refused(shop, "malformed", "shop.cart" if shop.way == "file by file" else "shop")


# ---- what was cut off -------------------------------------------------------


def test_what_is_cut_off_is_refused(shop):
    names = (["cart.py", "cart.py.minisig"] if shop.way == "file by file"
             else ["STOCKADE.manifest", "STOCKADE.manifest.minisig"])
    for name in names:
        file = shop.lib / "shop" / name
        whole = file.read_bytes()
        for length in (0, 1, 20, len(whole) // 2, len(whole) - 2, len(whole) - 1):
            file.write_bytes(whole[:length])
            lines, _ = said(shop)
            assert len(lines) == 2, (name, length, lines)
            assert lines[0].split()[0] in ("shop", "shop.cart") and lines[1] == "False"
            assert lines[0].split()[1] in ("bad-signature", "malformed", "bad-global-signature")
        file.write_bytes(whole)
    assert said(shop)[0] == RAN


def test_a_row_that_is_taken_out_takes_the_tree_with_it(shop):
    if shop.way == "file by file":
        pytest.skip("there is no manifest")
    manifest = shop.lib / "shop/STOCKADE.manifest"
    lines = manifest.read_text().splitlines(True)
    manifest.write_text("".join(line for line in lines if "cart.py" not in line))
    refused(shop, "bad-signature", "shop")


def test_a_tree_without_its_manifest_is_not_signed(shop):
    if shop.way == "file by file":
        pytest.skip("there is no manifest")
    os.unlink(str(shop.lib / "shop/STOCKADE.manifest"))
    refused(shop, "unsigned", "shop")


def test_a_module_that_is_missing_is_looked_for_nowhere_else(shop):
    os.unlink(str(shop.lib / "shop/cart.py"))
    other = shop.write("../other/shop/cart.py", EVIL).parent
    lines, _ = said(shop, """
        import shop
        shop.__path__.append(%r)
        sys.path.append(%r)
        try:
            import shop.cart
            print(shop.cart.total())
        except ImportError as error:
            print(type(error).__name__)
    """ % (str(other), str(other.parent)))
    assert lines == ["ModuleNotFoundError" if shop.way == "file by file" else "SignatureError"]


# ---- where packages are looked for ------------------------------------------


def test_a_folder_that_comes_later_adds_nothing(shop):
    later = shop.write("../later/shop/more.py", EVIL).parent.parent
    done = shop.run("""
        import shop
        sys.path.append(%r)
        try:
            import shop.more
        except ModuleNotFoundError:
            print("not found")
    """ % str(later))
    assert done.out == "not found\n", done.err


def test_a_folder_that_comes_first_must_be_signed_itself(shop):
    first = shop.write("../first/shop/__init__.py", EVIL).parent.parent
    done = shop.run("sys.path.insert(0, %r)\n" % str(first) + guarded.dedent(SAY))
    assert done.out == "shop unsigned\nFalse\n", done.err


@pytest.mark.parametrize("change", [
    "shop.__path__ = [OTHER]", "shop.__path__.insert(0, OTHER)", "shop.__path__[:] = [OTHER]",
    "shop.__spec__.submodule_search_locations[:] = [OTHER]",
    "shop.__path__ = __import__('pkgutil').extend_path([OTHER], 'shop')",
    "shop.__path__ = type('Path', (list,), {'__iter__': lambda self: iter([OTHER])})()",
    "shop.__loader__ = None; shop.__spec__ = None; shop.__path__ = [OTHER]",
    "sys.path_importer_cache.clear(); sys.path[:] = [OTHER.rpartition('/')[0]]",
])
def test_the_path_of_a_signed_package_is_nobodys_to_change(shop, change):
    other = shop.write("../other/shop/cart.py", EVIL).parent
    shop.write("../other/shop/more.py", EVIL)
    done = shop.run("""
        import shop
        OTHER = %r
        %s
        try:
            import shop.more
        except ModuleNotFoundError:
            print("not found")
        import shop.cart
        print(shop.cart.total())
    """ % (str(other), change))
    assert done.out == "not found\n3\n", done.err


def test_namespace_portions_are_those_that_were_signed(shop):
    if shop.way == "file by file":
        pytest.skip("a namespace is a row of a tree")
    shop.write("shop/space/one.py", "x = 'one'\n")
    seal(shop)
    later = shop.write("../later/shop/space/two.py", EVIL).parent.parent.parent
    done = shop.run("""
        sys.path.append(%r)
        import shop.space, shop.space.one
        print(shop.space.one.x, len(list(shop.space.__path__)))
        try:
            import shop.space.two
        except ImportError as error:
            print(type(error).__name__)
    """ % str(later))
    assert done.out == "one 1\nModuleNotFoundError\n", done.err


def test_a_namespace_that_nobody_signed_is_none(site_of):
    site_of.write("space/one.py", EVIL)
    site_of.policy("[modules]\nspace = signed\n")
    done = site_of.run("""
        try:
            import space.one
        except ImportError as error:
            print(type(error).__name__, error.name)
        print("space" in sys.modules)
    """)
    assert done.out == "ModuleNotFoundError space\nFalse\n", done.err


@pytest.fixture
def site_of(tmp_path):
    return signing.Site(tmp_path)


# ---- names ------------------------------------------------------------------


def test_a_name_in_another_case_is_another_name(shop):
    shop.policy("[modules]\nshop = signed\nShop = signed\nSHOP = deny\n")
    shutil.copytree(str(shop.lib / "shop"), str(shop.lib / "Shop"))
    shutil.copytree(str(shop.lib / "shop"), str(shop.lib / "SHOP"))
    done = shop.run("""
        for name in ("Shop", "SHOP", "shop.Cart", "shop.CART"):
            try:
                __import__(name)
                print("ran")
            except ImportError as error:
                print(name, type(error).__name__, getattr(error, "reason", None))
    """)
    assert done.out.splitlines() == [
        "Shop SignatureError name-mismatch", "SHOP ImportDenied rule",
        "shop.Cart ModuleNotFoundError None", "shop.CART ModuleNotFoundError None"], done.err


def test_a_name_that_looks_alike_is_taken_as_it_is_given(site_of):
    """The compiler makes NFKC of what a statement says (PEP 3131), __import__() does not."""
    site_of.policy("[modules]\nfile = signed\n", settings="")
    site_of.write("file.py", "x = 'signed'\n", "file")
    done = site_of.run("""
        exec("import \\ufb01le")
        print(sys.modules["file"].x, "\\ufb01le" in sys.modules)
        try:
            __import__("\\ufb01le")
        except ImportError:
            print("not found")
    """)
    assert done.out == "signed False\nnot found\n", done.err


def test_names_that_no_signature_can_have_are_refused(site_of):
    site_of.write("shop/__init__.py", "", "shop", "package")
    for name in ("\ufb01le", "caf\u00e9", "a\u200bb"):
        file = site_of.write("shop/%s.py" % name, EVIL)
        site_of.key.sign_module(file, "shop.x")
    done = site_of.run("""
        import importlib, shop
        for name in ("\\ufb01le", "caf\\u00e9", "a\\u200bb"):
            try:
                importlib.import_module("shop." + name)
                print("ran")
            except ImportError as error:
                print(type(error).__name__)
    """)
    assert done.code == 0, done.err
    assert set(done.out.split()) <= {"SignatureError", "ImportDenied", "ModuleNotFoundError"}


@pytest.mark.parametrize("name", ["shop.../evil", "shop.a/b", "shop.a\\0b", "shop.cart\\n",
                                  "shop. cart", "shop..cart", "shop.", "shop.__init__",
                                  "shop.cart.py", "shop.STOCKADE", "shop./etc/passwd"])
def test_odd_names_lead_nowhere(shop, name):
    shop.write("evil.py", EVIL)
    done = shop.run("""
        import importlib.util, shop
        for find in (__import__, importlib.import_module, importlib.util.find_spec):
            try:
                found = find("%s")
                print(found and "ran")
            except (ImportError, ValueError) as error:
                print(None)
    """ % name)
    assert done.code == 0, done.err
    assert done.out == "None\n" * 3, done.err


# ---- text -------------------------------------------------------------------


@pytest.mark.parametrize("text, shown", [
    ("# -*- coding: latin-1 -*-\nx = '\u00e9'\n".encode("latin-1"), "1"),
    (b"\xef\xbb\xbfx = 'a'\n", "1"), (b"x = 'a'\r\ny = '''a\r\nb'''\r\n", "1"),
])
def test_bytes_are_signed_and_compiled_as_they_are(site_of, text, shown):
    file = site_of.write("shop.py", text, "shop")
    code = "import shop; print(len(shop.x))"
    assert site_of.run(code).out == shown + "\n"
    for other in (text.decode("latin-1").encode("utf-16"), text.replace(b"\n", b"\r\n"),
                  text.replace(b"latin-1", b"cp1252 ") + b" "):
        file.write_bytes(other)
        done = site_of.run(code)
        assert done.code == 1 and "(bad-signature)" in done.err


def test_files_of_a_namespace_are_those_that_were_signed(shop):
    if shop.way == "file by file":
        pytest.skip("nobody signs folders without a tree")
    for name, text in (("note.txt", "signed"), ("other.txt", "signed")):
        path = shop.lib / "shop" / "space" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    seal(shop)
    (shop.lib / "shop" / "space" / "note.txt").write_text("evil")
    (shop.lib / "shop" / "space" / "new.txt").write_text("evil")
    done = shop.run("""
        import importlib.resources, stockade
        if sys.version_info < (3, 10):
            raise SystemExit("no reader of namespaces")
        folder = importlib.resources.files("shop.space")
        print(sorted(child.name for child in folder.iterdir()))
        print((folder / "other.txt").read_text(), (folder / "new.txt").exists())
        for name in "note.txt", "new.txt":
            try:
                print((folder / name).read_text())
            except (stockade.SignatureError, FileNotFoundError) as error:
                print(type(error).__name__)
    """)
    if "no reader of namespaces" not in done.err:
        assert done.out.splitlines() == ["['note.txt', 'other.txt']", "signed False",
                                         "SignatureError", "FileNotFoundError"], done.err
