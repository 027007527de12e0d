# SPDX-License-Identifier: Apache-2.0
# covers: python/load/opencode.c
# covers: python/signed/want.c
# covers: python/load/whose.c
"""What is opened as code past the import system: verified bytes, or nothing."""

import os
import shutil
import zipfile

import pytest

import signing

pytestmark = signing.needs_minisign

MAIN = "[modules]\n__main__ = signed\nshop = signed\n"


@pytest.fixture
def shop(tmp_path):
    site = signing.Site(tmp_path)
    site.write("shop/__init__.py", "name = 'shop'\n", "shop", "package")
    site.write("shop/cart.py", "def total():\n    return sum([1, 2])\n", "shop.cart")
    return site


@pytest.fixture
def main(shop):
    """The program is signed, too: what it opens by a path is held to that."""
    shop.policy(MAIN)
    return shop


def run_signed(site, code, *words):
    program = site.write("../program.py",
                         "import sys\nsys.path.insert(0, %r)\n" % str(site.lib)
                         + signing.guarded.dedent(code), "program")
    return site.start(str(program), *words)


def refused(done, path):
    found = done.attempts("__main__", verdict="deny", outcome="refused", origin=str(path))
    assert found and found[0]["error"]
    return found[0]


OPEN = """
    import io, stockade
    try:
        with io.open_code(%r) as file:
            print(type(file).__name__, file.read())
    except Exception as error:
        print(type(error).__name__, getattr(error, "reason", None), getattr(error, "name", None))
"""


def opened(site, path, run=None):
    done = (run or site.run.__func__)(site, OPEN % str(path))
    assert done.code == 0, done.err
    return done.out.rstrip("\n"), done


def test_a_signed_module_is_opened_as_its_verified_bytes(shop):
    said, done = opened(shop, shop.lib / "shop/cart.py")
    assert said.startswith("BytesIO b'def total()")
    record = done.attempts("shop.cart", outcome="found")[0]
    assert record["key"] == "vendor" and len(record["digest"]) == 64
    assert record["importer"] == "__main__"


def test_a_package_that_is_looked_at_is_not_the_one_that_is_loaded(shop):
    """Another release of it on sys.path: the modules of the loaded one stay its own."""
    shop.write("../other/shop/__init__.py", "name = 'other'\n", "shop", "package")
    shop.write("../other/shop/cart.py", "def total():\n    return 'other'\n", "shop.cart")
    done = shop.run("""
        import io, shop
        sys.path.append(%r)
        print(io.open_code(sys.path[-1] + "/shop/__init__.py").read())
        import shop.cart
        print(shop.name, shop.cart.total())
    """ % str(shop.folder / "other"))
    assert done.out == "b\"name = 'other'\\n\"\nshop 3\n", done.err


def test_what_need_not_be_signed_is_opened_as_ever(shop):
    shop.write("plain.py", "x = 1\n")
    assert opened(shop, shop.lib / "plain.py")[0] == "BufferedReader b'x = 1\\n'"


@pytest.mark.parametrize("spoil, path, reason", [
    (lambda file: file.write_text("evil = 1\n"), "shop/cart.py", "bad-signature"),
    (lambda file: os.unlink(str(file) + ".minisig"), "shop/cart.py", "unsigned"),
    (lambda file: shutil.copy(str(file), str(file.parent / "pay.py")), "shop/pay.py", "unsigned"),
    (lambda file: shutil.copy(str(file), str(file) + "c"), "shop/cart.pyc", "sourceless"),
    (lambda file: os.mkdir(str(file.parent / "__pycache__"))
     or shutil.copy(str(file), str(file.parent / "__pycache__/cart.cpython-311.pyc")),
     "shop/__pycache__/cart.cpython-311.pyc", "bytecode"),
    (lambda file: (file.parent / "cart.so").write_bytes(b"\x7fELF"), "shop/cart.so", "unlisted"),
    (lambda file: (file.parent / "more.txt").write_text("x"), "shop/more.txt", "unsigned"),
])
def test_what_is_not_as_it_was_signed_is_not_opened(shop, spoil, path, reason):
    spoil(shop.lib / "shop/cart.py")
    said, done = opened(shop, shop.lib / path)
    assert said.split()[:2] == ["SignatureError", reason]
    refused = [r for r in done.records if r["event"] == "import" and r["verdict"] == "deny"]
    assert [r["reason"] for r in refused] == [reason]
    assert refused[0]["outcome"] == "refused" and refused[0]["error"]
    assert refused[0]["origin"] == str(shop.lib / path)


