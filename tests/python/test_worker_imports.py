# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/broker.c
# covers: python/broker/broker_code.c
# covers: worker/broker.c
# covers: guard/isolate.c
# covers: guard/overseer.c
# covers: guard/zygote.c
"""What a worker imports is decided, found and recorded by the host."""

import sys

import pytest

import guarded
import workerplace
from workerplace import with_profile

pytestmark = pytest.mark.workers

POLICY = workerplace.DENYING + guarded.dedent("""
    helper = allow
    hidden = deny

    [modules from plugins.reports]
    json = allow
    math = allow
    helper = allow
    * = deny
""")


@pytest.fixture
def place(tmp_path):
    return workerplace.make(tmp_path, POLICY, "secret = 'of the host'\n")


REFUSED = "%s is no Python code, and a worker loads no machine code: name it in `preload` of its profile"
EXTENSIONS = {
    "subprocess": ("_posixsubprocess", " to import it; no profile lets it start programs"),
    "socket": ("_socket", " to import it; to connect it takes `syscalls = @network` and `network`, too"),
    "select": ("select", " to import it; to wait it takes `syscalls = @asyncio`, too"),
    "termios": ("termios", " to import it; no profile lets it have a terminal"),
    "_lsprof": ("_lsprof", ""),
}


@pytest.mark.parametrize("name", sorted(EXTENSIONS))
def test_machine_code_is_refused_with_what_helps(place, name):
    if EXTENSIONS[name][0] in sys.builtin_module_names:
        pytest.skip("it is part of this interpreter")
    place.policy(POLICY.replace("json = allow", "%s = allow" % name))
    place.write("plugins/reports.py", "def try_(name):\n    __import__(name)\n")
    done = place.install("""
        import plugins.reports as r
        try:
            r.try_(%r)
        except ImportError as error:
            print(error)
    """ % name)
    assert done.code == 0, done.err
    extension, note = EXTENSIONS[name]
    assert done.out == REFUSED % extension + note + "\n"
    record, = done.attempts(EXTENSIONS[name][0])
    assert (record["outcome"], record["error"]) == ("failed", "machine code")


def test_what_is_preloaded_and_cannot_do_its_work_is_imported_all_the_same(place):
    place.policy(POLICY.replace("json = allow", "subprocess = allow").replace(
        "sandbox:strict", "sandbox:mine") + "[sandbox mine]\npreload = _posixsubprocess, select\n")
    place.write("plugins/reports.py", """
        import subprocess
        def start():
            subprocess.Popen(["/bin/true"])
    """)
    done = place.install("""
        import plugins.reports as r
        try:
            r.start()
        except PermissionError as error:
            print("refused")
    """)
    assert (done.code, done.out) == (0, "refused\n"), done.err


def test_imports_are_decided_for_the_plugin_and_recorded(place):
    place.write("helper.py", "def help():\n    return 'helped'\n")
    place.write("hidden.py", "secret = 1\n")
    place.write("plugins/reports.py", """
        import json, math, helper
        def use():
            return json.loads("[1, 2]"), math.sqrt(4.0), helper.help()
        def try_(name):
            __import__(name)
    """)
    done = place.install("""
        import plugins.reports as r
        print(r.use())
        for name in "hidden", "subprocess", "decimal", "nothing":
            try:
                r.try_(name)
            except ModuleNotFoundError as error:
                print(str(error).split(' by ')[0])
    """)
    lines = done.out.split("\n")
    assert lines[0] == "([1, 2], 2.0, 'helped')", done.err
    assert len(lines) == 6 and all("denied to plugins.reports" in line for line in lines[1:5])
    record, = done.attempts("helper")
    assert record["importer"] == "plugins.reports"
    assert record["verdict"] == "allow"
    assert record["sandbox"] == "strict"
    assert record["origin"] == place.path("helper.py")
    for name in "hidden", "subprocess", "decimal", "nothing":
        record, = done.attempts(name)
        assert record["verdict"] == "deny" and record["outcome"] == "refused"
        assert record["importer"] == "plugins.reports" and record["sandbox"] == "strict"


