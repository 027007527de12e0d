#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a verified import costs, against a plain one of warm .pyc files.

    python3 tests/bench/bench_signed.py BUILD [--rounds N] [--quick] [--only WORD]

Each figure is the median ratio of rounds in which the variants take turns, a
fresh process a sample, in processor time, the kernel's included. What opens
the bundle or the tree, and puts the guard in, is inside the time. Prints one
JSON object.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import bench_import

RUN = """
import sys, time, gc
{prepare}
started = time.process_time()
{install}
for name in {names!r}:
    __import__(name)
print((time.process_time() - started) * 1e9)
"""

PREPARE = """
sys.path.insert(0, {package!r})
import stockade
del sys.path[0]
"""

INSTALL = "stockade.install({policy!r}, audit='')"

# What no loader can save: the bytes are there, they become code and run.
FLOOR = """
import marshal, sys, time
Module, data = type(sys), []
for name in {names!r}:
    folder, _, last = ("/" + name.replace(".", "/")).rpartition("/")
    path = {root!r} + folder + "/__pycache__/" + last + {end!r}
    with open(path, "rb") as file:
        data.append((name, file.read()[16:]))
started = time.process_time()
for name, code in data:
    module = Module(name)
    module.__dict__["__builtins__"] = __builtins__
    sys.modules[name] = module
    exec(marshal.loads(code), module.__dict__)
print((time.process_time() - started) * 1e9)
"""

# The same where there is source alone.
COMPILED = """
import sys, time
Module, data = type(sys), []
for name in {names!r}:
    with open({root!r} + "/" + name.replace(".", "/") + ".py", "rb") as file:
        data.append((name, file.read()))
started = time.process_time()
for name, text in data:
    module = Module(name)
    module.__dict__["__builtins__"] = __builtins__
    sys.modules[name] = module
    exec(compile(text, name, "exec", dont_inherit=True), module.__dict__)
print((time.process_time() - started) * 1e9)
"""

FUNCTION = '''
def function_{n}(self, first, second={n}, *rest, **named):
    """Returns what it is given, in another order: {word}."""
    total = first + second * {n}
    for index, item in enumerate(rest):
        if index % {m} == 0:
            total += item
        else:
            total -= named.get("{word}_" + str(index), index)
    return {{"total": total, "{word}": rest, "self": self}}
'''


def module_text(seed, size=7900):
    """Source such as libraries have: a class, functions, constants."""
    words = random.Random(seed)
    parts = ['"""Module %d."""\n' % seed, "import sys\n", "import os\n"]
    n = 0
    while sum(map(len, parts)) < size:
        word = "".join(words.choice("abcdefghijklmnop") for _ in range(8))
        body = FUNCTION.format(n=n, m=n % 7 + 2, word=word)
        if n < 5:
            head = "\nclass Class:\n" if n == 0 else ""
            body = head + body.replace("\n", "\n    ").rstrip() + "\n"
        else:
            body += "%s = (%d, %r, %r)\n" % (word.upper(), n, word, seed)
        parts.append(body)
        n += 1
    return "".join(parts)


