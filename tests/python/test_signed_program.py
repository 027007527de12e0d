# SPDX-License-Identifier: Apache-2.0
# covers: python/load/opened.c, python/load/program.c
"""The program itself, where a rule says `__main__ = signed`."""

import os
import subprocess
import zipfile

import pytest

import guarded
import signing

pytestmark = signing.needs_minisign


@pytest.fixture
def site(tmp_path):
    site = signing.Site(tmp_path)
    site.policy("[modules]\n__main__ = signed\n")
    return site


def program(site, text, module="program", name="program.py", kind="module"):
    return site.write("../" + name, text, module, kind)


def refused(done, reason):
    assert done.code == 1
    assert done.out == ""
    assert "SignatureError: __main__ is refused (%s)" % reason in done.err
    records = [r for r in done.attempts("__main__", verdict="deny", outcome="refused")
               if not (r.get("origin") or "").endswith(".pth")]
    assert records and records[-1]["reason"] == reason and records[-1]["error"]
    assert records[-1]["requirement"] == "signed"
    return records[-1]


SHOW = """
    import sys
    print(__name__, __file__ == sys.argv[0] or __file__.endswith("/program.py"), sys.argv[1:])
    print(sys.path[0])
    raise SystemExit(7)
"""


@pytest.mark.parametrize("module", ["program", "__main__"])
def test_a_signed_program_runs_as_it_would_without_us(site, module):
    file = program(site, SHOW, module)
    done = site.start(str(file), "a", "b")
    assert done.out == "__main__ True ['a', 'b']\n%s\n" % site.folder, done.err
    assert done.code == 7
    record = done.attempts("__main__", outcome="found")[0]
    assert record["key"] == "vendor" and record["origin"] == str(file)


def test_by_a_relative_path_too(site):
    program(site, "print(__name__)\n")
    assert site.start("program.py").out == "__main__\n"
    assert site.start("./lib/../program.py").out == "__main__\n"


def test_a_traceback_has_its_lines(site):
    file = program(site, "def f():\n    1 / 0\nf()\n")
    done = site.start(str(file))
    assert done.code == 1
    assert "1 / 0" in done.err and 'program.py", line 2, in f' in done.err
    assert done.err.rstrip().endswith("ZeroDivisionError: division by zero")


def test_a_warning_of_the_compiler_is_told_once(site):
    file = program(site, "x = 1 is 1\nprint('ran')\n")
    done = site.start(str(file))
    assert done.out == "ran\n"
    assert done.err.count("SyntaxWarning") == 1
    done = site.start(str(file), PYTHONWARNINGS="ignore")
    assert (done.out, done.err.count("SyntaxWarning")) == ("ran\n", 0)


@pytest.mark.parametrize("text", [
    "# -*- coding: latin-1 -*-\nprint(len('\xe9'))\n".encode("latin-1"),
    b"\xef\xbb\xbfprint(1)\n", b"print(1)\r\n", b"from __future__ import annotations\nprint(1)",
    b"async def f():\n    return [x async for x in y]\nlambda: 0\nprint(1 if 'a' 'b' else 2.5)\n",
    b'"""doc"""\nclass A:\n    """doc"""\n    x: int = 1\nprint(A.x, end="\\n")\n',
])
def test_source_of_every_kind_is_recognised(site, text):
    assert site.start(str(program(site, text))).out == "1\n"


@pytest.mark.parametrize("spoil, reason", [
    (lambda file: file.write_text("print('evil')\n"), "bad-signature"),
    (lambda file: os.unlink(str(file) + ".minisig"), "unsigned"),
    (lambda file: file.write_text("evil ("), "bad-signature"),
    (lambda file: open(str(file) + ".minisig", "w").close(), "malformed"),
])
def test_a_program_that_is_not_as_it_was_signed_does_not_run(site, spoil, reason):
    file = program(site, "print('program')\n")
    spoil(file)
    refused(site.start(str(file)), reason)


