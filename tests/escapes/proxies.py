# SPDX-License-Identifier: Apache-2.0
"""Objects that lie: (kind, title, source, more). What the worker returns is
used in the host as a careless program would."""

KIND = "objects"

EVIL = """
def evil(*args, **kwargs):
    raise SystemExit("from the worker")
"""

MANY = """
import copy, pickle, json, operator, pprint
for use in (repr, str, bool, hash, type, dir, len, iter, list, dict, tuple, set, sorted, sum, max, int, float, complex,
            bytes, abs, round, callable, vars, operator.index, json.dumps, copy.copy, copy.deepcopy, pickle.dumps,
            pprint.pformat, "{}".format, "{0.a}".format, "%s".__mod__, "%d".__mod__, isinstance.__call__,
            lambda x: x == x, lambda x: x < 1, lambda x: x + 1, lambda x: 1 + x, lambda x: x[0], lambda x: [1][x],
            lambda x: x.a, lambda x: x.__dict__, lambda x: x.__class__.__name__, lambda x: x(), lambda x: x in [1],
            lambda x: 1 in x, lambda x: isinstance(x, (str, int, dict)), lambda x: issubclass(x, str),
            lambda x: open(x), lambda x: exec(x), lambda x: eval(x), lambda x: setattr(x, "a", 1),
            lambda x: "".join(x), lambda x: {x: 1}, lambda x: getattr(1, x), lambda x: print(x, file=open("/dev/null", "w")),
            lambda x: __import__(x), lambda x: memoryview(x), lambda x: x.__reduce_ex__(4), lambda x: x.__array__(),
            lambda x: [*x], lambda x: {**x}, lambda x: x.__enter__(), lambda x: next(x), lambda x: x.__await__()):
    try:
        use(value)
    except Exception:
        pass
"""

USED = {"host": MANY + "told = type(value).__name__\n", "timeout": 10.0, "slack": 150.0}

OBJECTS = {
    "An object whose every method raises SystemExit": """
class Evil:
    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __getitem__ = __call__ = __bool__ = evil
    __reduce__ = __reduce_ex__ = __getstate__ = __copy__ = __deepcopy__ = __index__ = __int__ = __float__ = evil
    __fspath__ = __buffer__ = __array__ = __dir__ = __format__ = __enter__ = __next__ = __await__ = evil
    __getattr__ = evil
result = Evil()
""",
    "An object that says it is text": """
class Evil:
    __class__ = property(lambda self: str)
result = Evil()
""",
    "An object that says it is a module": """
import types
class Evil:
    __class__ = property(lambda self: types.ModuleType)
    __file__ = __name__ = __path__ = __loader__ = __spec__ = "os"
result = Evil()
""",
    "A kind of text": "class Evil(str):\n    __str__ = encode = __len__ = __add__ = __hash__ = evil\nresult = Evil('x')\n",
    "A kind of number": "class Evil(int):\n    __index__ = __int__ = __add__ = __hash__ = evil\nresult = Evil(7)\n",
    "A kind of dictionary": "class Evil(dict):\n    keys = items = __iter__ = __getitem__ = evil\nresult = Evil(a=1)\n",
    "A kind of list": "class Evil(list):\n    __iter__ = __getitem__ = __len__ = evil\nresult = Evil([1])\n",
    "A class whose class lies": """
class Meta(type):
    __instancecheck__ = __subclasscheck__ = __call__ = evil
    __mro_entries__ = mro = type.mro
class Evil(metaclass=Meta):
    pass
result = Evil
""",
    "A path that is no path": "class Evil:\n    __fspath__ = lambda self: secret\nresult = Evil()\n",
    "A buffer that is none": "result = memoryview(bytearray(10))\n",
    "A pickle of a shell": "import pickle\nclass Evil:\n    def __reduce__(self):\n        return print, ('x',)\n"
                           "result = Evil()\n",
    "A code object": "result = evil.__code__\n",
    "A frame": "import sys\nresult = sys._getframe()\n",
    "A traceback": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    result = error.__traceback__\n",
    "The builtins": "import builtins\nresult = builtins\n",
    "The modules of the worker": "import sys\nresult = sys.modules\n",
    "A function with attributes that lie":
        "def result():\n    pass\nresult.__name__ = result.__qualname__ = 'x' * 100000\nresult.__doc__ = 'x' * 1000000\n"
        "result.__wrapped__ = result\n",
    "A name of a type that is a program": "result = type('__import__(\"os\").system(\"id\")\\n\\x1b[2J', (), {})()\n",
    "A comparison that answers anything":
        "class Evil:\n    __eq__ = __ne__ = __lt__ = __contains__ = __bool__ = __len__ = lambda *a: 10 ** 30\nresult = Evil()\n",
    "A length below zero": "class Evil:\n    __len__ = lambda self: -1\n    __getitem__ = lambda self, i: [i][i - 9]\nresult = Evil()\n",
}

