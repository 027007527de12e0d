#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a worker costs, beside multiprocessing, RPyC and bubblewrap.

    python3 tests/bench/bench_worker.py BUILD [--rounds N] [--quick] [--peers FOLDER]

Each contender is a process that takes one sample whenever it is told to, so
that all of them take turns; a figure is the median of its samples. RPyC is
looked for in FOLDER, too (pip install --target FOLDER rpyc). Prints one JSON
object: microseconds, and what is missing.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import bench_import

POLICY = """
[stockade]
version = 1
default = allow
trusted = @stdlib
[modules]
plugins = allow
plugins.* = sandbox:strict
[sandbox strict]
syscalls = @buffers
spares = %d
memory = 2G
reply = 128M
"""

PLUGIN = """
def negative(x):
    return -x

def length(data):
    return sum(memoryview(data)[::4096])

kept = b"x" * {large}

def large():
    return kept
"""

# What is imported where the imports of a worker are measured: no machine
# code, which a worker has from its zygote.
IMPORTED = ("argparse", "ast", "cmd", "configparser", "dataclasses", "difflib", "filecmp",
            "html.parser", "inspect", "numbers", "optparse", "pprint", "shlex", "string", "textwrap")

LOOP = """
import os, sys, time
clock = time.perf_counter_ns

def calls(function, n={calls}):
    started = clock()
    for _ in range(n):
        function(1)
    return (clock() - started) / n

def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        found = [int(word) for word in file.read().split()]
    return found + [below for pid in found for below in children(pid)]

# We on one processor, who answers on another: each is awake then.
def apart():
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cpus[:1])
    for pid in children(os.getpid()):
        os.sched_setaffinity(pid, cpus[1:2] or cpus)

def asleep(function, n={gaps}):
    took = 0
    for _ in range(n):
        time.sleep(0.002)
        started = clock()
        function(1)
        took += clock() - started
    return took / n

def busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass

def once(function, *args):
    started = clock()
    function(*args)
    return clock() - started
{body}
for line in sys.stdin:
    print(sample(), flush=True)
"""

GUARDED = """
sys.path[:0] = [{package!r}, {folder!r}]
import stockade, plugins
guard = stockade.install({policy!r}, audit="")
"""

WORKER = GUARDED + """
import plugins.p1 as plugin
plugin.negative(1)
"""

# Whoever has the next plugin ready, with its first function called. The host
# does something else until its spare is there.
SPARE = WORKER + """
number = 1
box = None
def sample():
    global number
    number += 1
    busy(0.01)
    {how}
"""

CONNECTION = """
import multiprocessing.connection, socket, subprocess
ours, theirs = socket.socketpair()
code = '''
import multiprocessing.connection as m
c = m.Connection({{}})
while True:
    try:
        what = c.recv()
    except EOFError:
        break
    if what == "bytes":
        c.send(sum(memoryview(c.recv_bytes())[::4096]))
    elif what == "give":
        c.send_bytes(b"x" * {large})
    else:
        c.send(-what)
'''.format(theirs.fileno())
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], pass_fds=[theirs.fileno()],
                         stdin=subprocess.DEVNULL)
theirs.close()
connection = multiprocessing.connection.Connection(ours.detach())
def function(x):
    connection.send(x)
    return connection.recv()
function(1)
"""

SEQPACKET = """
import socket, subprocess
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
code = '''
import socket
s = socket.socket(fileno={{}})
while True:
    data = s.recv(65536)
    if not data:
        break
    s.send(data)
'''.format(theirs.fileno())
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], pass_fds=[theirs.fileno()],
                         stdin=subprocess.DEVNULL)
theirs.close()
frame = b"x" * 64
def function(x):
    ours.send(frame)
    return ours.recv(65536)
"""

RPYC = """
sys.path.append({peers!r})
import rpyc, socket, subprocess
ours, theirs = socket.socketpair()
code = '''
import sys
sys.path.append({peers!r})
import rpyc, socket
class Service(rpyc.Service):
    def exposed_negative(self, x):
        return -x
rpyc.utils.factory.connect_stream(
    rpyc.SocketStream(socket.socket(fileno={{}})), Service).serve_all()
'''.format(theirs.fileno())
child = subprocess.Popen([sys.executable, "-c", code], pass_fds=[theirs.fileno()],
                         stdin=subprocess.DEVNULL)
theirs.close()
connection = rpyc.utils.factory.connect_stream(rpyc.SocketStream(ours))
function = connection.root.negative
function(1)
"""