def test_a_link_leads_to_what_is_signed(site):
    file = program(site, "print('program')\n")
    os.symlink(str(file), str(site.folder / "start"))
    assert site.start("start").out == "program\n"
    (site.folder / "evil.py").write_text("print('evil')\n")
    os.unlink(str(site.folder / "start"))
    os.symlink("evil.py", str(site.folder / "start"))
    refused(site.start("start"), "unsigned")


def test_a_file_that_changes_before_it_is_read_does_not_run(site):
    """CPython reads the file by itself, after we have: what it has read is compared."""
    file = program(site, "print('program')\n")
    os.rename(str(file), str(site.folder / "good"))
    (site.folder / "evil").write_text("print('evil')\n")
    os.symlink("good", str(file))
    os.rename(str(file) + ".minisig", str(site.folder / "good.minisig"))
    site.key.sign_module(site.folder / "good", "good")
    # the audit hook of an embedding host, by way of a trace of system calls, is too slow to
    # win this: swap it again and again
    swap = subprocess.Popen(
        [signing.plain_python(), "-I", "-S", "-c",
         "import os, time\nend = time.time() + 20\nwhile time.time() < end:\n"
         "    for name in ('evil', 'good'):\n"
         "        os.symlink(name, 'next'); os.rename('next', 'program.py')\n"
         "        time.sleep(0.0007)\n"], cwd=str(site.folder))
    try:
        outcomes = {site.start(str(file)).out for _ in range(15)}
    finally:
        swap.kill()
        swap.wait()
    assert outcomes <= {"", "program\n"}


@pytest.mark.parametrize("words, what", [
    (["-c", "print('evil')"], "what -c runs"),
    (["-"], "standard input"),
])
def test_what_is_no_file_is_refused(site, words, what):
    record = refused(site.start(*words), "unsigned")
    assert what in record["error"]


def test_bytecode_is_refused_whatever_it_is_called(site):
    file = site.bytecode("../program.pyc", "print('evil')\n")
    site.key.sign_module(file, "program")
    refused(site.start(str(file)), "sourceless")
    os.rename(str(file), str(site.folder / "other.py"))
    site.key.sign_module(site.folder / "other.py", "other")
    refused(site.start("other.py"), "bytecode")


def test_code_compiled_elsewhere_does_not_pass_as_the_program(site):
    """It names a signed file as its own: the code itself is compared."""
    file = program(site, "print('program')\n")
    evil = site.folder / "evil.py"
    evil.write_text("print('evil')\n")
    cache = site.folder / "__main__.pyc"
    site.python("-c", "import py_compile, sys; py_compile.compile(*sys.argv[1:])",
                str(evil), str(cache), str(file))
    done = site.start(str(site.folder))
    assert "evil" not in done.out


def test_startup_files_are_not_run(site):
    startup = site.folder / "startup.py"
    startup.write_text("print('evil')\n")
    done = site.start(str(program(site, "print('program')\n")), PYTHONSTARTUP=str(startup))
    assert done.out == "program\n"
    done = site.start("-", PYTHONSTARTUP=str(startup), PYTHONINSPECT="1")
    assert "evil" not in done.out


@pytest.mark.parametrize("name", ["sitecustomize", "usercustomize"])
def test_customisation_that_is_not_signed_is_skipped(site, name):
    site.policy("[modules]\n__main__ = signed\n%s = signed\n" % name)
    site.write(name + ".py", "print('evil')\n")
    done = site.start(str(program(site, "print('program')\n")),
                      PYTHONPATH="%s:%s" % (guarded.environment()["PYTHONPATH"], site.lib))
    if name == "usercustomize" and not done.attempts(name):
        pytest.skip("this Python has no user site here")
    assert done.out == "program\n", done.err
    assert done.attempts(name)[0]["reason"] == "unsigned"


# ---- -m, folders, archives --------------------------------------------------


