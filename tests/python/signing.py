# SPDX-License-Identifier: Apache-2.0
"""A key, and files signed with it by the real minisign."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

import guarded

needs_minisign = pytest.mark.skipif(not shutil.which("minisign"),
                                    reason="the program minisign is not installed")


class Key:
    """A key pair without a passphrase."""

    def __init__(self, folder, name="vendor"):
        self.name = name
        self.public_file = folder / (name + ".pub")
        self.secret_file = folder / (name + ".key")
        subprocess.run(["minisign", "-G", "-W", "-f", "-p", str(self.public_file),
                        "-s", str(self.secret_file)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.public = self.public_file.read_text().split("\n")[1]

    def section(self, modules="*", more=""):
        return "[key %s]\npublic = %s\nmodules = %s\n%s" % (
            self.name, self.public, modules, more)

    def sign(self, path, comment, suffix=".minisig"):
        subprocess.run(["minisign", "-S", "-s", str(self.secret_file), "-m", str(path),
                        "-x", str(path) + suffix, "-t", comment],
                       check=True, stdout=subprocess.DEVNULL, input=b"")

    def sign_module(self, path, module, kind="module", **fields):
        self.sign(path, comment(path, module, kind, **fields))


def comment(path, module, kind="module", **fields):
    data = path.read_bytes()
    told = {"kind": kind, "module": module, "package": "", "version": "", "sequence": 0,
            "hash": hashlib.blake2b(data, digest_size=32).hexdigest(), "size": len(data),
            "context": "", "signed": int(time.time()) - 60, "expires": 0}
    told.update(fields)
    return "\t".join(["stockade1"] + ["%s=%s" % pair for pair in told.items()])


class Site:
    """A folder of modules on sys.path, and a policy that wants `shop` signed."""

    def __init__(self, folder):
        self.folder = folder
        self.lib = folder / "lib"
        self.lib.mkdir()
        self.key = Key(folder)
        self.policy("[modules]\nshop = signed\n")

    def policy(self, modules, signing="", settings=""):
        self.ini = self.folder / "policy.ini"
        self.ini.write_text("[stockade]\nversion = 1\ndefault = allow\n" + settings
                            + self.key.section() + signing + modules)

    def write(self, path, text, module=None, kind="module", **fields):
        file = self.lib / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else guarded.dedent(text).encode())
        if module:
            self.key.sign_module(file, module, kind, **fields)
        return file

    def run(self, code, *options):
        script = self.folder / "program.py"
        script.write_text("import sys\nsys.path.insert(0, %r)\n" % str(self.lib)
                          + guarded.dedent(code))
        return self.start(*options, str(script))

    def start(self, *words, **more):
        """`stockade run` under the policy, with more in its environment."""
        log = self.folder / "log"
        if log.exists():
            log.unlink()
        process = subprocess.run(
            [os.path.join(guarded.BUILD, "stockade"), "run", "-p", str(self.ini),
             "--audit", str(log), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, env=guarded.environment(**more), timeout=60,
            cwd=str(self.folder))
        return guarded.Done(process, str(log))

    def poison(self, path, code, mode="TIMESTAMP"):
        """Leaves bytecode of `code` where CPython looks for that of the module, and what it
        looks at is right: the time and the length, or the hash, of the true source."""
        self.python("-c", POISON, str(self.lib / path), code, mode)
        ran = self.python("-c", "import sys; sys.path.insert(0, sys.argv[1]);"
                          "print(vars(__import__(sys.argv[2], fromlist='x')).get('evil'))",
                          str(self.lib), path[:-3].replace("/", "."))
        assert ran.endswith("1\n")

    def bytecode(self, path, code):
        """Bytecode alone, at `path`."""
        source = self.folder / "evil.py"
        source.write_text(code)
        self.python("-c", "import py_compile, sys; py_compile.compile(*sys.argv[1:])",
                    str(source), str(self.lib / path))
        return self.lib / path

    def python(self, *words):
        """The Python of this build, without a guard."""
        return subprocess.run([plain_python(), "-I", *words], check=True, stdout=subprocess.PIPE,
                              universal_newlines=True).stdout


POISON = """
import importlib._bootstrap_external as external, importlib.util, marshal, os, sys
path, code, mode = sys.argv[1:]
code = compile(code, path, "exec")
source = open(path, "rb").read()
if mode == "TIMESTAMP":
    data = external._code_to_timestamp_pyc(code, int(os.stat(path).st_mtime), len(source))
else:
    data = external._code_to_hash_pyc(code, importlib.util.source_hash(source),
                                      mode == "CHECKED_HASH")
cache = importlib.util.cache_from_source(path)
os.makedirs(os.path.dirname(cache), exist_ok=True)
open(cache, "wb").write(data)
"""


def plain_python():
    with open(os.path.join(guarded.BUILD, "meson-info", "intro-buildoptions.json")) as options:
        for option in json.load(options):
            if option["name"] == "python":
                return shutil.which(option["value"]) or option["value"]
    return sys.executable


REFUSED = """
    import stockade
    try:
        import %s
    except stockade.SignatureError as error:
        assert isinstance(error, ImportError)
        assert not isinstance(error, ModuleNotFoundError)
        print(error.name, error.reason, error.key, error.rule)
        print(error)
    else:
        print("imported")
    print(%r in sys.modules)
"""


def refusal(site, name):
    done = site.run(REFUSED % (name, name))
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[-1] == "False"
    denied = done.attempts(name, verdict="deny", outcome="refused")
    assert len(denied) == 1
    assert denied[0]["requirement"] == "signed"
    assert denied[0]["reason"] == lines[0].split()[1]
    assert denied[0]["error"]
    return lines[0].split(), lines[1], denied[0]
