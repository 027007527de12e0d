# SPDX-License-Identifier: Apache-2.0
"""Runs CPython's own tests with the guard and without it, test by test.

The guard has a policy that allows everything and writes every attempt to a
file; once with names that need no importers, once with importers found each
time, and, where nothing is added to sys.meta_path, with `finders = ours`. It
is in a copy of the interpreter's tree, made of links, where a line of a .pth
file installs it: what the tests start with sys.executable is guarded, too,
with -I and with an empty environment. The tree without the guard is made in
the same way.

What differs is run again, twice on each side: a test that differs each
time is a difference, one that agrees then is unsteady. Exit code 1 when
anything differs.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

import pythons
import stages
from results import Results

ROOT = Path(__file__).resolve().parents[2]
WORK = stages.WORK / "transparency"

# What tests/run compares: what imports touch first, and what is quick.
SHORT = ["test_import", "test_module", "test_pkgutil"]

# Suites that are not there in some version are passed over, and said.
SUITES = """
    test_importlib test_import test_zipimport test_zipimport_support
    test_pkgutil test_runpy test_module test_modulefinder test_imp test_pkg
    test_frozen test_builtin test_threaded_import test_pyclbr test_audit
    test_zipapp test_multiprocessing_main_handling test_cmd_line
    test_cmd_line_script test_compileall test_py_compile test_sys test_site
    test_inspect test_code test_code_module test_gc test_weakref
    test_interpreters test__interpreters test__xxsubinterpreters
    test__xxinterpchannels test__interpchannels test_capi test_embed
    test_atexit test_fork1 test_thread test_threading test_threadedtempfile
    test_concurrent_futures test_doctest test_pydoc test_trace
    test_linecache test_traceback test_tracemalloc test_warnings
    test_sys_settrace test_sys_setprofile test_monitoring test_bdb
    test_profile test_cprofile test_faulthandler test_future
    test_future_stmt test_marshal test_pickle test_copyreg test_descr
    test_funcattrs test_types test_frame test_generators test_exceptions
    test_encodings test_codecs test_lazyimport test_optparse test_ensurepip
    test_venv test_stable_abi_ctypes test_xxlimited test_support
    test_script_helper test_regrtest test_repl test_rlcompleter test_symtable
    test_unittest test___all__ test_sundry test_logging
    test_dataclasses test_enum test_finalization test_ctypes
    test_signal test_threadsignals test_context test_weakset
""".split()

# Of the long ones, what has to do with imports.
ONLY = {
    "test_multiprocessing_spawn": [
        "*Process*", "*StartMethod*", "*ImportStar*", "*NoForkBomb*",
        "*Invalid*", "*ForkAware*", "*Flags*"],
    "test_multiprocessing_forkserver": [
        "*StartMethod*", "*ImportStar*", "*NoForkBomb*"],
    "test_multiprocessing_fork": [
        "*StartMethod*", "*ImportStar*", "*NoForkBomb*"],
    "test_asyncio": ["*test_futures*", "*test_tasks*", "*HandleTests*"],
    "test_subprocess": ["*ProcessTestCase*"],
    "test_regrtest": ["*Programs*"],
}
SUITES += [name for name in ONLY if name not in SUITES]

# What a guard with a log to a file cannot hide. These are told, and are no
# differences.
INHERENT = {
    # it wants no descriptor in a child but those that were handed on
    "test.test_subprocess.POSIXProcessTestCase.test_pass_fds_redirected":
        "a guarded process has its log open",
}

# Everything is allowed, by two ways through the guard. `quick`: every name
# is free, so that who asks need not be known. `whole`: a second policy that
# is observed and not enforced denies everything to somebody, so that all who
# ask are found, each time.
ALLOW = """\
[stockade]
version = 1
default = allow
trusted = @stdlib
shadowing = allow
audit = file:{folder}/imports.jsonl
"""
FROM = """\

[modules from nobody.at.all]
nothing.of.the.kind = deny
"""
OBSERVED = """\
[stockade]
version = 1
default = deny
trusted = @stdlib

[modules from nobody.at.all]
* = deny
"""
POLICIES = {
    "whole": {"policy.ini": ALLOW + "observe = observed.ini\n" + FROM,
              "observed.ini": OBSERVED},
    "quick": {"policy.ini": ALLOW + FROM},
    "ours": {"policy.ini": ALLOW + "finders = ours\n" + FROM},
}

# What a program adds to sys.meta_path is not asked in the way `ours`: there
# the suites alone that add nothing and import with what Python comes with.
OURS = """
    test_zipimport_support test_module test_modulefinder test_pkg test_frozen
    test_builtin test_pyclbr test_zipapp test_multiprocessing_main_handling
    test_cmd_line_script test_compileall test_py_compile test_site
    test_pydoc test_doctest test_marshal test_pickle test_ensurepip