SPAWN = """
import multiprocessing, os
def answer(connection):
    connection.send(1)
def sample():
    context = multiprocessing.get_context("spawn")
    started = clock()
    here, there = context.Pipe()
    process = context.Process(target=os.getpid)
    process.start()
    process.join()
    return clock() - started
"""

PROGRAM = """
import subprocess
def sample():
    return once(subprocess.run, {command!r})
"""

FRESH = """
import subprocess
code = {code!r}
def sample():
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE, check=True)
    return float(done.stdout)
"""

COLD = "import sys, time\nclock = time.perf_counter_ns\n" + GUARDED + """
started = clock()
import plugins.p1
plugins.p1.negative(1)
print(clock() - started)
"""

# Nothing is executed before on either side: a first worker has executed no
# module of the standard library either.
IMPORTS = """
import sys, time
started = time.perf_counter_ns()
import {names}
print(time.perf_counter_ns() - started)
"""

BROKERED = "import sys\n" + GUARDED + """
import plugins.imports
print(plugins.imports.run())
"""

MEMORY = "import sys, os, time\n" + GUARDED + """
import importlib
for number in range(1, {workers} + 1):
    importlib.import_module("plugins.p%d" % number).negative(1)
time.sleep(0.5)
def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]
def kilobytes(pid):
    with open("/proc/%d/smaps_rollup" % pid) as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
zygote, = children(os.getpid())
try:
    sizes = sorted(kilobytes(pid) for pid in children(zygote))
    print(sizes[len(sizes) // 2])
except PermissionError:
    print("null")
"""


