# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/preload.c
# covers: python/broker/preload_signed.c
# covers: worker/hosted.c
# covers: worker/machine.c
# covers: worker/orphan.c
# covers: worker/preload.c
# covers: worker/thread.c
"""What `preload` names is decided, found and verified by the host, and loaded before the lock-down."""

import os
import shutil
import subprocess
import sys
import time

import pytest

import guarded
import workerplace
from compiling import compile_c
from processes import wait_until_none, workers
from signedyard import with_plugin
from test_signed_linked import add_libraries, add_module

pytestmark = pytest.mark.workers

RULES = """\
plugins = allow
plugins.* = sandbox:strict
%s

[sandbox strict]
preload = %s
deadline = 60s
"""

PLUGIN = """\
def get(name):
    import importlib, sys
    module = importlib.import_module(name)
    return "%s %s" % (getattr(module, "release", None), module.__file__)

def call(name):
    import importlib
    return importlib.import_module(name).call()

def fails(name):
    import importlib
    try:
        importlib.import_module(name)
    except ImportError as error:
        return type(error).__name__ + ": " + str(error)
"""

FAIL = """
import stockade
try:
    import plugins.reports
except stockade.SandboxError as error:
    print(error)
"""


@pytest.fixture
def yard(tmp_path):
    yard = with_plugin(tmp_path, PLUGIN)
    return yard


def loaded(done, name):
    """The records of what was loaded before there was a worker."""
    return [record for record in done.attempts(name)
            if record.get("loader") == "preload" and record["importer"] == name.split(".")[0]]


# ---- who is asked -------------------------------------------------------

def test_what_is_preloaded_is_decided_and_recorded_by_the_host(yard):
    yard.policy(RULES % ("shop = allow", "shop.deep.low"))
    done = yard.run("import plugins.reports as r\nprint(r.get('shop.deep.low'))\n")
    assert done.out == "1 %s\n" % (yard.lib / "shop/deep/low.py"), done.out + done.err
    for name in "shop", "shop.deep", "shop.deep.low":
        record, = loaded(done, name)
        assert (record["verdict"], record["outcome"], record["sandbox"]) == ("allow", "found", "strict")
        assert record["origin"].startswith(str(yard.lib / "shop"))


def test_a_package_may_read_the_files_beside_it(yard):
    yard.policy(RULES % ("shop = allow", "shop"))
    (yard.lib / "shop/__init__.py").write_text(
        "import pkgutil\nrelease = pkgutil.get_data('shop', 'table.txt')\n")
    done = yard.run("import plugins.reports as r\nprint(r.get('shop'))\n")
    assert done.out.startswith("b'1\\n' "), done.out + done.err


def test_a_namespace_package_is_preloaded(yard):
    yard.policy(RULES % ("wide = allow", "wide.part"))
    (yard.lib / "wide").mkdir()
    (yard.lib / "wide/part.py").write_text("release = 5\n")
    done = yard.run("import plugins.reports as r\nprint(r.get('wide.part'))\n")
    assert done.out == "5 %s\n" % (yard.lib / "wide/part.py"), done.out + done.err


def test_a_package_in_an_archive_is_preloaded(yard):
    yard.policy(RULES % ("shop = allow", "shop.cart"))
    shutil.make_archive(str(yard.folder / "all"), "zip", str(yard.lib), "shop")
    shutil.rmtree(str(yard.lib / "shop"))
    done = yard.run("import plugins.reports as r\nprint(r.get('shop.cart'))\n",
                    paths=[yard.lib, yard.folder / "all.zip"])
    assert done.out == "1 %s\n" % (yard.folder / "all.zip/shop/cart.py"), done.out + done.err


@pytest.mark.parametrize("name", ["msilib", "nosuchmodule", "shop.nothing"])
def test_what_is_not_there_is_told(yard, name):
    """What the standard library has elsewhere is not looked for on sys.path."""
    if name in sys.builtin_module_names or name == "msilib" and sys.platform == "win32":
        pytest.skip("this Python has it")
    (yard.lib / "msilib.py").write_text(yard.evil)
    yard.policy(RULES % ("", name))
    done = yard.run(FAIL)
    assert done.out == "plugins.reports: preload: No module named '%s'\n" % name, done.out + done.err
    assert not yard.mark.exists()


