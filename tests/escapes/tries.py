# SPDX-License-Identifier: Apache-2.0
"""Attempts in Python code, each run in a worker of its own. `result` that
begins with "reached" has got through; so has what makes an assert of `host`
fail, which is looked at in the host afterwards: there, `run` runs more code in
the same box, `value` and `error` are what came back."""

import textwrap

import lies
import proxies

SECRET = "kept_from_all_of_them"


class Try:
    def __init__(self, kind, title, source, at_hand="", **more):
        self.kind = kind
        self.title = title
        self.source = textwrap.dedent(source)
        self.at_hand = at_hand
        if "host" in more:
            more["host"] = textwrap.dedent(more["host"])
        self.more = more


# An attempt for each line: what it evaluates to must not hold the secret.
READ = {
    "open() reads a file": "open(secret).read()",
    "io.FileIO reads a file": "__import__('io').FileIO(secret).read()",
    "posix.open reads a file": "(lambda p: p.read(p.open(secret, 0), 100))(__import__('posix'))",
    "linecache reads a file": "__import__('linecache').getlines(secret)",
    "A loader reads a file": "__import__('_frozen_importlib_external').FileLoader('x', secret).get_data(secret)",
    "A code object is made of a file": "__import__('tokenize').open(secret).read()",
    "A folder is listed": "__import__('posix').listdir('/') and 'kept_from_all_of_them'",
    "The environment of the host is read": "dict(__import__('posix').environ)",
    "The environment is read from /proc": "open('/proc/self/environ').read()",
    "The environment is read by the C library": "__import__('ctypes').CDLL(None).getenv(b'HOST_SECRET') "
                                                "and 'kept_from_all_of_them'",
    "A library is loaded": "__import__('ctypes').CDLL('libresolv.so.2') and 'kept_from_all_of_them'",
    "A library is loaded from a path": "__import__('ctypes').CDLL(secret) and 'kept_from_all_of_them'",
    "The names of the program's libraries are followed to a file":
        "open(__import__('sys').executable, 'rb').read(4) and 'kept_from_all_of_them'",
    "A shell reads a file": "__import__('posix').popen('cat ' + secret).read()",
    "os.popen reads a file": "__import__('os').popen('cat ' + secret).read()",
    "posix.system is called": "__import__('posix').system('id') or 'kept_from_all_of_them'",
    "A program is spawned": "__import__('posix').posix_spawn('/bin/true', ['true'], {}) and 'kept_from_all_of_them'",
    "The C library starts a program": "__import__('ctypes').CDLL(None).system(b'true') or 'kept_from_all_of_them'",
    "A pseudo terminal is opened": "__import__('posix').openpty() and 'kept_from_all_of_them'",
    "A socket is connected": "__import__('socket').create_connection(('127.0.0.1', 22)) and 'kept_from_all_of_them'",
    "A name is looked up": "__import__('socket').gethostbyname('localhost') and 'kept_from_all_of_them'",
    "A database is opened": "__import__('sqlite3').connect(secret) and 'kept_from_all_of_them'",
    "An archive is opened": "__import__('zipfile').ZipFile(secret) and 'kept_from_all_of_them'",
    "The parent is killed": "__import__('posix').kill(__import__('posix').getppid(), 9) or 'kept_from_all_of_them'",
    "The host is killed by its number": "__import__('posix').kill(host_pid, 9) or 'kept_from_all_of_them'",
    "A thread is started": "__import__('_thread').start_new_thread(print, ()) and 'kept_from_all_of_them'",
    "A subclass chain leads to a file":
        "[c for c in object.__subclasses__() if c.__name__ == 'FileLoader' or "
        "'FileLoader' in [s.__name__ for s in type.__subclasses__(c)]][0]('x', secret).get_data(secret)",
    "A subclass chain leads to a shell":
        "[c for c in object.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__['popen']"
        "('cat ' + secret).read()",
}