def test_what_was_loaded_before_is_no_permission(place):
    place.policy(with_profile("preload = decimal\n", POLICY))
    place.write("plugins/reports.py", """
        import sys
        def names():
            return [n for n in ("decimal", "os", "posix", "traceback", "time") if n in sys.modules]
        def try_(name):
            return type(__import__(name)).__name__
    """)
    done = place.install("""
        import plugins.reports as r
        print(r.names())
        for name in "decimal", "posix", "os":
            try:
                print(r.try_(name))
            except ModuleNotFoundError as error:
                print("denied")
        print(r.try_("math"))
    """)
    # sys is there, whatever a policy says
    assert done.out == "[]\ndenied\ndenied\ndenied\nmodule\n", (done.out, done.err)


def test_a_package_and_its_submodules_are_in_one_worker(place):
    place.write("plugins/reports/__init__.py", """
        from . import util
        from .deep.down import down
        seen = []
        def note(x):
            seen.append(x)
            return len(seen)
    """)
    place.write("plugins/reports/util.py", """
        import plugins.reports as r
        def note_too(x):
            return r.note(x)
    """)
    place.write("plugins/reports/deep/__init__.py", "")
    place.write("plugins/reports/deep/down.py", "def down():\n    return 'down'\n")
    place.write("plugins/reports/late.py", "from . import util\nvalue = util.note_too(0)\n")
    done = place.install("""
        import plugins.reports, plugins.reports.util
        print(plugins.reports.note(1), plugins.reports.util.note_too(2))
        import plugins.reports.late
        print(plugins.reports.late.value, plugins.reports.down())
        import plugins.reports.deep.down
        print(type(plugins.reports.deep.down).__name__)
    """)
    assert done.out == "1 2\n3 down\nRemoteModule\n", done.err


def test_the_parents_code_is_not_in_the_worker(place):
    place.write("plugins/reports.py", """
        import plugins
        def look():
            return hasattr(plugins, "secret")
    """)
    done = place.install("""
        import plugins, plugins.reports
        print(plugins.secret, plugins.reports.look())
    """)
    assert done.out == "of the host False\n", done.err


def test_another_plugin_is_not_to_be_had(place):
    place.write("plugins/reports.py", "def f():\n    import plugins.other\n")
    place.write("plugins/other.py", "")
    place.policy(POLICY.replace("* = deny", "plugins = allow"))
    done = place.install("""
        import plugins.reports as r
        try:
            r.f()
        except ModuleNotFoundError as error:
            print("worker of its own" in str(error))
    """)
    assert done.out == "True\n", done.err


def test_machine_code_is_refused_with_what_to_do(place):
    place.policy(POLICY.replace("* = deny", "* = allow"))
    place.write("plugins/reports.py", """
        def f(name):
            __import__(name)
    """)
    done = place.install("""
        import importlib.machinery, os, sys
        suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
        open("native" + suffix, "wb").close()
        import plugins.reports as r
        try:
            r.f("native")
        except ImportError as error:
            print("preload" in str(error))
    """)
    assert done.out == "True\n", (done.out, done.err)


def test_a_name_that_is_none_is_refused(place):
    place.write("plugins/reports.py", r"""
        def f(name):
            import sys
            return sys.meta_path[0].find_spec(name)
    """)
    done = place.install(r"""
        import plugins.reports as r
        for name in "../helper", "a b", "", "a..b", "a\0b", "x" * 5000, ".".join("a" * 300):
            try:
                r.f(name)
            except (ImportError, ValueError) as error:
                print("no name" in str(error))
    """)
    assert done.out == "True\n" * 7, (done.out, done.err)


def test_there_is_an_end_to_asking_for_modules(place):
    place.write("plugins/reports.py", """
        def f():
            for i in range(3000):
                try:
                    __import__("name%d" % i)
                except ModuleNotFoundError:
                    pass
    """)
    done = place.install("""
        import plugins.reports as r
        try:
            r.f()
        except ImportError as error:
            print(error)
    """)
    assert done.out == "plugins.reports has asked for 2000 modules: no more\n", done.err
    assert len([r for r in done.attempts() if r["name"].startswith("name")]) < 2001