""".split()

# Never half: a test that runs without the guard is none.
INSTALL = """\
import os, sys
try:
    import stockade
    # a subinterpreter comes up guarded
    if not stockade.current():
        stockade.install({policy!r})
except BaseException as error:
    sys.stderr.write("transparency: no guard: %r\\n" % (error,))
    os._exit(97)
"""

PACKAGES = ("pip", "setuptools", "pkg_resources", "_distutils_hack",
            "distutils-precedence.pth")

FACTS = """\
import json, os, sys, sysconfig
print(json.dumps({
    "name": "python%d.%d" % sys.version_info[:2],
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "stdlib": os.path.dirname(os.__file__),
    "dynload": [p for p in sys.path if p.endswith("lib-dynload")],
    "libdir": sysconfig.get_config_var("LIBDIR"),
    "site": [p for p in sys.path if p.endswith("-packages")],
    "include": sysconfig.get_path("include"),
}))
"""


# ---- the trees ------------------------------------------------------------

def facts_of(python):
    done = subprocess.run([python.executable, "-I", "-c", FACTS], check=True,
                          stdout=subprocess.PIPE)
    return __import__("json").loads(done.stdout.decode())


def link_all(source, target, but=()):
    for entry in os.listdir(source):
        if entry not in but and not os.path.lexists(
                os.path.join(target, entry)):
            os.symlink(os.path.join(source, entry),
                       os.path.join(target, entry))


class Tree:
    """A copy of an interpreter, made of links, that has a site-packages of
    its own."""

    def __init__(self, folder, python):
        self.folder = str(folder)
        facts = facts_of(python)
        shutil.rmtree(self.folder, ignore_errors=True)
        lib = os.path.join(self.folder, "lib", facts["name"])
        self.site = os.path.join(lib, "site-packages")
        for made in ("bin", "include"):
            os.makedirs(os.path.join(self.folder, made))
        os.makedirs(self.site)
        link_all(facts["stdlib"], lib, ["site-packages", "dist-packages",
                                        "sitecustomize.py"])
        # Debian's looks there
        os.symlink("site-packages", os.path.join(lib, "dist-packages"))
        link_all(facts["libdir"], os.path.join(self.folder, "lib"),
                 [facts["name"]])
        os.symlink(facts["include"], os.path.join(
            self.folder, "include", os.path.basename(facts["include"])))
        for site in facts["site"]:
            for entry in os.listdir(site):
                if entry.split("-")[0] in PACKAGES or entry in PACKAGES:
                    os.symlink(os.path.join(site, entry),
                               os.path.join(self.site, entry))
        self.python = os.path.join(self.folder, "bin", "python3")
        # the last of the .pth files
        Path(self.site, "zz-transparency.pth").write_text(
            "import transparency_install\n")
        Path(self.site, "transparency_install.py").write_text("")
        # a copy: CPython finds its tree from where it really lies
        shutil.copy(python.executable, os.path.join(
            self.folder, "bin", facts["name"]))
        os.symlink(facts["name"], self.python)
        self.log = os.path.join(self.folder, "imports.jsonl")

    def guard(self, build, policies):
        """Puts the guard of `build` into it."""
        for name, text in policies.items():
            Path(self.folder, name).write_text(
                text.format(folder=self.folder))
        path = os.path.join(self.folder, "policy.ini")
        # copied: the build may go on being used
        for entry in Path(str(build), "python").iterdir():
            copy = shutil.copytree if entry.is_dir() else shutil.copy
            copy(str(entry), os.path.join(self.site, entry.name))
        Path(self.site, "transparency_install.py").write_text(
            INSTALL.format(policy=path))

    def records(self):
        """How many lines the log has; it begins anew."""
        if not os.path.exists(self.log):
            return 0
        with open(self.log, "rb") as log:
            lines = sum(1 for _ in log)
        os.unlink(self.log)
        return lines

    def suites(self, names):
        folder = os.path.join(os.path.dirname(self.site), "test")
        return [name for name in names if os.path.exists(
            os.path.join(folder, name.split(".")[0])) or os.path.exists(
                os.path.join(folder, name.split(".")[0] + ".py"))]


# What the process came to, beside its tests.
EXIT = "(exit code)"


# ---- one suite ------------------------------------------------------------

class Run:
    """What one run of one suite came to: {test: outcome}, and the rest."""

    def __init__(self, code, report, log, folder):
        self.folder = folder  # no difference is in how the tree is called
        self.tests = {}
        if os.path.exists(report):
            for case in ElementTree.parse(report).getroot().iter("testcase"):
                self.tests[str(case.get("name"))] = self.outcome(case)
        text = Path(log).read_text(errors="replace")
        changed = [line[len("Warning -- "):] for line in text.splitlines()
                   if line.startswith("Warning -- ")
                   and line[len("Warning -- ")] != " "]
        # what a run leaves behind counts as a test
        self.tests[EXIT] = str(code)
        self.tests["(warnings)"] = "; ".join(sorted(set(changed))) or "none"

    def outcome(self, case):
        for child in case:
            if child.tag == "skipped":
                why = (child.text or child.get("message") or "").strip()
                return "skipped: " + why.replace(self.folder, "PREFIX")
            if child.tag in ("failure", "error"):
                return child.tag
        return case.get("result") or "completed"

    def counts(self):
        said = [outcome.split(":")[0] for name, outcome in self.tests.items()
                if not name.startswith("(")]
        failed = said.count("failure") + said.count("error")
        return len(said), failed, said.count("skipped")


def hear_interrupts():
    """What a shell starts with `&` does not, nor what that starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run_suite(tree, suite, label, timeout):
    logs = WORK / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    report = str(logs / (label + ".xml"))
    if os.path.exists(report):
        os.unlink(report)
    only = []
    for pattern in ONLY.get(suite, ()):
        only += ["-m", pattern]
    scratch = tempfile.mkdtemp(prefix="transparency-")
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith(("PYTHON", "STOCKADE"))}
    environment.update(TMPDIR=scratch, PYTHONDONTWRITEBYTECODE="",
                       LC_ALL="C.UTF-8")
    environment.pop("PYTHONDONTWRITEBYTECODE")
    log = str(logs / (label + ".log"))
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [tree.python, "-m", "test", "--junit-xml", report, "--timeout",
             str(timeout), "--fail-env-changed"] + only + [suite],
            cwd=scratch, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, env=environment,
            start_new_session=True, preexec_fn=hear_interrupts)
        try:
            code = process.wait(timeout=2 * timeout)
        except subprocess.TimeoutExpired:
            code = "no end"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    shutil.rmtree(scratch, ignore_errors=True)
    return Run(code, report, log, tree.folder)


