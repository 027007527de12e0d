# SPDX-License-Identifier: Apache-2.0
"""A place with a [loader v] whose finder is honest."""

import pytest

import guarded

POLICY = guarded.CLOSED + guarded.dedent("""
    acme = allow
    vault = allow

    [loader v]
    finder = acme.finder:Finder
    arguments = one, path:boxes, file:box.txt
    modules = vault
    result = %s
""")

FINDER = """
    from importlib.machinery import ModuleSpec

    TEXT = '''
    import sys
    here = __name__
    def twice(x):
        return 2 * x
    def fail():
        return 1 / 0  # the line
    '''

    class Loader:
        def __init__(self, finder):
            self.finder = finder
        def create_module(self, spec):
            return None
        def exec_module(self, module):
            exec(compile(self.get_source(module.__name__), "inside", "exec"), module.__dict__)
        def get_source(self, name):
            extra = "from . import low\\n" if name == "vault.high" else ""
            return extra + "told = %r\\n" % (self.finder.told,) + TEXT
        def get_filename(self, name):
            return "/inside/" + name.replace(".", "/") + ("" if "." in name else "/__init__") + ".py"
        def get_data(self, path):
            if path.endswith(".minisig"):
                raise OSError(path)
            return b"data of " + path.encode()

    class Finder:
        def __init__(self, *told):
            self.told = told
            self.paths = []
        def find_spec(self, name, path=None, target=None):
            self.paths.append(path)
            if name.rpartition(".")[2] in ("nothing",):
                return None
            return ModuleSpec(name, Loader(self), is_package="." not in name)
"""


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY % "source")
    place.write("acme/__init__.py", "")
    place.write("acme/finder.py", FINDER)
    place.write("box.txt", "what is in the box\n")
    return place