ROWS = [(KIND, "%s is used" % title, EVIL + source, USED) for title, source in OBJECTS.items()]

ROWS += [
    (KIND, "An iterator never ends, and a signal ends the host's loop",
     "def forever():\n    while True:\n        yield 1\nresult = forever()\n",
     {"host": "import signal\ndef ring(*_):\n    raise TimeoutError('rang')\nsignal.signal(signal.SIGALRM, ring)\n"
      "signal.setitimer(signal.ITIMER_REAL, 0.3)\ntry:\n    sum(value)\nexcept TimeoutError:\n"
      "    told = 'a signal ends it'\n", "slack": 10.0}),
    (KIND, "The next of an iterator never comes", "def never():\n    while True:\n        pass\n    yield\nresult = never()\n",
     {"host": "next(value)", "timeout": 2.0, "slack": 20.0}),
    (KIND, "An iterator gives itself", "class Self:\n    def __iter__(self):\n        return self\n    def __next__(self):\n"
     "        return self\nresult = Self()\n",
     {"host": "one = value\nfor i in range(1000):\n    one = next(iter(one))\ntold = 'handles'\n", "slack": 20.0}),
    (KIND, "An attribute gives another, without end",
     "class Deep:\n    def __getattr__(self, name):\n        return Deep()\nresult = Deep()\n",
     {"host": "one = value\nfor i in range(1000):\n    one = one.a\ntold = 'handles'\n", "slack": 20.0}),
    (KIND, "The wrapped of a function is itself", "def result():\n    pass\nresult.__wrapped__ = result\n",
     {"host": "import inspect\ntry:\n    inspect.unwrap(value)\nexcept ValueError:\n    told = 'ValueError'\nelse:\n    told = 'ends'\n"}),
    (KIND, "A comparison never ends", "class Slow:\n    def __lt__(self, other):\n        while True:\n            pass\n"
     "result = Slow()\n", {"host": "value < 1", "timeout": 2.0, "slack": 20.0}),
    (KIND, "An attribute begins with what Python itself asks for", "class Odd:\n    def __getattribute__(self, name):\n"
     "        return lambda *a, **k: None\nresult = Odd()\n", USED),
    (KIND, "A context manager swallows what the host raises",
     "class Swallow:\n    def __enter__(self):\n        return self\n    def __exit__(self, *a):\n        return True\nresult = Swallow()\n",
     {"host": "try:\n    with value:\n        raise KeyboardInterrupt\nexcept KeyboardInterrupt:\n    told = 'not of these'\n"
      "except BaseException as other:\n    told = type(other).__name__\nelse:\n    told = 'as any context manager'\n"}),
    (KIND, "What the host hands over is kept and changed", "def result(given):\n    given.append(7)\n    given.clear()\n",
     {"host": "mine = [1]\nvalue(mine)\nassert mine == [1], mine\ntold = 'a copy'\n"}),
    (KIND, "A function asks for what the host cannot hand over", "def result(x):\n    return x\n",
     {"host": "import sys\ntry:\n    value(sys)\nexcept TypeError:\n    told = 'TypeError'\n"}),
    (KIND, "An exception's text is a megabyte", "raise ValueError('x' * (1 << 20))\n",
     {"host": "assert len(str(error)) <= 1 << 20 and len(str(error.__cause__)) < 1 << 20, len(str(error))\ntold = 'short'\n"}),
    (KIND, "An exception's text is what a terminal obeys", "raise ValueError('\\x1b[2J\\x1b]0;owned\\x07')\n",
     {"host": "told = type(error).__name__\n"}),
    (KIND, "An exception's str raises SystemExit",
     EVIL + "class Evil(ValueError):\n    __str__ = __repr__ = evil\nraise Evil('x')\n",
     {"host": "str(error)\nassert isinstance(error, Exception)\ntold = type(error).__name__\n"}),
    (KIND, "An exception's arguments lie", EVIL + "class Evil(ValueError):\n    args = property(evil)\nraise Evil('x')\n",
     {"host": "str(error)\nassert isinstance(error, Exception)\ntold = type(error).__name__\n"}),
    (KIND, "An exception's class says that it is another",
     "class SystemExit(Exception):\n    pass\nSystemExit.__module__ = 'builtins'\nraise SystemExit('x')\n",
     {"host": "assert type(error) is stockade.RemoteError\ntold = 'RemoteError'\n"}),
    (KIND, "An exception's cause is itself", "e = ValueError('x')\ne.__cause__ = e\ne.__context__ = e\nraise e\n",
     {"host": "import traceback\ntraceback.format_exception(type(error), error, None)\ntold = type(error).__name__\n"}),
    (KIND, "An exception has a chain without end",
     "e = ValueError(0)\nfor i in range(100000):\n    n = ValueError(i)\n    n.__context__ = e\n    e = n\nraise e\n",
     {"host": "told = type(error).__name__\n", "slack": 20.0}),
    (KIND, "A group of exceptions within groups",
     "e = ValueError(0)\ntry:\n    for i in range(500):\n        e = ExceptionGroup('x', [e])\nexcept NameError:\n    pass\nraise e\n",
     {"host": "assert isinstance(error, Exception)\ntold = 'an exception'\n"}),
    (KIND, "Notes of an exception are no text", "e = ValueError('x')\ne.__notes__ = [1, e, 'x' * 1000000]\nraise e\n",
     {"host": "import traceback\ntraceback.format_exception(type(error), error, None)\ntold = type(error).__name__\n"}),
    (KIND, "A generator keeps on when it is told to end",
     "def stubborn():\n    while True:\n        try:\n            yield 1\n        except BaseException:\n            pass\nresult = stubborn()\n",
     {"host": "next(value)\ntry:\n    value.close()\nexcept RuntimeError:\n    told = 'RuntimeError'\n"}),
    (KIND, "An object of a worker that ended is used", "class Thing:\n    a = 1\nresult = Thing()\n",
     {"host": "box.close()\ntry:\n    value.a\nexcept stockade.SandboxError as gone:\n    told = type(gone).__name__\n"}),
    (KIND, "An object of one worker is given to another", "result = lambda x: x\n",
     {"host": "other = guard.sandbox(box.profile)\ntry:\n    other.run('f(1)', inputs={'f': value})\n    assert False\n"
      "except (TypeError, ValueError) as refused:\n    told = type(refused).__name__\nfinally:\n    other.close()\n"}),
]