def test_a_detour_to_the_file_changes_nothing(shop, tmp_path):
    (shop.lib / "shop/cart.py").write_text("evil = 1\n")
    os.symlink(str(shop.lib / "shop"), str(tmp_path / "elsewhere"))
    for path in ("%s/shop/../shop/cart.py" % shop.lib, "%s//shop/./cart.py" % shop.lib,
                 tmp_path / "elsewhere/cart.py"):
        assert opened(shop, path)[0] == "SignatureError bad-signature shop.cart"


def test_what_is_not_there_is_not_found(shop):
    said = opened(shop, shop.lib / "shop/__pycache__/cart.cpython-311.pyc")[0]
    assert said.startswith("FileNotFoundError")


def test_observe_records_and_opens(shop):
    (shop.lib / "shop/cart.py").write_text("x = 1\n")
    said, done = opened(shop, shop.lib / "shop/cart.py",
                        lambda site, code: site.run(code, "--observe"))
    assert said == "BufferedReader b'x = 1\\n'"
    assert done.attempts("shop.cart")[0]["outcome"] == "would-refuse"


def test_nobody_puts_another_hook_in_its_place(shop):
    done = shop.run("""
        import ctypes
        set_hook = ctypes.pythonapi.PyFile_SetOpenCodeHook
        set_hook.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        try:
            print(set_hook(None, None))
        except Exception as error:
            print(type(error).__name__)
    """)
    assert done.out == "SystemError\n", done.err


@pytest.mark.parametrize("rule, answer", [("signed", "RuntimeError True"), ("allow", "Guard")])
def test_a_hook_of_somebody_else_is_told(shop, rule, answer):
    shop.policy("[modules]\nshop = %s\n" % rule)
    second = shop.folder / "second.ini"
    second.write_text(shop.ini.read_text().replace("shop = allow", "shop = signed"))
    program = shop.folder / "host.py"
    program.write_text(signing.guarded.dedent("""
        import ctypes, sys, stockade
        def opens(path, data):
            import _io
            return _io.open(path, "rb")
        hook = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.c_void_p)(opens)
        set_hook = ctypes.pythonapi.PyFile_SetOpenCodeHook
        set_hook.argtypes = [type(hook), ctypes.c_void_p]
        assert set_hook(hook, None) == 0
        try:
            guard = stockade.install(sys.argv[1])
            print(type(guard).__name__)
            open(sys.argv[1], "w").write(open(sys.argv[2]).read())
            guard.reload()
        except Exception as error:
            print(type(error).__name__, "open-code hook" in str(error))
    """))
    said = signing.subprocess.run(
        [signing.plain_python(), str(program), str(shop.ini), str(second)],
        env=signing.guarded.environment(), stdout=signing.subprocess.PIPE,
        universal_newlines=True, timeout=60).stdout
    lines = said.splitlines()
    assert lines[0] == answer
    if rule == "allow":
        assert lines[1].endswith(" True")


# ---- what no name leads to --------------------------------------------------


def test_run_path_runs_verified_bytes(main, tmp_path):
    other = tmp_path / "tool.py"
    other.write_text("print('tool')\n")
    main.key.sign_module(other, "tool")
    code = "import runpy; runpy.run_path(%r)" % str(other)
    done = run_signed(main, code)
    assert done.out == "tool\n", done.err
    other.write_text("print('evil')\n")
    done = run_signed(main, code)
    assert "evil" not in done.out
    assert "SignatureError: __main__ is refused (bad-signature)" in done.err


@pytest.mark.parametrize("kind, module, reason", [
    ("module", "__main__", None), ("module", "other", "name-mismatch"),
    ("data", "tool.py", "kind-mismatch"), (None, None, "unsigned"),
])
def test_the_program_is_signed_as_what_it_is(main, tmp_path, kind, module, reason):
    other = tmp_path / "tool.py"
    other.write_text("print('tool')\n")
    if kind:
        main.key.sign_module(other, module, kind)
    done = run_signed(main, "import runpy; runpy.run_path(%r)" % str(other))
    if reason:
        assert done.code == 1 and not done.out
        assert "(%s)" % reason in done.err
        assert refused(done, other)["reason"] == reason
    else:
        assert done.out == "tool\n", done.err


