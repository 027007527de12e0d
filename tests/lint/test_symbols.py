# SPDX-License-Identifier: Apache-2.0
"""What the libraries offer, and what they must not ask for."""

import os
import re
import subprocess

import pytest

from tree import ROOT, c_files

# The library never exits, prints, or touches signals, locale, environment.
FORBIDDEN = {
    "exit", "_exit", "_Exit", "quick_exit", "abort", "__assert_fail",
    "atexit", "err", "errx", "warn", "warnx", "perror", "psignal",
    "printf", "__printf_chk", "vprintf", "__vprintf_chk", "puts", "putchar",
    "stdout", "stderr", "stdin",
    "signal", "sigaction", "sigprocmask", "pthread_sigmask", "raise", "kill",
    "alarm", "setitimer",
    "setlocale", "uselocale", "newlocale",
    "getenv", "secure_getenv", "setenv", "unsetenv", "putenv", "clearenv",
    "environ", "tzset", "localtime", "localtime_r", "mktime",
    "chdir", "fchdir", "umask", "system", "popen", "daemon",
    "strtok", "gets", "strcpy", "strcat", "sprintf", "__sprintf_chk",
    "__strcpy_chk", "__strcat_chk", "vsprintf", "rand", "srand", "tmpnam",
    "mktemp", "dlopen",
}

# What is needed all the same: (room, file): {symbol: why}.
ALLOWED = {
    ("audit", "emit.c"): {
        "pthread_sigmask": "SIGPIPE, of this thread, during one write"},
    ("audit", "sink_syslog.c"): {
        "localtime_r": "the time of RFC 3164 is local"},
    ("guard", "overseer.c"): {
        "pthread_sigmask": "signals are for the host's own threads"},
    ("python", "signed_extension.c"): {
        "dlopen": "the extension that was verified, before anybody can put a file in its place"},
    ("python", "signed_linked.c"): {
        "dlopen": "libraries that were verified, each from its sealed memory"},
    ("python", "process_supported.c"): {
        "getenv": "the word of who runs a Python that is too new"},
    ("python", "process_run.c"): {
        "getenv": "the active virtual environment, as python3 would"},
    ("python", "layers_ispython.c"): {
        "getenv": "PATH, as posix_spawnp() and env would"},
    ("sandbox", "namespaces.c"): {
        "_exit": "ends the child that writes the map of users"},
    ("sandbox", "root.c"): {
        "chdir": "into the new root, in a process that is nobody's host"},
    ("sandbox", "spawn.c"): {
        "pthread_sigmask": "no handler runs while a child has our memory",
        "sigaction": "of the child, before it is another program",
        "sigprocmask": "the same"},
    ("sandbox", "probe.c"): {
        "_exit": "ends the child that tried a feature",
        "kill": "ends that child when it hangs"},
}

ROOMS = [room for room in ["base", "policy", "trust", "audit", "wire",
                           "sandbox", "guard", "python"]
         if c_files("src/" + room)]


def nm(*arguments):
    return subprocess.run(["nm"] + list(map(str, arguments)), check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def asked_for(archive):
    """{file: symbols it needs}."""
    found, name = {}, None
    for line in nm("-u", "--without-symbol-versions", archive).splitlines():
        if line.endswith(":"):
            name = os.path.basename(line[:-1])[:-len(".o")]
        elif line.split():
            found.setdefault(name, set()).add(line.split()[-1])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_asks_for_nothing_forbidden(build, room):
    archive = build / "src" / room / ("libstockade_%s.a" % room)
    wrong = {}
    for name, symbols in asked_for(archive).items():
        found = (symbols & FORBIDDEN) - set(ALLOWED.get((room, name), {}))
        if found:
            wrong[name] = sorted(found)
    assert wrong == {}


def test_every_exception_is_needed(build):
    for (room, name), symbols in ALLOWED.items():
        archive = build / "src" / room / ("libstockade_%s.a" % room)
        assert set(symbols) <= asked_for(archive)[name]


def test_a_forbidden_symbol_is_seen(tmp_path):
    source, target = tmp_path / "x.c", tmp_path / "x.o"
    source.write_text("#include <stdlib.h>\n"
                      "void f(void);\nvoid f(void) { exit(1); }\n")
    subprocess.run(["gcc", "-c", str(source), "-o", str(target)], check=True)
    archive = tmp_path / "libx.a"
    subprocess.run(["ar", "rc", str(archive), str(target)], check=True)
    assert "exit" in asked_for(archive)["x"]


def offered(library):
    lines = nm("-D", "--defined-only", "--without-symbol-versions", library)
    return {line.split()[-1] for line in lines.splitlines()}


def declared():
    text = "\n".join(path.read_text() for path in c_files("include/stockade"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"^STK_API[^;(]*?\b(stk_\w+)\(", text, re.M))


def test_the_library_offers_what_the_headers_declare(build):
    assert len(declared()) > 30
    library = build / "libstockade.so"
    if not library.exists():
        pytest.skip("this build links a static libpython: no libstockade.so")
    # PyInit__stockade: for the table of built-in modules
    found = offered(library) - {"PyInit__stockade"}
    assert sorted(found - declared()) == []
    assert sorted(declared() - found) == []


def test_the_extension_offers_its_module_alone(build):
    found = list((build / "python").glob("_stockade*.so"))
    assert len(found) == 1
    assert offered(found[0]) == {"PyInit__stockade"}
