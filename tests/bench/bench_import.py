#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a guard costs an import: ratios of guarded to plain, one run.

    python3 tests/bench/bench_import.py BUILD [--rounds N]

Each figure is the median of rounds that take turns, a process a sample.
Loading modules is measured in processor time, the kernel's included, so that
a busy machine does not change it. Prints one JSON object.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

FREE = "[stockade]\nversion = 1\ndefault = allow\ntrusted = @stdlib\n"
SCOPED = FREE + "[modules from plugins.reports]\nsocket = deny\n"

CACHED = """
import timeit, os
{install}
statement = {statement!r}
n = {n}
print(min(timeit.repeat(statement, repeat=7, number=n)) / n * 1e9)
"""

MODULES = """
import sys, time
{install}
started = time.process_time()
for name in {names!r}:
    __import__(name)
print((time.process_time() - started) * 1e9)
"""

INSTALL = """
import sys; sys.path.insert(0, {package!r})
import stockade; stockade.install({policy!r}, audit={audit!r})
del sys.path[0]
"""

LIST_MODULES = """
import sys, json
names = []
for name in '''argparse asyncio base64 bisect bz2 calendar cmd code codecs collections.abc
colorsys concurrent.futures configparser contextlib copy csv ctypes dataclasses datetime dbm
decimal difflib dis doctest email.message email.mime.text enum filecmp fileinput fractions ftplib
functools getpass gettext glob graphlib gzip hashlib heapq hmac html.parser http.client
http.cookiejar http.server imaplib inspect io ipaddress json keyword linecache locale logging.config
logging.handlers lzma mailbox mimetypes modulefinder multiprocessing.pool netrc numbers
optparse pathlib pdb pickle pickletools pkgutil platform plistlib poplib pprint profile
pstats pyclbr pydoc queue quopri random re reprlib runpy sched secrets selectors shelve shlex shutil
signal smtplib socket socketserver sqlite3 ssl stat statistics string stringprep struct
subprocess symtable sysconfig tarfile tempfile textwrap threading timeit token tokenize trace
traceback tracemalloc types typing unittest.mock urllib.request urllib.robotparser uuid venv
warnings wave weakref webbrowser wsgiref.simple_server xml.dom.minidom xml.etree.ElementTree
xml.sax xmlrpc.client zipapp zipfile zipimport'''.split():
    before = len(sys.modules)
    try:
        __import__(name)
    except ImportError:
        continue
    names.append(name)
print(json.dumps([names, len(sys.modules)]))
"""


def python_of(build):
    """The interpreter that a build is for, as its doctor says."""
    done = subprocess.run([os.path.join(build, "stockade"), "doctor", "--format", "json"],
                          stdout=subprocess.PIPE, universal_newlines=True)
    return json.loads(done.stdout)["python"]["executable"]


def child(source, python):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-S", "-c", source], env=env, stdout=subprocess.PIPE, check=True,
        universal_newlines=True,
    )
    return done.stdout


def install_line(build, folder, text, name):
    policy = os.path.join(folder, name + ".ini")
    with open(policy, "w") as file:
        file.write(text)
    return INSTALL.format(
        package=os.path.join(build, "python"),
        policy=policy,
        audit="file:" + os.path.join(folder, name + ".jsonl"),
    )


def take_turns(variants, rounds, python):
    """{name: source} -> {name: [nanoseconds]}; the order turns each round."""
    samples = {name: [] for name in variants}
    names = list(variants)
    for turn in range(rounds):
        for name in names[turn % len(names):] + names[: turn % len(names)]:
            samples[name].append(float(child(variants[name], python)))
    return samples


def ratios(samples):
    plain = samples["plain"]
    return {
        name: round(statistics.median(a / b for a, b in zip(values, plain)), 3)
        for name, values in samples.items()
        if name != "plain"
    }


def bench(build, rounds, python, loops=500000):
    answer = {"python": child("import sys; print(sys.version.split()[0])", python).strip()}
    with tempfile.TemporaryDirectory() as folder:
        installs = {
            "plain": "",
            "guarded": install_line(build, folder, FREE, "free"),
            "scoped": install_line(build, folder, SCOPED, "scoped"),
        }
        for title, statement in (
            ("cached import os", "import os"),
            ("cached from os import path", "from os import path"),
            ("id() under the audit hook", "id(0)"),
        ):
            answer[title] = ratios(take_turns(
                {name: CACHED.format(install=line, statement=statement, n=loops)
                 for name, line in installs.items()}, rounds, python))
        names, count = json.loads(child(LIST_MODULES, python))
        answer["modules"] = count
        answer["modules, recorded to a file"] = ratios(take_turns(
            {name: MODULES.format(install=line, names=names)
             for name, line in installs.items()}, rounds * 3, python))
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loops", type=int, default=500000,
                        help="of a cached statement")
    parser.add_argument("--python", help="the one it was built for; asked for if not told")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    python = args.python or python_of(build)
    json.dump(bench(build, args.rounds, python, args.loops), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
