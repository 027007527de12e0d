# SPDX-License-Identifier: Apache-2.0
"""The standard library as a signed bundle, from the first import on."""
# covers: python/load/frozen.c, python/load/unverified.c

import importlib.util
import json
import os
import subprocess

import pytest

from clitool import ROOT, environment, run

POLICY = """\
[stockade]
version = 1
default = allow
trusted = @stdlib
[key vendor]
public = %s
modules = *
[modules]
@stdlib = signed bundle:%s
"""
INBUILT = ("BuiltinImporter", "FrozenImporter")
TAMPERED = {"hash-mismatch", "size-mismatch", "malformed", "bad-signature"}


class Library:
    """A bundle of it, and a policy that wants it."""

    def __init__(self, folder):
        self.folder = folder
        self.bundle = folder / "stdlib.stk"
        self.policy = folder / "stockade.ini"
        self.log = folder / "log.jsonl"

    def make(self, *options):
        done = run("keygen", "--no-passphrase", "-o", self.folder / "vendor")
        assert done.returncode == 0, done.stderr
        done = run("bundle", "--stdlib", "--key", self.folder / "vendor.key", "-o", self.bundle,
                   *options)
        assert done.returncode == 0, done.stderr
        public = (self.folder / "vendor.pub").read_text().split("\n")[1]
        self.policy.write_text(POLICY % (public, self.bundle.name))
        return self

    def run(self, *command, **more):
        if self.log.exists():
            self.log.unlink()
        return run("run", "--policy", self.policy, "--audit", "file:%s" % self.log, *command,
                   env=environment(PYTHONDONTWRITEBYTECODE="1", **more))

    def records(self, **fields):
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines
                if line["event"] == "import" and
                all(line.get(key) == value for key, value in fields.items())]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return Library(tmp_path_factory.mktemp("library")).make()


@pytest.fixture(scope="module")
def python(library):
    """The Python that `run` runs."""
    return library.run("-c", "import sys; print(sys.executable)").stdout.strip()


def modules_of_the_bench():
    path = os.path.join(ROOT, "tests", "bench", "bench_import.py")
    spec = importlib.util.spec_from_file_location("bench_import", path)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    return bench.LIST_MODULES


def test_every_module_is_in_the_interpreter_or_verified_from_encodings_on(library):
    done = library.run("-c", "import json, sqlite3, asyncio")
    assert (done.returncode, done.stderr) == (0, "")
    found = library.records(outcome="found", requirement="signed")
    verified = [r["name"] for r in found if r.get("loader") == "stockade.VerifiedLoader"]
    assert verified[0] == "encodings"
    first = library.records(name="encodings", outcome="found")[0]["seq"]
    assert "json.decoder" in verified and "asyncio.events" in verified
    for record in found:
        # built in, and made by hand before there are finders
        if "loader" not in record:
            assert record["seq"] < first, record
            continue
        if record["loader"] == "stockade.VerifiedLoader":
            assert record["key"] == "vendor"
        else:
            assert record["loader"] in INBUILT, record
            assert record["origin"] == ("frozen" if record["loader"] == "FrozenImporter"
                                        else "built-in"), record
    assert {r["name"] for r in found} >= {"_io", "zipimport", "encodings", "codecs", "os", "site"}
    assert not library.records(verdict="deny")


def test_the_modules_that_programs_use_are_all_there(library, python):
    names = modules_of_the_bench()
    plain = subprocess.run([python, "-c", names], stdout=subprocess.PIPE, env=environment(),
                           timeout=60, check=True)
    done = library.run("-c", names)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0] == json.loads(plain.stdout.decode())[0]
    assert not library.records(verdict="deny")


def test_what_sysconfig_has_of_this_python_is_verified(library):
    done = library.run("-c", "import sys, sysconfig; sysconfig.get_config_vars()\n"
                       "print(*[type(m.__loader__).__name__ for name, m in sys.modules.items()"
                       " if name.startswith('_sysconfigdata_')])")
    assert (done.returncode, done.stdout) == (0, "VerifiedLoader\n"), done.stderr


def test_two_extensions_of_a_bundle_are_not_mixed_up(library):
    done = library.run("-c", "import _bisect, _heapq, _json, _struct\n"
                             "print(_bisect.insort_left, _heapq.heappop, _json.scanstring, _struct.pack)")
    assert done.returncode == 0, done.stderr
    for name in ("insort_left", "heappop", "scanstring", "pack"):
        assert name in done.stdout