def test_bytecode_that_somebody_signed_is_no_program(main):
    file = main.bytecode("../tool.txt", "print('evil')\n")
    main.key.sign_module(file, "tool")
    done = run_signed(main, "import runpy; runpy.run_path(%r)" % str(file))
    assert "evil" not in done.out
    assert "(bytecode)" in done.err


ZIP = """
    import zipimport
    try:
        print(zipimport.zipimporter(%r).load_module("inside").x)
    except Exception as error:
        print(type(error).__name__, getattr(error, "reason", None))
"""


def archive(site, name="app.zip", **members):
    file = site.folder / name
    with zipfile.ZipFile(str(file), "w") as zip:
        for member, text in members.items():
            zip.writestr(member + ".py", text)
    return file


def test_an_archive_is_signed_whole(main):
    file = archive(main, inside="x = 'zip'\n")
    assert run_signed(main, ZIP % str(file)).out == "SignatureError unsigned\n"
    main.key.sign_module(file, "app.zip", "data")
    assert run_signed(main, ZIP % str(file)).out == "zip\n"
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(bytes(data))
    assert run_signed(main, ZIP % str(file)).out == "SignatureError bad-signature\n"


def test_an_archive_that_is_put_before_a_signed_one_is_another_file(main):
    file = archive(main, inside="x = 'zip'\n")
    main.key.sign_module(file, "app.zip", "data")
    evil = archive(main, "evil.zip", inside="x = 'evil'\n")
    file.write_bytes(evil.read_bytes() + file.read_bytes())
    assert run_signed(main, ZIP % str(file)).out == "SignatureError bad-signature\n"


def test_an_archive_that_changes_while_it_is_used_is_not_mixed(main):
    file = archive(main, inside="x = 'zip'\n", later="y = 'zip'\n")
    evil = archive(main, "evil.zip", inside="x = 'bad'\n", later="y = 'bad'\n")
    main.key.sign_module(file, "app.zip", "data")
    done = run_signed(main, """
        import shutil, zipimport
        archive = zipimport.zipimporter(%r)
        print(archive.load_module("inside").x)
        shutil.copy(%r, %r)
        try:
            print(archive.load_module("later").y)
        except ImportError as error:
            print(error.reason)
    """ % (str(file), str(evil), str(file)))
    assert done.out == "zip\nbad-signature\n", done.err


def test_the_bytes_of_an_archive_are_nobodys_to_change(main):
    file = archive(main, inside="x = 'zip'\n")
    main.key.sign_module(file, "app.zip", "data")
    done = run_signed(main, """
        import io
        one = io.open_code(%r)
        view = one.getbuffer()
        view[:] = bytes(len(view))
        view.release(); one.seek(0); one.write(b"evil")
        print(io.open_code(%r).read(2))
    """ % (str(file), str(file)))
    assert done.out == "b'PK'\n", done.err


def test_a_pth_file_without_a_signature_is_skipped(main, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    pth = site / "evil.pth"
    pth.write_text("import sys; sys.pth = 'ran'\n")
    code = """
        import site
        site.addsitedir(%r)
        print(getattr(sys, "pth", "skipped"))
    """ % str(site)
    done = run_signed(main, code)
    assert done.out == "skipped\n", done.err
    assert done.code == 0
    assert refused(done, pth)["reason"] == "unsigned"
    main.key.sign_module(pth, "evil.pth", "data")
    assert run_signed(main, code).out == "ran\n"


def test_pth_files_are_skipped_at_the_start(main, tmp_path):
    venv = tmp_path / "venv"
    main.python("-m", "venv", "--without-pip", str(venv))
    found = main.python("-c", "import sys; print('python%d.%d' % sys.version_info[:2])").strip()
    pth = venv / "lib" / found / "site-packages/evil.pth"
    pth.write_text("import sys; print('evil')\n")
    program = main.write("../program.py", "print('program')\n", "program")
    done = main.start(str(program), VIRTUAL_ENV=str(venv))
    assert done.out == "program\n", done.err
    assert refused(done, pth)["reason"] == "unsigned"


def test_an_import_of_what_need_not_be_signed_is_not_the_programs(main, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "plain.py").write_text("x = 'plain'\n")
    done = run_signed(main, """
        import shop
        package = type(shop)("package")
        package.__path__ = [%r]
        sys.modules["package"] = package
        import package.plain
        print(package.plain.x)
    """ % str(other))
    assert done.out == "plain\n", done.err