LENT = "callbacks"

ROWS += [
    (LENT, "A function of the host's is called without end", "def result(f):\n    while True:\n        f()\n",
     {"host": "calls = []\ntry:\n    value(lambda: calls.append(1))\nexcept RuntimeError as error:\n"
      "    told = 'RuntimeError'\nassert len(calls) <= 20000\n", "timeout": 5.0, "slack": 20.0}),
    (LENT, "A function of the host's is looked into",
     "def result(f):\n    names = ['__globals__', '__code__', '__closure__', '__self__', '__func__', '__builtins__', '__dict__',\n"
     "             'gi_frame', '__wrapped__', '__module__', '__reduce__', '__init__', '__class__', 'args', 'func']\n"
     "    return [name for name in names if 'kept_from' in repr(getattr(f, name, None)) or\n"
     "            name in names[:6] and hasattr(f, name)]\n",
     {"host": "kept_from_all = 'kept_from_all_of_them'\ndef mine(x=kept_from_all):\n    return 1\n"
      "found = value(mine)\nassert found == [], found\ntold = 'nothing'\n"}),
    (LENT, "A function of the host's is changed", "def result(f):\n    try:\n        f.__code__ = (lambda: 1).__code__\n"
     "    except (AttributeError, TypeError):\n        pass\n    try:\n        f.extra = 1\n    except (AttributeError, TypeError):\n        pass\n"
     "    return 1\n",
     {"host": "def mine():\n    return 'mine'\nvalue(mine)\nassert mine() == 'mine' and not hasattr(mine, 'extra')\ntold = 'unchanged'\n"}),
    (LENT, "A function of the host's gets an object that lies", EVIL +
     "class Evil:\n    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = evil\n"
     "def result(f):\n    return f(Evil())\n",
     {"host": "seen = []\ndef mine(x):\n    for use in (repr, str, len, iter, bool, hash):\n        try:\n            use(x)\n"
      "        except Exception:\n            pass\n    seen.append(type(x).__name__)\nvalue(mine)\n"
      "assert seen and seen[0].startswith('Remote'), seen\ntold = 'a proxy'\n"}),
    (LENT, "A function of the host's is called with names that are no text", "def result(f):\n    return f(**{1: 2})\n",
     {"host": "try:\n    value(dict)\nexcept TypeError:\n    told = 'TypeError'\n"}),
    (LENT, "A function of the host's calls the worker, which calls it, without end",
     "def result(f, n):\n    return f(n)\n",
     {"host": "def mine(n):\n    return value(mine, n + 1)\ntry:\n    value(mine, 0)\nexcept Exception as error:\n"
      "    told = 'an exception'\n", "timeout": 5.0, "slack": 20.0}),
    (LENT, "A function of the host's is called when nobody asks", "import threading, time\n"
     "def result(f):\n    threading.Thread(target=lambda: (time.sleep(0.3), f())).start()\n",
     {"host": "import time\nseen = []\nvalue(lambda: seen.append(1))\ntime.sleep(1)\nassert seen == []\ntold = 'not called'\n",
      "profile": "widest"}),
    (LENT, "What the host's function raises ends nothing", "def result(f):\n    while True:\n        try:\n            f()\n"
     "        except BaseException:\n            pass\n",
     {"host": "def mine():\n    raise KeyboardInterrupt\ntry:\n    value(mine)\nexcept KeyboardInterrupt:\n    told = 'ends it'\n",
      "timeout": 3.0, "slack": 10.0}),
    (LENT, "What the host's function raises tells of the host",
     "def result(f):\n    try:\n        f()\n    except BaseException as e:\n        import traceback\n"
     "        return ''.join(traceback.format_exception(type(e), e, e.__traceback__)) + repr(vars(e)) + repr(e.__cause__)\n",
     {"host": "class Mine(KeyError):\n    pass\ndef mine():\n    kept_from_all_of_them = 1\n    raise Mine('x')\n"
      "said = value(mine)\nassert 'kept_from' not in said and 'host.py' not in said and 'Mine' not in said, said\ntold = 'nothing'\n"}),
    (LENT, "The box itself is handed over", "def result(f):\n    return f('1 + 1')\n",
     {"host": "try:\n    value(box.run)\nexcept Exception as refused:\n    told = 'an exception'\n", "slack": 10.0}),
]