def test_what_is_needed_and_not_named_is_said(yard):
    (yard.lib / "beside.py").write_text(yard.evil)
    (yard.lib / "shop/__init__.py").write_text("import beside\n")
    yard.policy(RULES % ("", "shop"))
    done = yard.run(FAIL)
    assert done.out == (
        "plugins.reports: preload: No module named 'beside'; it is not named there, and only what"
        " is named is found\n"), done.out + done.err
    record, = done.attempts("beside")
    assert (record["outcome"], record["sandbox"]) == ("not-found", "strict")
    assert "importer" not in record
    assert not yard.mark.exists()


def test_a_folder_that_a_package_adds_is_not_looked_into(yard):
    (yard.folder / "dropped").mkdir()
    (yard.folder / "dropped/beside.py").write_text(yard.evil)
    (yard.folder / "dropped/colorsys.py").write_text(yard.evil)
    (yard.lib / "shop/__init__.py").write_text(
        "import sys\nsys.path.insert(0, %r)\nimport colorsys\nrelease = colorsys.__file__\n"
        "try:\n    import beside\nexcept ImportError:\n    pass\n" % str(yard.folder / "dropped"))
    yard.policy(RULES % ("", "shop"))
    done = yard.run("import plugins.reports as r\nprint(r.get('shop'))\n")
    assert "dropped" not in done.out and "colorsys.py" in done.out, done.out + done.err
    assert not yard.mark.exists()


def test_a_part_that_is_forbidden_is_denied_when_it_is_imported(yard):
    (yard.lib / "shop/pay.py").write_text(yard.evil)
    yard.policy(RULES % ("shop = allow\n[forbidden]\nshop.pay = no", "shop.cart"))
    done = yard.run("import plugins.reports as r\nprint(r.get('shop.cart'))\n")
    assert done.out.startswith("1 "), done.out + done.err
    (yard.lib / "shop/cart.py").write_text("import shop.pay\n")
    done = yard.run(FAIL)
    assert done.out.startswith("plugins.reports: preload: "), done.out + done.err
    assert "shop.pay" in done.out and "denied" in done.out, done.out
    record, = done.attempts("shop.pay")
    assert (record["verdict"], record["importer"], record["sandbox"]) == ("deny", "shop", "strict")
    assert not yard.mark.exists()


# ---- what must be signed ------------------------------------------------

FORMS = ["detached", "tree", "sources", "bundle"]


def sign(yard, form, *words):
    rule = "shop = signed"
    if form == "detached":
        for path in sorted((yard.lib / "shop").rglob("*")):
            if path.suffix in (".py", ".so"):
                yard.sign(path, root=yard.lib)
    elif form == "bundle":
        yard.bundle(yard.lib / "shop", "--sequence", "5")
        rule += " bundle:shop.stk"
    else:
        yard.sign(yard.lib / "shop", "--sequence", "5", *(["--no-code"] if form == "sources" else []))
    yard.policy(RULES % ("\n".join((rule,) + words), "shop.cart"))


@pytest.mark.parametrize("start", ["", "start = on_install\n"])
@pytest.mark.parametrize("form", FORMS)
def test_what_must_be_signed_is_verified_and_preloaded(yard, form, start):
    sign(yard, form)
    yard.ini.write_text(yard.ini.read_text() + start)
    folder = yard.folder if form == "bundle" else yard.lib
    if form == "bundle":
        shutil.rmtree(str(yard.lib / "shop"))
    done = yard.run("import plugins.reports as r\nprint(r.get('shop.cart'))\nprint(r.get('shop'))\n")
    assert done.out == "1 %s\n1 %s\n" % (
        folder / "shop/cart.py", folder / "shop/__init__.py"), done.out + done.err
    for name in "shop", "shop.cart":
        record, = loaded(done, name)
        assert (record["verdict"], record["outcome"]) == ("allow", "found")
        assert (record["requirement"], record["key"], record["sandbox"]) == ("signed", "a", "strict")
        # and the worker's import of it is the plugin's, verified again
        record, = [r for r in done.attempts(name) if r["importer"] == "plugins.reports" and not r.get("cached")]
        assert (record["loader"], record["key"]) == ("preload", "a")


@pytest.mark.parametrize("start", ["", "start = on_install\n"])
@pytest.mark.parametrize("form", FORMS[:3])
def test_what_was_changed_is_not_preloaded(yard, form, start):
    sign(yard, form)
    yard.ini.write_text(yard.ini.read_text() + start)
    (yard.lib / "shop/cart.py").write_text(yard.evil)
    done = yard.run(FAIL)
    record = done.attempts("shop.cart", verdict="deny")[0]
    assert (record["outcome"], record["importer"]) == ("refused", "shop")
    assert done.out.startswith("plugins.reports: preload: shop.cart is refused (%s): "
                               % record["reason"]), done.out + done.err
    assert not yard.mark.exists()