def start_in(site, *words, **more):
    return site.start(*words, PYTHONPATH="%s:%s" % (guarded.environment()["PYTHONPATH"],
                                                    site.lib), **more)


def test_a_module_as_the_program(site):
    site.write("app.py", "import sys\nprint(__name__, __spec__.name, sys.argv[1:])\n", "app")
    done = start_in(site, "-m", "app", "a")
    assert done.out == "__main__ app ['a']\n", done.err
    (site.lib / "app.py").write_text("print('evil')\n")
    done = start_in(site, "-m", "app")
    assert done.code == 1 and "evil" not in done.out
    assert "(bad-signature)" in done.err
    os.unlink(str(site.lib / "app.py.minisig"))
    done = start_in(site, "-m", "app")
    assert done.code == 1 and "evil" not in done.out
    assert "(unsigned)" in done.err
    assert done.attempts("app", verdict="deny")[0]["requirement"] == "signed"


def test_a_package_as_the_program(site):
    site.write("app/__init__.py", "", "app", "package")
    site.write("app/__main__.py", "print(__spec__.name)\n", "app.__main__")
    done = start_in(site, "-m", "app")
    assert done.out == "app.__main__\n", done.err
    (site.lib / "app/__main__.py").write_text("print('evil')\n")
    done = start_in(site, "-m", "app")
    assert done.code == 1 and done.out == "" and "(bad-signature)" in done.err


def test_the_poisoned_cache_of_a_module_as_the_program(site):
    site.write("app.py", "print('program')\n", "app")
    site.poison("app.py", "evil = 1\nprint('evil')\n")
    assert start_in(site, "-m", "app").out == "program\n"


def test_a_folder_as_the_program(site):
    site.write("__main__.py", "print(__name__)\n", "__main__")
    done = site.start(str(site.lib))
    assert done.out == "__main__\n", done.err
    (site.lib / "__main__.py").write_text("print('evil')\n")
    done = site.start(str(site.lib))
    # runpy says that there is none, where it is refused
    assert done.code == 1 and done.out == "" and "__main__" in done.err
    assert done.attempts("__main__", verdict="deny", reason="bad-signature")


def test_an_archive_as_the_program(site):
    file = site.folder / "app.pyz"
    with zipfile.ZipFile(str(file), "w") as zip:
        zip.writestr("__main__.py", "import other\nprint(__name__, other.x)\n")
        zip.writestr("other.py", "x = 5\n")
    refused(site.start(str(file)), "unsigned")
    site.key.sign_module(file, "app.pyz", "data")
    done = site.start(str(file))
    assert done.out == "__main__ 5\n", done.err
    data = file.read_bytes()
    file.write_bytes(b"print('evil')\n" + data)
    refused(site.start(str(file)), "bad-signature")


def test_observe_records_and_runs(site):
    file = program(site, "print('program')\n")
    os.unlink(str(file) + ".minisig")
    done = site.start("--observe", str(file))
    assert done.out == "program\n"
    record = done.attempts("__main__", origin=str(file))[0]
    assert (record["outcome"], record["reason"]) == ("would-refuse", "unsigned")
    assert site.start("--observe", "-c", "print(1)").out == "1\n"


# ---- python -m stockade run -------------------------------------------------