def test_a_policy_that_gives_less_holds_for_what_is_imported_then(place):
    place.policy(POLICY, name="less.ini")
    place.policy(with_profile("syscalls = @files-read\nread = /etc\n", POLICY))
    place.write("plugins/pack/__init__.py", "")
    place.write("plugins/pack/first.py", "def f():\n    return 1\n")
    place.write("plugins/pack/second.py", "def f():\n    return 2\n")
    done = place.install("""
        import shutil
        import plugins.pack.first as first
        print(first.f())
        shutil.copy("less.ini", "policy.ini")
        _guard.reload()
        try:
            import plugins.pack.second
        except ImportError as error:
            print(error)
        print(first.f())
    """)
    assert done.out == (
        "1\nplugins.pack is in a worker that was started under another "
        "profile: start the host again\n1\n"), done.err


@pytest.mark.parametrize("ending", ["SystemExit(3)", "KeyboardInterrupt()"])
def test_what_ends_the_host_is_no_answer_to_a_plugin(place, ending):
    place.policy(POLICY.replace("helper = allow\n* = deny", "other = allow"))
    place.write("plugins/reports.py", """
        def f():
            try:
                import other
            except BaseException as error:
                return "caught " + type(error).__name__
    """)
    done = place.install("""
        import sys
        import stockade
        import plugins.reports as r
        class Ending:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if name == "other":
                    raise %s
        sys.meta_path.append(Ending)
        try:
            print(r.f())
        except BaseException as error:
            print(type(error).__name__)
        try:
            r.f()
        except stockade.WorkerDied as error:
            print(str(error).partition("; ")[0])
    """ % ending)
    assert done.out == "%s\nplugins.reports: its worker ended earlier: what it asked was not answered\n" % (
        ending.split("(")[0]), done.err


def test_a_loader_driven_by_hand_does_not_run_it_here(place):
    place.write("plugins/reports.py", "import sys\nsys.escaped = True\n")
    done = place.install("""
        import importlib.util, importlib.machinery, os, sys
        path = os.path.abspath("plugins/reports.py")
        def by_spec():
            spec = importlib.util.spec_from_file_location("plugins.reports", path)
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
        def by_loader():
            importlib.machinery.SourceFileLoader("plugins.reports", path).load_module()
        def by_finder():
            spec = importlib.machinery.PathFinder.find_spec("plugins.reports", [os.path.abspath("plugins")])
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
        for way in by_spec, by_loader, by_finder:
            try:
                way()
            except ImportError as error:
                print("must run in a worker" in str(error))
        spec = importlib.util.find_spec("plugins.reports")
        print(type(spec.loader).__name__, hasattr(sys, "escaped"))
    """)
    assert done.out == "True\nTrue\nTrue\nWorkerLoader False\n", (done.out, done.err)


def test_a_quota_of_denied_calls_ends_the_worker(place):
    place.policy(with_profile("denials = 5\n", POLICY))
    place.write("plugins/reports.py", """
        def f():
            for i in range(100):
                try:
                    open("/etc/passwd")
                except PermissionError:
                    pass
    """)
    done = place.install("""
        import stockade
        import plugins.reports as r
        for again in range(2):
            try:
                r.f()
            except stockade.WorkerDied as error:
                print(str(error).partition("; ")[0])
    """)
    why = "the worker was killed: it was refused more than 5 system calls, `denials` of its profile\n"
    assert done.out == "plugins.reports: " + why + "plugins.reports: its worker ended earlier: " + why, done.err
    calls = [r for r in done.records if r["event"] == "syscall"]
    assert [r["outcome"] for r in calls] == ["refused"] * 5 + ["killed"]


def test_a_worker_that_the_machine_cannot_give_is_an_error(place):
    place.policy(with_profile("preload = no_such_module\n", POLICY))
    place.write("plugins/reports.py", "")
    done = place.install("""
        import stockade
        try:
            import plugins.reports
        except stockade.SandboxError as error:
            print("no_such_module" in str(error))
    """)
    assert done.out == "True\n", done.err