def differing(bare, held):
    """Tests first: they say why the exit codes differ."""
    names = set(bare.tests) | set(held.tests)
    return sorted((name for name in names
                   if bare.tests.get(name) != held.tests.get(name)),
                  key=lambda name: (name == EXIT, name))


class Row:
    """One line of the table."""

    def __init__(self, suite, way):
        self.suite = suite
        self.way = way
        self.bare = self.held = None
        self.different = []  # (test, without, with)
        self.unsteady = []
        self.inherent = []
        self.records = 0

    def line(self):
        return "%-32s %-5s %6d %4d %4d   %6d %4d %4d  %5d %5d %9d" % (
            (self.suite, self.way) + self.bare.counts() + self.held.counts()
            + (len(self.different), len(self.unsteady), self.records))


HEAD = """\
                                        without the guard     with it     \
    diff-   un-
suite                            way     tests  bad skip    tests  bad\
 skip  erent steady   records"""


def ways_of(suite):
    return [way for way in POLICIES if way != "ours" or suite in OURS]


def compare(suite, trees, label, timeout):
    """A row for each way."""
    name = "%s-%s-" % (label, suite)
    bare = [run_suite(trees["without"], suite, name + "without", timeout)]
    rows = []
    for way in ways_of(suite):
        row = Row(suite, way)
        row.bare = bare[0]
        row.held = run_suite(trees[way], suite, name + way, timeout)
        row.records = trees[way].records()
        held = [row.held]
        suspects = differing(row.bare, row.held)
        for again in ("-2", "-3") if suspects else ():
            if len(bare) < 3:
                bare.append(run_suite(trees["without"], suite,
                                      name + "without" + again, timeout))
            held.append(run_suite(trees[way], suite, name + way + again,
                                  timeout))
            trees[way].records()
        for test in suspects:
            sort(row, test, {str(run.tests.get(test)) for run in bare},
                 {str(run.tests.get(test)) for run in held})
        rows.append(row)
    return rows


def is_inherent(row, test, without, within):
    """A suite with a failure ends with 2 and one without with 0: a crash is
    explained by no failure."""
    return test in INHERENT or (test == EXIT and bool(row.inherent)
                                and (without, within) == ({"0"}, {"2"}))


def sort(row, test, without, within):
    """`None` is a test that did not come to an end."""
    told = (test, " or ".join(sorted(without)), " or ".join(sorted(within)))
    if without & within:
        row.unsteady.append(told)
    elif is_inherent(row, test, without, within):
        row.inherent.append(told)
    else:
        row.different.append(told)