def wheel(site, *words):
    return subprocess.run(
        [signing.plain_python(), "-m", "stockade", "run", "-p", str(site.ini), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, env=guarded.environment(), cwd=str(site.folder), timeout=60)


def test_from_a_wheel(site):
    file = program(site, "print('program')\n")
    done = wheel(site, str(file))
    assert done.stdout == "program\n", done.stderr
    for words in (["-c", "print('evil')"], ["-"]):
        done = wheel(site, *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "(unsigned)" in done.stderr
    file.write_text("print('evil')\n")
    done = wheel(site, str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "(bad-signature)" in done.stderr


def test_from_a_wheel_a_module(site):
    file = program(site, "print('program')\n", "app", "app.py")
    assert wheel(site, "-m", "app").stdout == "program\n"
    file.write_text("print('evil')\n")
    done = wheel(site, "-m", "app")
    assert (done.returncode, done.stdout) == (1, "")
    assert "(bad-signature)" in done.stderr


def test_from_a_wheel_bytecode(site):
    file = site.bytecode("../program.pyc", "print('evil')\n")
    done = wheel(site, str(file))
    assert (done.returncode, done.stdout) == (1, "")


# ---- a module of a signed package as the program ------------------------------

@pytest.fixture
def shop(tmp_path):
    site = signing.Site(tmp_path)
    site.policy("[modules]\nshop = signed\n")
    site.write("shop/__init__.py", "", "shop", "package")
    site.write("shop/cart.py", "print('ran', __name__)\n", "shop.cart")
    return site


def start(site, *words):
    return site.start(*words, PYTHONPATH=str(site.lib))


def test_a_module_that_must_be_signed_is_a_program_as_it_was_signed(shop):
    done = start(shop, str(shop.lib / "shop/cart.py"))
    assert done.out == "ran __main__\n", done.err
    assert done.attempts("shop.cart", outcome="found")[-1]["key"] == "vendor"


@pytest.mark.parametrize("place, reason", [("shop/cart.py", "bad-signature"),
                                           ("shop/new.py", "unsigned"),
                                           ("shop/tool", None)])
@pytest.mark.parametrize("way", ["path", "link", "folder"])
def test_and_no_other_file_of_its_package_is_one(shop, place, reason, way):
    file = shop.lib / place
    file.write_text("print('EVIL')\n")
    words = str(file)
    if way == "link":
        words = str(shop.folder / "link.py")
        os.symlink(str(file), words)
    elif way == "folder":
        words = os.path.join(str(shop.lib), "shop", "..", place)
    done = start(shop, words)
    assert (done.code, done.out) == (1, ""), done.out
    name = {"new.py": "shop.new", "cart.py": "shop.cart", "tool": "shop"}[file.name]
    assert "SignatureError: %s is refused (%s" % (name, reason or "un") in done.err
    told = done.attempts(name, outcome="refused")[-1]["reason"]
    assert told == reason or (not reason and told in ("unsigned", "unlisted"))


def test_what_changes_before_it_is_opened_is_not_run(shop):
    """The file is as it was signed when CPython is about to open it, and another as it does."""
    file = shop.lib / "shop/cart.py"
    hooks = shop.folder / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(
        "import sys\ndef change(event, args):\n    if event == 'cpython.run_file':\n"
        "        open(%r, 'w').write(\"print('EVIL')\\n\")\nsys.addaudithook(change)\n" % str(file))
    done = shop.start(str(file), PYTHONPATH="%s:%s" % (hooks, shop.lib))
    assert (done.code, done.out) == (1, ""), done.out
    assert "SignatureError: shop.cart is refused (bad-signature)" in done.err


def test_a_rule_for_all_speaks_of_packages_and_not_of_the_scripts_own_folder(shop):
    shop.policy("[modules]\n* = signed\n@stdlib = allow\n__main__ = allow\n")
    script = shop.folder / "script.py"
    script.write_text("print('ran')\n")
    assert start(shop, str(script)).out == "ran\n"
    assert start(shop, str(shop.lib / "shop/cart.py")).out == "ran __main__\n"
    (shop.lib / "shop/cart.py").write_text("print('EVIL')\n")
    assert start(shop, str(shop.lib / "shop/cart.py")).out == ""


def test_text_is_no_file_of_a_package(shop):
    done = start(shop, "-c", "print('ran')")
    assert done.out == "ran\n", done.err


def test_what_the_interpreter_starts_with_is_held_to_that_too(shop):
    file = shop.lib / "shop/cart.py"
    file.write_text("print('EVIL')\n")
    done = shop.start("-i", "-c", "print('ran')", PYTHONPATH=str(shop.lib),
                      PYTHONSTARTUP=str(file))
    assert "EVIL" not in done.out