# What takes too much, of the worker and of the host.
RESOURCES = [
    Try("resources", "Memory is taken until there is none", """
        taken = []
        while True:
            taken.append(bytearray(50 << 20))
    """),
    Try("resources", "A terabyte is taken at once", "bytearray(1 << 40)"),
    Try("resources", "Memory is taken by the C library",
        "import ctypes\nmalloc = ctypes.CDLL(None).malloc\nmalloc.restype = ctypes.c_void_p\n"
        "malloc.argtypes = [ctypes.c_size_t]\nresult = 'reached' if all(malloc(1 << 28) for i in range(8)) else 'refused'"),
    Try("resources", "It sleeps for an hour", "import time\ntime.sleep(3600)", timeout=1.0),
    Try("resources", "It never ends", "while True:\n    pass", timeout=1.0),
    Try("resources", "A power takes hours, in one step", "x = 10 ** (10 ** 8)", timeout=1.0),
    Try("resources", "A regular expression takes hours", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')", timeout=1.0),
    Try("resources", "A sort whose key never ends", "[1, 2].sort(key=lambda x: sum(iter(int, 1)))", timeout=1.0),
    Try("resources", "No exception ends it", """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
    """, timeout=1.0),
    Try("resources", "It prints without end", "while True:\n    print('x' * 1000)", timeout=2.0),
    Try("resources", "It prints lines of nothing without end", "while True:\n    print()", timeout=2.0),
    Try("resources", "It prints one line without end", "while True:\n    print('x' * 1024, end='')",
        timeout=3.0),
    Try("resources", "It calls itself without end", "f = lambda: f()\nf()"),
    Try("resources", "It calls itself until the C stack ends",
        "import sys\nsys.setrecursionlimit(1 << 30)\nf = lambda: f()\nf()", timeout=5.0),
    Try("resources", "It compiles what is nested too deeply", "eval('(' * 5000 + ')' * 5000)"),
    Try("resources", "It compiles what is nested far too deeply", "compile('-' * 1000000 + '1', 'x', 'eval')"),
    Try("resources", "It makes a text of digits of a number without end", "str(1 << (1 << 24))", timeout=1.0),
    Try("resources", "It forks without end", """
        import posix
        while True:
            posix.fork()
    """),
    Try("resources", "It starts threads without end", """
        import _thread
        n = 0
        try:
            while n < 100:
                _thread.start_new_thread(lambda: __import__('time').sleep(60), ())
                n += 1
        except RuntimeError:
            pass
        result = 'reached' if n >= 4 else n
    """, profile="widest"),
    Try("resources", "It opens files without end", """
        import posix
        n = 0
        try:
            while n < 5000:
                posix.pipe()
                n += 2
        except OSError:
            pass
        result = 'reached' if n >= 4000 else 'refused'
    """, profile="widest"),
    Try("resources", "It fills the disk", """
        import posix
        fd = posix.open(own + '/large', posix.O_WRONLY | posix.O_CREAT, 0o600)
        for i in range(64):
            posix.write(fd, bytes(1 << 20))
        result = 'reached'
    """, profile="widest"),
    Try("resources", "It fills a file with nothing", """
        import posix
        fd = posix.open(own + '/sparse', posix.O_WRONLY | posix.O_CREAT, 0o600)
        posix.ftruncate(fd, 1 << 40)
        result = 'reached'
    """, profile="widest"),
    Try("resources", "It is refused calls until nobody counts any more", """
        import posix
        n = 0
        while n < 100000:
            try:
                posix.getpid.__self__.open('/etc/passwd', 0)
            except OSError:
                n += 1
        result = 'reached'
    """, timeout=10.0),
    Try("resources", "It keeps the memory of the host by ever new objects", """
        class Thing:
            pass
        result = [Thing() for i in range(200000)]
    """),
    Try("resources", "A dictionary's keys all collide", """
        class Key:
            def __hash__(self):
                return 1
        {Key(): i for i in range(100000)}
    """, timeout=1.0),
    Try("resources", "The answer is larger than the host takes", "b'x' * (40 << 20)"),
    Try("resources", "The answer is nested too deeply", "x = []\nfor i in range(100000):\n    x = [x]\nx"),
    Try("resources", "The answer holds itself", "x = []\nx.append(x)\nx"),
    Try("resources", "The answer is a million empty lists", "[[] for i in range(1000000)]"),
    Try("resources", "The answer doubles with every level",
        "x = [1]\nfor i in range(30):\n    x = [x, x]\nx", timeout=2.0),
    Try("resources", "The answer is a number of a million digits", "7 ** 1000000"),
]

# What is left behind for later, and what is done on the way out.
LATER = [
    Try("later", "A function waits for the end of the process", """
        import atexit, posix
        atexit.register(lambda: posix.kill(host_pid, 9))
        result = 1
    """, host="box.close()\nassert run is not None"),
    Try("later", "An object waits for being collected", """
        import posix
        class Late:
            def __del__(self):
                open(new, 'w').write('here')
        result = [Late()]
        result = 1
    """, host="box.close()\nimport os\nassert not os.path.exists(inputs['new'])"),
    Try("later", "It leaves by SystemExit", "raise SystemExit(7)",
        host="assert isinstance(error, stockade.RemoteError), error"),
    Try("later", "It leaves by KeyboardInterrupt", "raise KeyboardInterrupt",
        host="assert isinstance(error, stockade.RemoteError), error"),
    Try("later", "It leaves by GeneratorExit", "raise GeneratorExit",
        host="assert isinstance(error, stockade.RemoteError), error"),
    Try("later", "It leaves by an exception that is none of Python's", """
        class Own(BaseException):
            pass
        raise Own
    """, host="assert isinstance(error, stockade.RemoteError), error"),
    Try("later", "The process ends without a word", "import posix\nposix._exit(0)"),
    Try("later", "The process aborts", "import posix\nposix.abort()"),
    Try("later", "The process is killed by itself", "import posix\nposix.kill(posix.getpid(), 9)"),
    Try("later", "Memory is read where there is none", "import ctypes\nctypes.string_at(8)"),
    Try("later", "Bytecode is made that there is not",
        "f = lambda: 0\nf.__code__ = f.__code__.replace(co_code=bytes([9, 0, 100, 255, 83, 0]) * 40, co_consts=())\nf()",
        host="told = 'ended'"),
    Try("later", "A signal is set up to wake it", "import signal\nsignal.signal(14, print)\nresult = 'reached'"),
    Try("later", "The next run finds what the last one left", "import builtins\nbuiltins.left = 'x'\nresult = 1",
        host="other = guard.sandbox(box.profile)\n"
             "assert other.run(\"import builtins\\nhasattr(builtins, 'left')\", name='another').value is False\n"
             "other.close()"),
    Try("later", "Code of another name finds what this one left", "import builtins\nbuiltins.left = 'x'\nresult = 1",
        host="assert box.run(\"import builtins\\nhasattr(builtins, 'left')\", name='another').value is False"),
    Try("later", "The compiler is changed for the next run", """
        import builtins
        builtins.compile = lambda *a, **k: 7
        result = 1
    """, host="""
        try:
            run("1 + 1")
        except Exception as failed:
            told = type(failed).__name__
    """),
    Try("later", "Everything in the worker is cleared", """
        import gc
        for one in gc.get_objects():
            if isinstance(one, (dict, list, set)):
                one.clear()
    """, host="told = 'ended'"),
]

# By the import system, which is the host's.
BROKER = [
    Try("imports", "A module that the policy denies is asked for",
        "import poplib\nresult = 'reached'"),
    Try("imports", "A module that is forbidden is asked for", "import cffi\nresult = 'reached'"),
    Try("imports", "A path is asked for as a name",
        "import importlib\nresult = 'reached %s' % importlib.import_module('../../etc/hostname')"),
    Try("imports", "A name with a zero in it is asked for", "__import__('json\\0poplib')\nresult = 'reached'"),
    Try("imports", "A name with a slash in it is asked for", "__import__('json/poplib')\nresult = 'reached'"),
    Try("imports", "A name of a megabyte is asked for", "__import__('x' * (1 << 20))\nresult = 'reached'"),
    Try("imports", "A name of a thousand parts is asked for", "__import__('.'.join(['x'] * 1000))\nresult = 'reached'"),
    Try("imports", "A name that is a kind of text is asked for", """
        class Name(str):
            def __eq__(self, other):
                return True
            __hash__ = str.__hash__
        __import__(Name('poplib'))
        result = 'reached'
    """),
    Try("imports", "The finder is asked by hand",
        "import sys\nresult = 'reached' if sys.meta_path[0].find_spec('poplib') else 'none'"),
    Try("imports", "Whoever asks says that it is the standard library", """
        scope = {'__name__': 'json', '__builtins__': __builtins__}
        exec('import cffi', scope)
        result = 'reached'
    """),
    Try("imports", "The program's own module is asked for", """
        import host
        result = 'reached'
    """),
    Try("imports", "The host's main module is asked for", "import __main__\nresult = 'reached' if hasattr(__main__, "
        "'run_row') else 'its own'"),
    Try("imports", "Stockade itself is asked for", """
        import stockade
        stockade.install(secret)
        result = 'reached'
    """),
    Try("imports", "A module of machine code is asked for", "import _sqlite3\nresult = 'reached'"),
    Try("imports", "Modules are asked for without end", """
        for i in range(3000):
            try:
                __import__('no_such_%d' % i)
            except ImportError as error:
                if 'no more' in str(error):
                    break
        else:
            result = 'reached'
    """, timeout=10.0),
    Try("imports", "Modules are asked for and never loaded, as many as there are", """
        import sys
        while True:
            try:
                sys.meta_path[0].find_spec('pydoc_data.topics')
            except ImportError:
                pass
    """, timeout=1.0),
    Try("imports", "What was sent by the host is changed for others", """
        import json
        json.loads = lambda text: 'changed'
        result = 1
    """, host="import json\nassert json.loads('[1]') == [1]\n"
              "assert box.run('import json\\njson.loads(\"[1]\")', name='another').value == [1]"),
    Try("imports", "A module is put where the host's would be", """
        import sys
        sys.modules['poplib'] = sys
        import poplib
        result = 1
    """, host="import sys\nassert 'poplib' not in sys.modules or sys.modules['poplib'] is not value"),
]


# The package of a plugin, which the host imports into a worker.
PACKAGE = """
def ask(path):
    try:
        return __loader__.get_data(path)
    except Exception as error:
        return type(error).__name__

def ask_for(package, path):
    import sys
    try:
        return sys.meta_path[0].resource(package, path)
    except Exception as error:
        return type(error).__name__
"""

EVIL = "evil = box.import_module('stk_evil')\n"

FILES = {
    "A plugin asks for a file beside its package": "packages + '/beside.txt', packages + '/stk_evil/../beside.txt'",
    "A plugin asks for a file by its path": "secret, '/' + secret, packages + '/stk_evil/' + secret",
    "A plugin asks for a file behind a link": "packages + '/stk_evil/link.txt', packages + '/stk_evil/folder/secret'",
    "A plugin asks for a file by a name that is none":
        "packages + '/stk_evil/own.txt\\0', packages + '/stk_evil//etc/passwd', '', packages + '/stk_evil/', 'x' * 100000",
    "A plugin asks for a file of the process": "'/proc/self/environ', '/proc/self/fd/0', packages + '/stk_evil/../../proc/1/environ'",
}

PLUGINS = [
    Try("plugins", title, "1", host=EVIL + textwrap.dedent("""
        given = dict(inputs)
        paths = eval(%r, given)
        assert evil.ask(inputs["packages"] + "/stk_evil/own.txt") == b"its own"
        got = [evil.ask(path) for path in paths]
        assert not any("kept_from" in repr(one) or "SECRET" in repr(one) or "root:" in repr(one) for one in got), got
        told = "nothing" if got else None
    """) % paths) for title, paths in FILES.items()
] + [
    Try("plugins", "A plugin is imported, and the host has none of its code", "1", host=EVIL + textwrap.dedent("""
        import sys
        assert "stk_evil" not in sys.modules or type(sys.modules["stk_evil"]).__name__ == "RemoteModule"
        assert type(evil.ask).__name__ == "RemoteFunction"
        told = "a proxy"
    """)),
]


def tries():
    wrapped = "try:\n    value = {}\nexcept BaseException as error:\n    value = type(error).__name__\n" \
        "result = 'reached' if 'kept_from_all_of_them' in str(value) else str(value)\n"
    return [Try("Python", title, wrapped.format(source)) for title, source in READ.items()] + \
        RESOURCES + LATER + BROKER + PLUGINS + [Try(kind, title, source, **more) for kind, title, source, more in proxies.ROWS] + \
        [Try("wire", title, source, at_hand="wire", **more) for title, source, more in lies.ROWS]