class Contender:
    """A process that takes a sample when it is told to."""

    def __init__(self, body, python, names):
        text = LOOP.replace("{body}", body)
        for name, value in names.items():
            text = text.replace("{%s!r}" % name, repr(value)).replace("{%s}" % name, str(value))
        text = text.replace("{{", "{").replace("}}", "}")
        self.process = subprocess.Popen([python, "-c", text], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, universal_newlines=True,
                                        env=environment())

    def sample(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a contender ended with %s" % self.process.wait())
        return float(line)

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    return env


def take_turns(contenders, rounds, python, names):
    """{name: median in microseconds}."""
    samples = {name: [] for name in contenders}
    running = {name: Contender(body, python, names) for name, body in contenders.items()}
    try:
        for contender in running.values():
            contender.sample()
        order = list(running)
        for turn in range(rounds):
            for name in order[turn % len(order):] + order[:turn % len(order)]:
                samples[name].append(running[name].sample())
    finally:
        for contender in running.values():
            contender.end()
    return {name: round(statistics.median(values) / 1e3, 3) for name, values in samples.items()}


def write_plugins(folder, count, large):
    plugins = Path(folder) / "plugins"
    plugins.mkdir()
    (plugins / "__init__.py").write_text("")
    for number in range(count):
        (plugins / ("p%d.py" % number)).write_text(
            PLUGIN.replace("{large}", str(large if number == 0 else 1)))
    names = ", ".join(IMPORTED)
    (plugins / "imports.py").write_text(
        "import time\ndef run():\n    started = time.perf_counter_ns()\n    import %s\n"
        "    return time.perf_counter_ns() - started\n" % names)


class Bench:
    def __init__(self, build, folder, python, rounds, quick, peers):
        self.folder, self.python, self.rounds, self.quick = Path(folder), python, rounds, quick
        self.large = (1 if quick else 60) << 20
        self.names = {
            "package": os.path.join(build, "python"), "folder": str(folder), "peers": peers,
            "policy": str(self.folder / "policy.ini"), "large": self.large,
            "calls": 200 if quick else 2000, "gaps": 5 if quick else 50,
            "names": ", ".join(IMPORTED), "workers": 3 if quick else 10,
        }
        self.missing = []
        write_plugins(folder, rounds + 10, self.large)
        (self.folder / "policy.ini").write_text(POLICY % 1)
        (self.folder / "cold.ini").write_text(POLICY % 0)
        self.has_rpyc = subprocess.run(
            [python, "-c", "import sys; sys.path.append(%r); import rpyc" % peers],
            stderr=subprocess.DEVNULL).returncode == 0
        self.bwrap = shutil.which("bwrap")
        if not self.has_rpyc:
            self.missing.append("RPyC")
        if not self.bwrap:
            self.missing.append("bubblewrap")

    def fill(self, text, **more):
        for name, value in dict(self.names, **more).items():
            text = text.replace("{%s!r}" % name, repr(value)).replace("{%s}" % name, str(value))
        return text

    def turns(self, contenders, rounds=None):
        return take_turns(contenders, rounds or self.rounds, self.python, self.names)

    def start(self):
        bare = [self.python, "-I", "-S", "-E", "-c", "pass"]
        contenders = {
            "python": self.fill(PROGRAM, command=bare),
            "worker": SPARE.replace(
                "{how}", "global box\n    box = guard.sandbox('strict')\n"
                "    return once(box.run, 'def f(x):\\n    return -x\\nresult = f(1)')"),
            "import": SPARE.replace(
                "{how}", "started = clock()\n    name = 'p%d' % number\n"
                "    module = __import__('plugins.' + name, fromlist=[name])\n"
                "    module.negative(1)\n    return clock() - started"),
            "cold": self.fill(FRESH, code=self.fill(COLD, policy=str(self.folder / "cold.ini"))),
            "spawn": SPAWN,
        }
        if self.bwrap:
            contenders["bwrap"] = self.fill(PROGRAM, command=[
                self.bwrap, "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", *bare])
        return self.turns(contenders)

    def call(self, how, first=""):
        tail = first + "\ndef sample():\n    return %s(function)\n" % how
        contenders = {"worker": WORKER + "function = plugin.negative\n" + tail,
                      "connection": CONNECTION + tail, "seqpacket": SEQPACKET + tail}
        if self.has_rpyc:
            contenders["rpyc"] = RPYC + tail
        return self.turns(contenders)

    def large_bytes(self):
        give = "data = bytes({large})\n"
        worker = WORKER + "import plugins.p0 as plugin\n"
        contenders = {
            "sealed": worker + give + "data = stockade.SealedBytes(data)\n"
                      "def sample():\n    return once(plugin.length, data)\n",
            "sealed anew": worker + give +
                           "def sample():\n    return once(\n"
                           "        lambda: plugin.length(stockade.SealedBytes(data)))\n",
            "worker": worker + give + "def sample():\n    return once(plugin.length, data)\n",
            "connection": CONNECTION + give + """
def give():
    connection.send("bytes")
    connection.send_bytes(data)
    return connection.recv()
def sample():
    return once(give)
""",
            "worker back": worker + "def sample():\n    return once(plugin.large)\n",
            "connection back": CONNECTION + """
def take():
    connection.send("give")
    return connection.recv_bytes()
def sample():
    return once(take)
""",
        }
        return self.turns(contenders, max(3, self.rounds // 3))

    def imports(self):
        return self.turns({"plain": self.fill(FRESH, code=self.fill(IMPORTS)),
                           "brokered": self.fill(FRESH, code=self.fill(BROKERED))})

    def memory(self):
        """KiB, or None: nobody but root sees the pages of a worker."""
        done = subprocess.run([self.python, "-I", "-S", "-c", self.fill(MEMORY)], check=True,
                              stdout=subprocess.PIPE, env=environment())
        return json.loads(done.stdout)


def bench(build, rounds, python, quick=False, peers=""):
    answer = {"python": bench_import.child("import sys; print(sys.version.split()[0])",
                                           python).strip()}
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(build, folder, python, rounds, quick, peers)
        answer["start"] = b.start()
        answer["awake"] = b.call("calls", "apart()")
        answer["anywhere"] = b.call("calls")
        answer["asleep"] = b.call("asleep")
        answer["large"] = b.large_bytes()
        answer["imports"] = b.imports()
        answer["memory"] = b.memory()
        answer["missing"] = b.missing
        answer["large bytes"] = "%d MB" % (b.large >> 20)
        answer["imported"] = len(IMPORTED)
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--quick", action="store_true", help="few calls, small bytes")
    parser.add_argument("--peers", default="", help="where RPyC is, if not on sys.path")
    parser.add_argument("--python", help="the one it was built for; asked for if not told")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    python = args.python or bench_import.python_of(build)
    json.dump(bench(build, args.rounds, python, args.quick, args.peers), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