class Tree:
    """Synthetic modules in packages of 50, or flat."""

    def __init__(self, folder, count, flat=False):
        self.root = Path(folder)
        self.root.mkdir()
        self.names, self.tops = [], []
        for i in range(count):
            if flat:
                path, name = self.root / ("flat%d.py" % i), "flat%d" % i
                self.tops.append(name)
            else:
                package = "pkg%03d" % (i // 50)
                if i % 50 == 0:
                    (self.root / package).mkdir()
                    (self.root / package / "__init__.py").write_text("")
                    self.tops.append(package)
                path = self.root / package / ("mod%d.py" % i)
                name = "%s.mod%d" % (package, i)
            path.write_text(module_text(i))
            self.names.append(name)

    def compile(self, python):
        subprocess.run([python, "-I", "-m", "compileall", "-q", str(self.root)], check=True)


class Signer:
    """Keys, signatures, bundles and policies, all made by the command."""

    def __init__(self, build, folder, python):
        self.command = os.path.join(build, "stockade")
        self.build, self.folder, self.python = build, Path(folder), python
        self.call("keygen", "--no-passphrase", "-o", str(self.folder / "vendor"))
        self.public = (self.folder / "vendor.pub").read_text().split("\n")[1]
        self.key = str(self.folder / "vendor.key")

    def call(self, *arguments):
        subprocess.run([self.command, *arguments], check=True, stdout=subprocess.DEVNULL)

    def bundle(self, tree, name, *options):
        path = self.folder / name
        self.call("bundle", "--key", self.key, "--python", self.python, *options, str(tree),
                  "-o", str(path))
        return path

    def policy(self, name, tops, suffix="", signing=""):
        path = self.folder / name
        path.write_text(
            "[stockade]\nversion = 1\ndefault = allow\ntrusted = @stdlib\n"
            "[key vendor]\npublic = %s\nmodules = *\n[signing]\n%s[modules]\n%s"
            % (self.public, signing, "".join("%s = signed%s\n" % (t, suffix) for t in tops)))
        return path


def source(names, paths, build=None, policy=None):
    lines = "".join("sys.path.insert(0, %r)\n" % str(p) for p in reversed(paths))
    if policy is None:
        return RUN.format(prepare=lines, install="", names=names)
    return RUN.format(
        prepare=PREPARE.format(package=os.path.join(build, "python")) + lines,
        install=INSTALL.format(policy=str(policy)), names=names)


def child(text, python):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run([python, "-I", "-S", "-c", text], env=env, check=True,
                          stdout=subprocess.PIPE, universal_newlines=True)
    return float(done.stdout)


def sample(variants, rounds, python):
    """{name: nanoseconds, a round each}."""
    samples = {name: [] for name in variants}
    names = list(variants)
    for turn in range(rounds):
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            samples[name].append(child(variants[name], python))
    return samples


def compare(variants, rounds, python):
    """{name: median ratio to "plain"}."""
    samples = sample(variants, rounds, python)
    plain = samples["plain"]
    return {name: round(statistics.median(a / b for a, b in zip(values, plain)), 3)
            for name, values in samples.items() if name != "plain"}


class Bench:
    def __init__(self, build, folder, python, rounds, quick):
        self.build, self.folder, self.python = build, Path(folder), python
        self.rounds, self.quick, self.flat = rounds, quick, None
        self.signer = Signer(build, folder, python)

    def small(self, count):
        return max(20, count // 10) if self.quick else count

    def tree(self, name, count, flat=False):
        tree = Tree(self.folder / name, self.small(count), flat)
        tree.compile(self.python)
        return tree

    def variants(self, tree, names, paths, **policies):
        made = {"plain": source(names, paths)}
        for name, policy in policies.items():
            made[name] = source(names, paths, self.build, policy)
        return made

    def bundled(self, tree, name):
        bundle = self.signer.bundle(tree.root, name + ".stk")
        return self.signer.policy(name + ".ini", tree.tops, " bundle:" + str(bundle))

    def modules(self, count):
        tree = self.tree("tree%d" % count, count)
        name = "bundle%d" % count
        policy = self.bundled(tree, name)
        slow = self.signer.policy(name + "-slow.ini", tree.tops,
                                  " bundle:%s" % (self.folder / (name + ".stk")),
                                  "fast_path = off\n")
        rounds = self.rounds if count <= 1000 else max(3, self.rounds // 3)
        variants = self.variants(tree, tree.names, [tree.root], bundle=policy, finder=slow)
        variants["floor"] = self.floor(tree, tree.names)
        return tree, policy, compare(variants, rounds, self.python)

    def floor(self, tree, names):
        tag = bench_import.child("import sys; print(sys.implementation.cache_tag)", self.python)
        return FLOOR.format(names=names, root=str(tree.root), end="." + tag.strip() + ".pyc")

    def few(self, tree, policy):
        names = tree.names[:20]
        return compare(self.variants(tree, names, [tree.root], bundle=policy),
                       self.rounds * 3, self.python)

    def path_variants(self, entries):
        """490 flat modules behind that many folders of others."""
        if not self.flat:
            tree = self.tree("flat", 490, flat=True)
            self.flat = tree, self.bundled(tree, "flat-bundle")
        tree, policy = self.flat
        junk = [self.folder / ("junk%d" % i) for i in range(entries)]
        for folder in junk:
            folder.mkdir(exist_ok=True)
            for j in range(20):
                (folder / ("junk%d.py" % j)).write_text("")
        return self.variants(tree, tree.names, junk + [tree.root], bundle=policy)

    def paths(self, entries):
        return compare(self.path_variants(entries), self.rounds, self.python)

    def medians(self, variants):
        """{name: milliseconds}."""
        samples = sample(variants, max(3, self.rounds // 3), self.python)
        return {name: round(statistics.median(values) / 1e6, 2)
                for name, values in samples.items()}

    def by_count(self, tree, policy):
        """[(modules, {name: milliseconds})] of one tree, more and more of it."""
        points = []
        for part in (100, 40, 20, 10, 5, 2, 1):
            names = tree.names[:len(tree.names) // part]
            variants = self.variants(tree, names, [tree.root], bundle=policy)
            variants["floor"] = self.floor(tree, names)
            points.append((len(names), self.medians(variants)))
        return points

    def by_path(self):
        return [(entries, self.medians(self.path_variants(entries)))
                for entries in (0, 5, 10, 20, 35, 50)]

    def manifest(self):
        tree = self.tree("manifest", 500)
        self.signer.call("sign", "--key", self.signer.key, "--python", self.python,
                         str(tree.root))
        policy = self.signer.policy("manifest.ini", tree.tops)
        return compare(self.variants(tree, tree.names, [tree.root], manifest=policy),
                       self.rounds, self.python)

    def detached(self):
        tree = self.tree("detached", 100)
        files = sorted(str(p) for p in tree.root.rglob("*.py"))
        self.signer.call("sign", "--key", self.signer.key, "--root", str(tree.root), *files)
        policy = self.signer.policy("detached.ini", tree.tops)
        variants = self.variants(tree, tree.names, [tree.root], detached=policy)
        variants["floor"] = COMPILED.format(names=tree.names, root=str(tree.root))
        return compare(variants, self.rounds, self.python)

    def stdlib(self):
        names, _ = json.loads(bench_import.child(bench_import.LIST_MODULES, self.python))
        bundle = self.folder / "stdlib.stk"
        self.signer.call("bundle", "--key", self.signer.key, "--stdlib", "--python", self.python, "-o",
                         str(bundle))
        policy = self.signer.policy("stdlib.ini", ["@stdlib"], " bundle:%s" % bundle)
        return compare(self.variants(None, names, [], bundle=policy), self.rounds, self.python)


def bench(build, rounds, python, quick=False, only="", curves=False):
    answer = {"python": bench_import.child("import sys; print(sys.version.split()[0])",
                                           python).strip()}
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(build, folder, python, rounds, quick)
        if only in "500 modules of a bundle":
            answer["500 modules of a bundle"] = b.modules(500)[2]
        if only in "5000 modules of a bundle" or only in "20 modules of a large bundle":
            tree, policy, answer["5000 modules of a bundle"] = b.modules(5000)
            answer["20 modules of a large bundle"] = b.few(tree, policy)
            if curves:
                answer["by modules"] = b.by_count(tree, policy)
        for entries in (0, 10, 50):
            title = "%d entries of sys.path before it" % entries
            if only in title:
                answer[title] = b.paths(entries)
        for title, measure in (("a signed tree with code", b.manifest),
                               ("signatures of single files, the first time", b.detached),
                               ("the standard library as a bundle", b.stdlib)):
            if only in title:
                answer[title] = measure()
        if curves:
            answer["by entries"] = b.by_path()
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a tenth of the modules")
    parser.add_argument("--curves", action="store_true",
                        help="also milliseconds by modules and by entries of sys.path")
    parser.add_argument("--only", default="", help="what has this in its title")
    parser.add_argument("--python", help="the one it was built for; asked for if not told")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    python = args.python or bench_import.python_of(build)
    json.dump(bench(build, args.rounds, python, args.quick, args.only,
                    args.curves), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