PLANT = """
    import functools, sys, types
    from collections import defaultdict

    got = []
    once = functools.partial(got.extend, map(__import__, ["posix"]))
    ask = functools.partial(print, file=types.SimpleNamespace(write=defaultdict(once).__getitem__))

    class Spec:
        loader = origin = None
        submodule_search_locations = property(ask)

    loader = types.SimpleNamespace(get_filename=ask, get_code=ask)
    specs = {
        "field": Spec(),
        "loader": types.SimpleNamespace(submodule_search_locations=None, origin="there", loader=loader),
    }

    def arm(how):
        find = {"nothing_there": specs[how]}.get if how in specs else ask
        sys.meta_path.insert(1, types.SimpleNamespace(find_spec=find))
"""


@pytest.mark.parametrize("how", ["finder", "field", "loader"])
def test_what_is_called_in_the_host_to_find_a_module_is_not_the_hosts_code(place, how):
    place.policy("""
        default = allow
        trusted = @stdlib
        [modules from plug]
        posix = deny
        [modules from job]
        nothing_there = allow
    """)
    place.write("plug.py", PLANT)
    done = place.install("""
        import plug
        with _guard.sandbox("strict") as box:
            box.run("1", name="job")
            plug.arm(%r)
            try:
                box.run("import nothing_there", name="job")
            except Exception as error:
                print(str(error).split(' by ')[0])
        print(plug.got)
    """ % how)
    assert done.out == "No module named 'posix': denied to unknown code\n[]\n", (done.out, done.err)
    asked = done.attempts("posix")[-1]
    assert (asked["importer"], asked["through"], asked["verdict"]) == ("__main__", "?", "deny")


IMPORTS_MADE = """
    def try_():
        try:
            import made
            return made.x
        except ImportError as error:
            return str(error)
"""


@pytest.mark.parametrize("finders", ["ours", "all"])
def test_who_is_asked_is_what_the_policy_says(place, finders):
    """What the program has added as well, or nobody but Python's own finders."""
    place.policy("finders = %s\n" % finders + POLICY.replace("json = allow", "made = allow"))
    place.write("plugins/reports.py", IMPORTS_MADE)
    done = place.install("""
        import sys
        from importlib.machinery import ModuleSpec
        import plugins.reports as r
        class Mine:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if name == "made":
                    print("asked")
                    return ModuleSpec(name, Mine)
            @staticmethod
            def get_code(name):
                return compile("x = 1", name, "exec")
        sys.meta_path.append(Mine)
        print(r.try_())
    """)
    assert done.out == {"all": "asked\n1\n", "ours": "No module named 'made'\n"}[finders], (done.out, done.err)
    tampered = {record["name"] for record in done.records if record["event"] == "tamper"}
    assert tampered == ({"sys.meta_path"} if finders == "ours" else set())


@pytest.mark.parametrize("rule, mine, said", [
    ("deny", "deny", "No module named 'secrets_of': denied to plugins.reports by \"secrets_of = deny\""),
    ("sandbox:strict", "allow", "No module named 'secrets_of': it is sandbox:strict"),
    ("signed", "allow", "No module named 'secrets_of': it is signed"),
    ("allow", "allow", "1"),
])
def test_what_a_finder_calls_otherwise_is_decided_too(place, rule, mine, said):
    """As in the host: a name that is allowed does not lead to one that is not."""
    place.policy(POLICY.replace("hidden = deny", "secrets_of = " + rule)
                 .replace("json = allow", "made = allow\nsecrets_of = " + mine)
                 + "[key nobody]\npublic = RWRWAlNN1O9Z+iKLzHUZF1TK/XLRrL8XLTie4HoKuuwA9snuP5e/6o7u\nmodules = *\n")
    place.write("secrets_of.py", "x = 1\n")
    place.write("plugins/reports.py", IMPORTS_MADE)
    done = place.install("""
        import sys
        from importlib.machinery import PathFinder
        import plugins.reports as r
        class Alias:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if name == "made":
                    spec = PathFinder.find_spec("secrets_of")
                    spec.loader = Alias
                    return spec
            @staticmethod
            def get_code(name):
                return compile("x = 1", name, "exec")
        sys.meta_path.append(Alias)
        print(r.try_())
    """)
    assert done.out.startswith(said), (done.out, done.err)
    verdicts = {record["verdict"] for record in done.attempts("secrets_of")}
    assert verdicts == (set() if said == "1" else {"deny"})