def test_an_extension_is_made_again_from_what_is_in_memory(library):
    done = library.run("-c", "import sys, _bisect\n"
                             "first = sys.modules.pop('_bisect')\n"
                             "import _bisect\n"
                             "spec = _bisect.__spec__\n"
                             "again = [spec.loader.create_module(spec) for i in range(2)]\n"
                             "print(_bisect.__name__, first.__name__, again[1].__name__)")
    assert (done.returncode, done.stdout) == (0, "_bisect _bisect _bisect\n"), done.stderr


SAME = {
    "places": """
        import os, json, encodings.utf_8, collections, email.message, sysconfig, site
        for module in (os, json, encodings, encodings.utf_8, collections, email.message):
            print(module.__name__, module.__file__, module.__package__,
                  getattr(module, "__path__", None), module.__spec__.origin)
        print(sysconfig.get_paths(), site.ENABLE_USER_SITE, os.path.dirname(os.__file__))
    """,
    "tracebacks": """
        import json, traceback, linecache
        try:
            json.loads("{")
        except ValueError:
            print(traceback.format_exc())
        print(linecache.getline(json.__file__, 1))
    """,
    "sources": """
        import inspect, json.encoder, shelve, ast
        print(inspect.getsource(json.encoder.JSONEncoder.default))
        print(inspect.getsourcefile(shelve), len(inspect.getsource(ast)))
    """,
    "data": """
        import pkgutil
        print(len(pkgutil.get_data("pydoc_data", "_pydoc.css")))
    """,
    "listing": """
        import pkgutil, json, email
        print(sorted(m.name for m in pkgutil.iter_modules(email.__path__)))
        print(sorted(m.name for m in pkgutil.iter_modules(json.__path__)))
    """,
    "codecs": """
        print("h\\u00e4".encode("cp1252"), b"x".decode("utf-16-le", "replace"))
        print("b\\u00fc".encode("idna"))
    """,
    "pickle": """
        import pickle, collections, decimal, datetime
        print(pickle.loads(pickle.dumps([collections.OrderedDict(a=1), decimal.Decimal("1.5"),
                                         datetime.date(2020, 1, 2)])))
    """,
    "children": """
        import concurrent.futures, math, multiprocessing
        if __name__ == "__main__":
            context = multiprocessing.get_context("fork")
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
                print(list(pool.map(math.sqrt, [4, 9])))
    """,
}


@pytest.mark.parametrize("name", sorted(SAME))
def test_a_program_behaves_as_under_plain_python(name, library, python, tmp_path):
    lines = SAME[name].strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    program = tmp_path / "program.py"
    program.write_text("\n".join(line[indent:] for line in lines) + "\n")
    plain = subprocess.run([python, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env=environment(), timeout=60, universal_newlines=True)
    done = library.run(program)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, "")


def test_a_module_runs_as_the_program(library, tmp_path):
    (tmp_path / "a.json").write_text('{"a": 1}')
    done = library.run("-m", "json.tool", tmp_path / "a.json")
    assert (done.returncode, done.stdout) == (0, '{\n    "a": 1\n}\n'), done.stderr