def test_an_observing_guard_preloads_it_and_says_so(yard):
    sign(yard, "tree")
    (yard.lib / "shop/cart.py").write_text("release = 7\n")
    done = yard.run("import plugins.reports as r\nprint(r.get('shop.cart'))\n", "--observe")
    assert done.out.startswith("7 "), done.out + done.err
    assert done.attempts("shop.cart", verdict="deny")[0]["reason"] == "hash-mismatch"


def test_a_module_that_was_replaced_since_is_refused_in_the_worker(yard):
    sign(yard, "tree")
    done = yard.run("""
        import os, shutil, subprocess
        import plugins.reports as r
        open(%r, "w").write("release = 2\\n")
        subprocess.run(%r, check=True, stdout=subprocess.DEVNULL)
        print(r.fails("shop.cart"))
    """ % (str(yard.lib / "shop/cart.py"), [
        os.path.join(os.environ["STOCKADE_BUILD"], "stockade"), "sign", "--key",
        str(yard.folder / "a.key"), "--sequence", "6", str(yard.lib / "shop")]))
    assert done.out == (
        "ImportError: shop.cart is not what was loaded before the lock-down: it has been replaced"
        " since; the next policy that is loaded has it loaded anew\n"), done.out + done.err
    record = done.attempts("shop.cart", outcome="failed")[0]
    assert record["error"] == "another was loaded before the lock-down"


def test_files_beside_what_must_be_signed_are_not_read_before_the_lock_down(yard):
    (yard.lib / "shop/cart.py").write_text(
        "import pkgutil\ntry:\n    pkgutil.get_data('shop', 'table.txt')\n"
        "except OSError as error:\n    release = str(error)\n")
    sign(yard, "tree")
    done = yard.run("import plugins.reports as r\nprint(r.get('shop.cart'))\n")
    assert done.out.startswith("table.txt: no file is asked of the host before the lock-down "), (
        done.out + done.err)


# ---- machine code -------------------------------------------------------

LOOK = """\
import shop.fast
release = sorted({line.split()[5] for line in open("/proc/self/maps")
                  if "r-xp" in line
                  and any(name in line for name in ("/shop", "libinner", "libouter", "memfd:stockade"))})
"""


@pytest.fixture(params=["tree", "bundle"])
def wheel(request, yard):
    """shop with an extension and its libraries, as a wheel has them."""
    libs = yard.lib / "shop.libs"
    add_libraries(libs)
    add_module(yard.lib, "fast", libs / "libouter.so", "$ORIGIN/../shop.libs",
               "-Wl,--disable-new-dtags")
    (yard.lib / "shop/look.py").write_text(LOOK)
    if request.param == "tree":
        yard.sign(yard.lib)
    else:
        yard.bundle(yard.lib, "--package", "shop")
    yard.policy(RULES % ("shop = signed%s" % (
        " bundle:shop.stk" if request.param == "bundle" else ""), "shop.fast shop.look"))
    if request.param == "bundle":
        for name in "shop", "shop.libs":
            shutil.move(str(yard.lib / name), str(yard.folder / ("moved." + name)))
    return yard


def test_a_signed_extension_is_in_a_worker_with_its_libraries(wheel):
    done = wheel.run("import plugins.reports as r\nprint(r.call('shop.fast'))\n")
    assert done.out == "42\n", done.out + done.err
    told = [os.path.basename(record["origin"]) for record in loaded(done, "shop.fast")]
    assert told == ["libouter.so", "libinner.so.1", "fast.abi3.so"]
    for record in loaded(done, "shop.fast"):
        assert record["key"] == "a" and len(record["digest"]) == 64, record
        assert record["requirement"] == "signed" and record["sandbox"] == "strict"


def test_an_extension_comes_from_memory_and_has_the_name_of_its_file(wheel):
    """A worker sees no /proc: what it is mapped from, the package has looked at before."""
    done = wheel.run("import plugins.reports as r\nprint(r.get('shop.fast'))\nprint(r.get('shop.look'))\n")
    first, second = done.out.splitlines()
    assert first.endswith("shop/fast.abi3.so"), done.out + done.err
    assert second.startswith("['/memfd:stockade'] "), second