def tell(row):
    for kind, cases in (("DIFFERENT", row.different),
                        ("inherent", row.inherent),
                        ("unsteady", row.unsteady)):
        lost = [case for case in cases if "None" in case[1:]]
        if len(lost) > 3:
            print("   %s: %s: %d tests did not come to an end"
                  % (kind, row.suite, len(lost)), flush=True)
            cases = [case for case in cases if case not in lost]
        for test, without, within in cases:
            print("   %s: %s: %s: without %s, with %s"
                  % (kind, row.suite, test, without, within), flush=True)


# ---- one Python -----------------------------------------------------------

def build_for(python, given):
    """The build folder for it, of those that were given; else made."""
    suffix = facts_of(python)["suffix"]
    for folder in given:
        if os.path.exists(os.path.join(folder, "python",
                                       "_stockade" + suffix)):
            return folder
    return stages.build(python.label, python)


def check(python, builds, names, timeout):
    """The rows of one Python, or None when it has no tests."""
    trees = {way: Tree(WORK / ("%s-%s" % (python.label, way)), python)
             for way in ["without"] + list(POLICIES)}
    suites = trees["without"].suites(names)
    if not trees["without"].suites(["test_import"]):
        return None
    for way, policies in POLICIES.items():
        trees[way].guard(build_for(python, builds), policies)
    gone = [name for name in names if name not in suites]
    if gone:
        print("   not in %s: %s" % (python.label, " ".join(gone)))
    rows = []
    print(HEAD, flush=True)
    for suite in suites:
        for row in compare(suite, trees, python.label, timeout):
            rows.append(row)
            print(row.line(), flush=True)
            tell(row)
    for tree in trees.values():
        shutil.rmtree(tree.folder, ignore_errors=True)
    return rows


def silent(rows):
    """Suites in which the guard saw next to nothing were not guarded."""
    return [row for row in rows if row.records < 10]


def short(python):
    """The stage of tests/run: a few quick suites on one Python."""
    found = Results()
    rows = check(python, [str(stages.build(python.label, python))], SHORT, 600)
    if rows is None:
        found.skip("transparency: python %s has no package `test` (Debian:"
                   " libpython3-testsuite)" % python.label)
        return found
    for row in rows:
        found.passed += row.held.counts()[0] - len(row.different)
        for test, without, within in row.different:
            found.fail("transparency (%s): %s: %s: without %s, with %s"
                       % (row.way, row.suite, test, without, within))
    for row in silent(rows):
        found.fail("transparency: %s was not guarded" % row.suite)
    return found


# ---- the command ----------------------------------------------------------

def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="tests/transparency", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", metavar="SUITE", nargs="*",
                        help="of CPython's own, as test_import; default: "
                        "all that touch imports")
    parser.add_argument("--python", metavar="P", action="append", default=[],
                        help="an interpreter that has its package `test`; "
                        "default: every one that is found")
    parser.add_argument("--build", metavar="B", action="append", default=[],
                        help="a build folder; used for the Python that it "
                        "was built for. Without one, built here")
    parser.add_argument("--timeout", metavar="S", type=int, default=900,
                        help="for one test (default: 900 seconds)")
    return parser.parse_args(arguments)


def chosen(options):
    if not options.python:
        return pythons.find()[0]
    found = [(command, pythons.ask(command)) for command in options.python]
    for command, python in found:
        if not python or not python.supported():
            sys.exit("tests/transparency: %s is no CPython 3.8 to 3.13"
                     % command)
    return [python for _, python in found]


def summary(results, skipped):
    print("\n%-12s %8s %8s %10s %9s" % ("python", "suites", "tests",
                                        "different", "unsteady"))
    for label, rows in results:
        print("%-12s %8d %8d %10d %9d" % (
            label, len({row.suite for row in rows}),
            sum(row.held.counts()[0] for row in rows),
            sum(len(row.different) for row in rows),
            sum(len(row.unsteady) for row in rows)))
    for label in skipped:
        print("skipped: %s has no package `test`" % label)


def main():
    options = parse(sys.argv[1:])
    results, skipped, wrong = [], [], 0
    for python in chosen(options):
        started = time.monotonic()
        print("== python %s (%s)" % (python.label, python.executable),
              flush=True)
        rows = check(python, options.build, options.suites or SUITES,
                     options.timeout)
        if rows is None:
            skipped.append(python.label)
            continue
        results.append((python.label, rows))
        for row in silent(rows):
            print("   NOT GUARDED: %s left %d records"
                  % (row.suite, row.records))
            wrong += 1
        print("== %.0f s" % (time.monotonic() - started), flush=True)
    summary(results, skipped)
    wrong += sum(len(row.different) for _, rows in results for row in rows)
    print("%d different" % wrong if wrong or not results
          else "the same with the guard as without it")
    return 1 if wrong or not results else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("tests/transparency: interrupted")