def test_import_times_can_be_told(library):
    done = library.run("-c", "import json", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    assert "import time:" in done.stderr


def test_a_file_on_disk_does_nothing(library, tmp_path):
    (tmp_path / "colorsys.py").write_text("print('evil')\n")
    (tmp_path / "program.py").write_text("import colorsys\nprint(colorsys.rgb_to_hsv(0, 0, 0))\n")
    done = library.run(tmp_path / "program.py")
    assert (done.returncode, done.stdout) == (0, "(0.0, 0.0, 0)\n"), done.stderr


def test_a_file_that_is_in_the_library_but_not_in_the_bundle_is_not_found(tmp_path):
    few = Library(tmp_path).make("--no-code", "--exclude", "colorsys.py")
    done = few.run("-c", "import os\nassert os.path.exists(os.path.dirname(os.__file__) + "
                         "'/colorsys.py')\nimport colorsys")
    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'colorsys'" in done.stderr


def test_a_finder_cannot_give_what_is_in_the_interpreter(library):
    done = library.run("-c", """
import sys, importlib.machinery, stockade
class Loader:
    def create_module(self, spec): return None
    def exec_module(self, module): print("evil")
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "_symtable":
            return importlib.machinery.ModuleSpec(name, Loader())
sys.modules.pop("_symtable", None)
sys.meta_path.insert(0, Finder)
try:
    import _symtable
except stockade.SignatureError as error:
    print(error.reason)
""")
    assert (done.returncode, done.stdout) == (0, "unsigned\n"), done.stderr
    refused = library.records(name="_symtable", verdict="deny")
    assert "part of the interpreter" in refused[0]["error"]


@pytest.mark.parametrize("where", [100, 0.02, 0.3, 0.6, -1])
def test_a_byte_that_was_changed_is_refused_or_not_needed(where, library, tmp_path):
    data = bytearray(library.bundle.read_bytes())
    at = where if isinstance(where, int) else int(len(data) * where)
    data[at] ^= 1
    changed = Library(tmp_path)
    changed.bundle.write_bytes(data)
    changed.policy.write_text(library.policy.read_text())
    done = changed.run("-c", modules_of_the_bench())
    for record in changed.records():
        if record["verdict"] == "deny":
            assert record["reason"] in TAMPERED, record
    if where in (100, -1):
        assert done.returncode != 0


def test_code_that_was_changed_is_an_error_and_never_not_found(library, tmp_path):
    data = bytearray(library.bundle.read_bytes())
    for at in range(len(data) // 4, len(data), 128):
        data[at] ^= 1
    changed = Library(tmp_path)
    changed.bundle.write_bytes(data)
    changed.policy.write_text(library.policy.read_text())
    done = changed.run("-c", "import argparse")
    assert done.returncode != 0
    refused = changed.records(verdict="deny")
    assert refused
    # which bytes these are depends on how long the file is: of the key's name, too
    assert {r["reason"] for r in refused} <= TAMPERED | {"unknown-key"}, refused


# ---- what is in the interpreter ---------------------------------------------


def frozen_records(library):
    return [line for line in map(json.loads, library.log.read_text().splitlines())
            if line["event"] == "frozen"]


def test_one_record_says_what_was_frozen(library, python):
    done = library.run("-c", "import importlib.util, ntpath")
    assert done.returncode == 0, done.stderr
    [record] = frozen_records(library)
    assert (record["requirement"], record["origin"], record["outcome"]) == (
        "signed", "frozen", "not-verified")
    assert "verdict" not in record
    names = record["name"].split()
    assert names == sorted(set(names))
    used = {r["name"] for r in library.records(loader="FrozenImporter")}
    assert used <= set(names), used - set(names)
    wanted = "import _imp; print(*[n for n in %r if not _imp.is_frozen(n)])" % names
    assert subprocess.run([python, "-c", wanted], stdout=subprocess.PIPE, timeout=60,
                          env=environment()).stdout.strip() == b""
    assert {"_frozen_importlib", "zipimport"} <= set(names)


def test_a_policy_that_wants_none_of_them_says_nothing(library, tmp_path):
    public = (library.folder / "vendor.pub").read_text().split("\n")[1]
    policy = tmp_path / "p.ini"
    policy.write_text("[stockade]\nversion = 1\ndefault = allow\n[key v]\npublic = %s\n"
                      "modules = *\n[modules]\nshop = signed\n" % public)
    log = tmp_path / "log"
    done = run("run", "-p", policy, "--audit", log, "-c", "pass")
    assert done.returncode == 0, done.stderr
    assert '"frozen"' not in log.read_text().replace('"origin":"frozen"', "")


def loaded_records(library):
    return [line for line in map(json.loads, library.log.read_text().splitlines())
            if line["event"] == "loaded"]


def test_a_record_says_what_was_loaded_before_the_guard(library, tmp_path):
    """A process of multiprocessing reads its orders before it is guarded."""
    main = tmp_path / "main.py"
    main.write_text("import multiprocessing as m\ndef f(x):\n    return x\nif __name__ == '__main__':\n"
                    "    with m.get_context('spawn').Pool(1) as pool:\n        print(pool.map(f, [3]))\n")
    done = library.run(str(main))
    assert done.stdout == "[3]\n", done.stderr
    records = loaded_records(library)
    assert len(records) == 1, records
    assert (records[0]["requirement"], records[0]["origin"], records[0]["outcome"]) == (
        "signed", "loaded", "not-verified")
    names = records[0]["name"].split()
    assert "multiprocessing.spawn" in names and "sys" not in names
    first = json.loads(library.log.read_text().splitlines()[0])
    assert records[0]["pid"] != first["pid"]


def test_show_and_stats_know_it(library):
    library.run("-c", "pass")
    done = run("audit", "show", "--event", "frozen", library.log)
    assert done.returncode == 0
    [line] = done.stdout.splitlines()[1:]
    assert " frozen " in line and "not-verified" in line and "zipimport" in line
    assert run("audit", "verify", library.log).returncode == 0