@pytest.mark.parametrize("name", ["shop/fast.abi3.so", "shop.libs/libinner.so.1"])
def test_machine_code_that_was_changed_is_not_preloaded(yard, name):
    libs = yard.lib / "shop.libs"
    add_libraries(libs)
    add_module(yard.lib, "fast", libs / "libouter.so", "$ORIGIN/../shop.libs",
               "-Wl,--disable-new-dtags")
    yard.sign(yard.lib)
    yard.policy(RULES % ("shop = signed", "shop.fast"))
    with open(str(yard.lib / name), "ab") as file:
        file.write(b"\0")
    done = yard.run(FAIL)
    assert done.out.startswith("plugins.reports: preload: shop.fast is refused (hash-mismatch): "), (
        done.out + done.err)
    record, = done.attempts("shop.fast", verdict="deny")
    assert record["origin"] == str(yard.lib / name) and record["sandbox"] == "strict"


def test_more_libraries_than_go_with_one_answer(yard):
    libs = yard.lib / "shop.libs"
    names = []
    for number in range(19):
        path = libs / ("lib%d.so" % number)
        compile_c(path, "int f%d(void) { return %d; }\n" % (number, number),
                  "-Wl,-soname,lib%d.so" % number)
        names.append(path)
    compile_c(libs / "libouter.so", "\n".join("int f%d(void);" % i for i in range(19)) +
              "int answer(void) { return %s; }" % "+".join("f%d()" % i for i in range(19)),
              *names, "-Wl,-soname,libouter.so", "-Wl,-rpath,$ORIGIN")
    add_module(yard.lib, "fast", libs / "libouter.so", "$ORIGIN/../shop.libs",
               "-Wl,--disable-new-dtags")
    yard.sign(yard.lib)
    yard.policy(RULES % ("shop = signed", "shop.fast"))
    done = yard.run("import plugins.reports as r\nprint(r.call('shop.fast'))\n")
    assert done.out == "%d\n" % sum(range(19)), done.out + done.err


# ---- another policy -----------------------------------------------------

def test_for_another_policy_it_is_loaded_and_verified_anew(yard):
    sign(yard, "tree")
    (yard.lib / "plugins/other.py").write_text("")
    done = yard.run("""
        import stockade
        import plugins.reports as r
        print(r.get("shop.cart")[0])
        open(%r, "w").write(%r)
        stockade.current().reload()
        try:
            import plugins.other
        except stockade.SandboxError as error:
            print(error)
    """ % (str(yard.lib / "shop/cart.py"), yard.evil))
    first, second = done.out.splitlines()
    assert first == "1" and second.startswith(
        "plugins.other: preload: shop.cart is refused (hash-mismatch): "), done.out + done.err
    assert not yard.mark.exists()


# ---- what its naming allows ---------------------------------------------

DENYING = """\
[stockade]
version = 1
default = deny

[modules]
@stdlib = allow
stockade = allow
_stockade = allow
plugins = allow
plugins.* = sandbox:strict
%s

[modules from plugins.reports]
shop = allow

[sandbox strict]
preload = shop.cart
deadline = 60s
"""


@pytest.mark.parametrize("rule", ["", "shop = deny"])
def test_what_the_profile_names_needs_no_rule_to_be_preloaded(yard, rule):
    yard.ini.write_text(DENYING % rule)
    done = yard.run("import plugins.reports as r\nprint(r.get('shop.cart'))\n")
    assert done.out.startswith("1 "), done.out + done.err
    record, = loaded(done, "shop.cart")
    assert (record["verdict"], record["reason"]) == ("allow", "own")


def test_that_it_is_preloaded_is_no_leave_for_the_plugin(yard):
    yard.ini.write_text((DENYING % "").replace("shop = allow", "shop = deny"))
    done = yard.run("import plugins.reports as r\nprint(r.fails('shop.cart'))\n")
    assert "denied to plugins.reports" in done.out, done.out + done.err


def test_what_a_loader_finds_is_not_preloaded(yard):
    yard.policy(RULES % ("", "shop.cart") + """
[loader mine]
finder = mine:Finder
modules = shop shop.*
sandbox = strict
""")
    line = yard.ini.read_text().split("[loader mine]")[0].count("\n") + 1
    done = yard.run(FAIL)
    assert done.out == (
        "plugins.reports: [sandbox strict] cannot load shop.cart before the lock-down:"
        " [loader mine] at %s:%d finds it, in a worker\n" % (yard.ini, line)), done.out + done.err


# ---- what has been loaded may ask anything --------------------------------

def test_a_question_that_is_none_is_an_exception_there(yard):
    (yard.lib / "shop/__init__.py").write_text("""\
import sys
def told(name):
    try:
        return repr(sys.meta_path[0].find_spec(name))
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
release = [told(name) for name in ("a..b", "x" * 2000, "\\ud800", "nothere.x", "plugins.reports")]
""")
    yard.policy(RULES % ("", "shop"))
    done = yard.run("import plugins.reports as r\nprint(*eval(r.get('shop').rsplit(' ', 1)[0]), sep='\\n')\n")
    one, two, three, four, five = done.out.splitlines()
    assert one == "ImportError: 'a..b' is no name of a module", done.err
    assert two.startswith("ImportError: 'xxxx") and two.endswith(" is no name of a module")
    assert three == "ImportError: '\\ud800' is no name of a module"
    assert four == five == "None"


@pytest.mark.parametrize("attack", [
    "os.write(3, b'x' * 100)",
    "os.write(3, b'b' * 1)\n    os.write(3, b'f')",
    "os.close(3)",
    "os._exit(0)",
])
def test_a_package_that_breaks_the_rules_gets_no_worker_and_harms_nobody(yard, attack):
    (yard.lib / "shop/__init__.py").write_text(
        "import os\nfor _ in range(200):\n    %s\nimport shop.cart\n" % attack)
    yard.policy(RULES % ("", "shop"))
    done = yard.run("""
        import stockade
        try:
            import plugins.reports
        except stockade.SandboxError as error:
            print("SandboxError")
        print("goes on")
    """)
    assert done.out == "SandboxError\ngoes on\n", done.out + done.err


def test_the_finder_has_nothing_in_a_worker(yard):
    (yard.lib / "shop/__init__.py").write_text(
        "import sys\nfinder = sys.meta_path[0]\ndef call():\n    return finder.find_spec('shop.cart')\n")
    yard.policy(RULES % ("", "shop"))
    done = yard.run("import plugins.reports as r\nprint(r.call('shop'))\n")
    assert done.out == "None\n", done.out + done.err


@pytest.mark.parametrize("busy", ["while True:\n    pass", "import time\ntime.sleep(600)", "import os\nos.read(os.pipe()[0], 1)"])
def test_a_host_that_is_killed_meanwhile_leaves_no_process(tmp_path, busy):
    place = workerplace.make(tmp_path, workerplace.with_profile("preload = heavy\n"))
    place.write("heavy.py", "open(%r, 'w').close()\n%s\n" % (
        place.path("begun"), busy))
    place.write("plugins/reports.py", "")
    script = place.write("main.py", guarded.PREAMBLE.format(policy=place.path("policy.ini"), audit="file:" + place.log) +
                         "import plugins.reports\n")
    before = workers()
    host = subprocess.Popen([sys.executable, script], cwd=place.folder, env=guarded.environment(PYTHONPATH=os.pathsep.join(
        [guarded.environment()["PYTHONPATH"], place.folder])))
    try:
        end = time.monotonic() + 60
        while not os.path.exists(place.path("begun")) and time.monotonic() < end:
            time.sleep(0.02)
        assert workers() - before
    finally:
        host.kill()
        host.wait()
    left = wait_until_none(before, 20)
    for pid in left:
        os.kill(pid, 9)
    assert left == set()


def test_random_numbers_of_numpy_are_seeded_in_each_worker(tmp_path):
    """Random's are by Python itself. A numpy that has none is left alone."""
    place = workerplace.make(tmp_path, workerplace.with_profile("preload = numpy numpy.random random\ndeadline = 60s\n"))
    place.write("numpy/__init__.py", "")
    place.write("numpy/random.py", """
        import os
        state = os.urandom(8)
        def seed(seed=None):
            global state
            state = os.urandom(8) if seed is None else seed
    """)
    source = "import numpy.random, random\ndef f():\n    return numpy.random.state, random.random()\n"
    names = "abc"
    for name in names:
        place.write("plugins/%s.py" % name, source)
    ask = """
        import plugins.a, plugins.b, plugins.c
        told = [one.f() for one in (plugins.a, plugins.b, plugins.c)]
        print(len(set(told)), len({one[0] for one in told}), len({one[1] for one in told}), len(told[0][0]))
    """
    done = place.install(ask)
    assert done.out == "3 3 3 8\n", (done.out, done.err)
    place.write("numpy/random.py", "state = b'always so'\n")
    done = place.install(ask)
    assert done.out == "3 1 3 9\n", (done.out, done.err)
