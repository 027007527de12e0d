# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/remotevalues.c
# covers: python/remote/remoteadvice.c
# covers: worker/records.c, worker/recordclass.c, worker/times.c, worker/inbuilttype.c
"""What crosses between host and worker as a value, and what to do with the rest."""

import os
import sys

import pytest

import guarded
import workerplace
from workerplace import with_profile

pytestmark = pytest.mark.workers

ECHO = """
    import datetime, decimal, fractions
    def echo(*values):
        return list(values)
    def name(value):
        return type(value).__name__
    def evaluate(text):
        return eval(text)
"""


@pytest.fixture
def place(tmp_path):
    place = workerplace.make(tmp_path)
    place.write("plugins/values.py", ECHO)
    return place


VALUES = [
    "None", "True", "0", "-1", "2**63", "-2**64", "2**100", "-2**2000", "10**4000", "1.5", "-0.0",
    "float('inf')", "''", "'text \\u20ac'", "'\\udc80'", "b''", "b'bytes'",
    "bytearray(b'more')", "bytearray()", "[]", "[1, [2]]", "()", "(1, (2,))", "{}", "{'a': 1, 2: None}",
    "set()", "{1, 'a'}", "frozenset({1, (2, 3)})", "1j", "complex(-0.0, 2.5)", "range(3)",
    "range(10, -10, -3)", "range(2**70)", "slice(1, None, 2)", "...",
    "datetime.date(1, 1, 1)", "datetime.date(9999, 12, 31)", "datetime.time(23, 59, 59, 999999)",
    "datetime.time(1, 2, fold=1)", "datetime.time(1, tzinfo=datetime.timezone.utc)",
    "datetime.datetime(2026, 11, 22, 12, 30, 1, 5)", "datetime.datetime.min", "datetime.datetime.max",
    "datetime.datetime(2026, 1, 1, fold=1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5), 'EST'))",
    "datetime.timedelta(days=-1, microseconds=3)", "datetime.timedelta.max", "datetime.timedelta.min",
    "datetime.timezone.utc", "datetime.timezone(datetime.timedelta(minutes=90))",
    "decimal.Decimal('1.10')", "decimal.Decimal('-0')", "decimal.Decimal('1E+6144')",
    "decimal.Decimal('Infinity')", "decimal.Decimal('-1E-999')",
    "fractions.Fraction(-1, 3)", "fractions.Fraction(2**200, 3)",
    "{datetime.date(2026, 1, 1): decimal.Decimal('2.5')}", "{(1, datetime.date.min)}",
]


def test_values_come_back_as_what_they_were(place):
    place.write("values.txt", "\n".join(VALUES))
    done = place.install("""
        import datetime, decimal, fractions
        import plugins.values as v
        lines = open("values.txt").read().split("\\n")
        for line in lines:
            value = eval(line)
            for back in v.echo(value)[0], v.evaluate(line):
                # in which order a set is told is its own
                same = isinstance(value, (set, frozenset)) or repr(back) == repr(value)
                if type(back) is not type(value) or not same or back != value:
                    print("wrong:", line, repr(back))
        zone = v.echo(datetime.timezone.utc)[0]
        print(len(lines), zone is datetime.timezone.utc)
        fold = v.echo(datetime.datetime(2026, 1, 1, fold=1))[0].fold
        print(fold, v.echo(decimal.Decimal("sNaN123"))[0], v.name(datetime.date.min), v.name(bytearray()))
    """)
    assert done.out == "%d True\n1 sNaN123 date bytearray\n" % len(VALUES), (done.out, done.err)


def test_what_was_handed_over_is_a_copy(place):
    done = place.install("""
        import plugins.values as v
        whole = bytearray(b"abc")
        back = v.echo(whole)[0]
        back[0] = 0
        print(whole)
    """)
    assert done.out == "bytearray(b'abc')\n", done.err


def test_uuids_cross_where_both_have_the_module(place):
    # uuid asks for the name of the machine when it is imported
    place.policy(with_profile("syscalls = @compute @process-info\npreload = uuid\n"))
    place.write("plugins/ids.py", """
        import uuid
        def make():
            return uuid.UUID(int=5)
        def same(value):
            return value == uuid.UUID(int=7), value
    """)
    done = place.install("""
        import plugins.ids as ids, plugins.values as v
        import sys
        made = ids.make()
        print(type(made).__name__, "uuid" in sys.modules)
        import uuid
        print(made == uuid.UUID(int=5))
        print(ids.same(uuid.UUID(int=7)) == (True, uuid.UUID(int=7)))
        print(v.echo(uuid.UUID(int=7)) == [uuid.UUID(int=7)])
    """)
    assert done.out == "UUID True\nTrue\nTrue\nTrue\n", (done.out, done.err)


def test_what_to_do_for_a_module_that_is_not_there(place):
    done = place.install("""
        import uuid
        import plugins.values as v
        try:
            v.echo(uuid.UUID(int=7))
        except ImportError as error:
            print(error)
        print(v.echo(1))
    """)
    assert done.out == (
        "what the host handed over takes the module 'uuid', which is not loaded here: "
        "import it in the plugin, name it in `preload` of its profile, or hand over str() of it\n"
        "[1]\n"), (done.out, done.err)


def test_dates_cross_where_the_plugin_imports_nothing(place):
    place.write("plugins/plain.py", """
        def later(day, much, price):
            return day + much, price * 2
    """)
    done = place.install("""
        import datetime, decimal
        import plugins.plain as p
        print(p.later(datetime.date(2026, 2, 28), datetime.timedelta(days=1), decimal.Decimal("1.05")))
    """)
    assert done.out == "(datetime.date(2026, 3, 1), Decimal('2.10'))\n", (done.out, done.err)


def test_the_host_may_lack_what_a_value_takes(place):
    place.policy("""
        default = allow
        [modules]
        plugins = allow
        plugins.* = sandbox:strict
        [modules from stockade]
        fractions = deny
    """)
    place.write("plugins/values.py", """
        import fractions
        def half():
            return fractions.Fraction(1, 2)
        def one():
            return 1
    """)
    done = place.install("""
        import stockade
        import plugins.values as v
        try:
            v.half()
        except stockade.ImportDenied as error:
            print(error.name)
        print(v.one())
    """)
    assert done.out == "fractions\n1\n", (done.out, done.err)


# A worker that lies: its classes call themselves what they are not, and say of
# themselves what no honest one does.
FORGED = [
    ("datetime", "date", "datetime.date", "toordinal = lambda self: 0"),
    ("datetime", "date", "datetime.date", "toordinal = lambda self: 10**9"),
    ("datetime", "date", "datetime.date", "toordinal = lambda self: 2**70"),
    ("datetime", "date", "datetime.date", "toordinal = lambda self: 'x'"),
    ("datetime", "date", "datetime.date", "toordinal = lambda self: 1.0"),
    ("datetime", "time", "datetime.time",
     "hour, minute, second, microsecond, fold, tzinfo = 24, 0, 0, 0, 0, None"),
    ("datetime", "time", "datetime.time",
     "hour, minute, second, microsecond, fold, tzinfo = 0, 0, 0, -1, 0, None"),
    ("datetime", "time", "datetime.time",
     "hour, minute, second, microsecond, fold, tzinfo = 0, 0, 0, 0, 2, None"),
    ("datetime", "datetime", "datetime.datetime",
     "hour, minute, second, microsecond, fold, tzinfo, toordinal = 0, 0, 0, 0, 0, None, lambda self: 0"),
    ("datetime", "timedelta", "datetime.timedelta", "days, seconds, microseconds = 10**12, 0, 0"),
    ("datetime", "timedelta", "datetime.timedelta", "days, seconds, microseconds = 2**90, 0, 0"),
    ("datetime", "timedelta", "datetime.timedelta", "days, seconds, microseconds = 1, [], 0"),
    ("datetime", "timezone", "datetime.timezone", "__getinitargs__ = lambda self: (5, None)"),
    ("datetime", "timezone", "datetime.timezone", "__getinitargs__ = lambda self: (1, 2, 3)"),
    ("datetime", "timezone", "datetime.timezone", "__getinitargs__ = lambda self: ()"),
    ("decimal", "Decimal", "decimal.Decimal", "__str__ = lambda self: '1E+99999999'; adjusted = lambda self: 0"),
    ("decimal", "Decimal", "decimal.Decimal", "__str__ = lambda self: '0E-99999999'; adjusted = lambda self: 0"),
    ("decimal", "Decimal", "decimal.Decimal", "__str__ = lambda self: 'none'; adjusted = lambda self: 0"),
    ("fractions", "Fraction", "Fraction", "numerator, denominator = 1, 0"),
    ("fractions", "Fraction", "Fraction", "numerator, denominator = 2, 4"),
    ("fractions", "Fraction", "Fraction", "numerator, denominator = 1, -2"),
    ("uuid", "UUID", "UUID", "bytes = b'short'"),
    ("uuid", "UUID", "UUID", "bytes = 'text'"),
    ("uuid", "UUID", "UUID", "bytes = print"),
]


def test_a_record_that_is_forged_ends_its_worker_and_nothing_else(place):
    place.policy(with_profile("restart = on_next_call\n"))
    place.write("forged.py", "FORGED = %r" % FORGED)
    place.write("plugins/values.py", """
        import sys
        def forge(module, name, type_name, body):
            names = {}
            exec(body, names)
            del names["__builtins__"]
            made = type(type_name, (), names)
            sys.modules[module] = type(sys)(module)
            setattr(sys.modules[module], name, made)
            return made()
        def one():
            return 1
    """)
    done = place.install("""
        import stockade
        import plugins.values as v
        from forged import FORGED
        for row in FORGED:
            try:
                print("crossed", row, v.forge(*row))
            except (stockade.WorkerDied, stockade.RemoteError, TypeError, ValueError) as error:
                if type(error) is not stockade.WorkerDied:
                    print(type(error).__name__, row, error)
            print(v.one())
    """)
    assert [line for line in done.out.splitlines() if line != "1"] == [], (done.out, done.err)
    assert done.out.count("1\n") == len(FORGED), (done.out, done.err)


def test_a_range_that_takes_long_to_measure_ends_its_worker(place):
    sys.path.insert(0, os.path.join(guarded.ROOT, "tests", "escapes"))
    try:
        import worker
    finally:
        del sys.path[0]
    place.policy(with_profile("preload = ctypes\ndeadline = 60s\n"))
    calls = "FUTEX, SENDTO = %d, %d\n" % ((202, 44) if os.uname().machine == "x86_64" else (98, 206))
    place.write("find.txt", calls + worker.FIND)
    place.write("lie.txt", calls + worker.WIRE + """
small = b'\\xc2\\x59\\x04\\x00' + b'\\x01' * 1024
large = b'\\xc2\\x59\\x0c\\x00' + b'\\x01' * 3072
lie(b'\\xcc\\x84\\x0a\\x00' + (large if long else small) + small)
rest()
""")
    done = place.install("""
        import stockade
        for long in False, True:
            with _guard.sandbox("strict") as box:
                box.run(open("find.txt").read(), name="lie", timeout=60.0)
                try:
                    print(len(box.run(open("lie.txt").read(), name="lie", inputs={"long": long}, timeout=60.0).value))
                except stockade.WorkerDied as error:
                    print(error)
    """)
    assert done.out == "1\nlie: the worker broke the rules: a record that cannot be\n", (done.out, done.err)


# What cannot be handed over, and what the message says to do instead.
HINTS = [
    ("class C(int): pass\nx = C(1)", "int()"),
    ("class C(float): pass\nx = C(1)", "float()"),
    ("class C(str): pass\nx = C('a')", "str()"),
    ("class C(bytes): pass\nx = C(b'a')", "bytes()"),
    ("class C(bytearray): pass\nx = C(b'a')", "bytes()"),
    ("class C(list): pass\nx = C()", "list()"),
    ("class C(tuple): pass\nx = C()", "tuple()"),
    ("class C(dict): pass\nx = C()", "dict()"),
    ("class C(set): pass\nx = C()", "set()"),
    ("class C(frozenset): pass\nx = C()", "frozenset()"),
    ("import collections\nx = collections.OrderedDict()", "dict()"),
    ("import collections\nx = collections.namedtuple('P', 'x y')(1, 2)", "tuple() of it, or its ._asdict()"),
    ("import collections\nx = collections.deque()", "what is in it"),
    ("import enum\nclass E(enum.IntEnum):\n    A = 1\nx = E.A", ".value"),
    ("import enum\nclass E(enum.Enum):\n    A = 1\nx = E.A", ".value"),
    ("import dataclasses\n@dataclasses.dataclass\nclass D:\n    a: int = 1\nx = D()", "dataclasses.asdict()"),
    ("import pathlib\nx = pathlib.Path('/etc/passwd')", "str() of it, or what is in the file"),
    ("x = open('values.txt')", ".read()"),
    ("import io\nx = io.BytesIO()", ".getvalue()"),
    ("import threading\nx = threading.Lock()", "a worker has its own"),
    ("x = memoryview(b'a')", "bytes()"),
    ("import array\nx = array.array('i')", ".tolist()"),
    ("x = iter([1])", "list()"),
    ("x = (i for i in ())", "list()"),
    ("x = {}.keys()", "list()"),
    ("x = {}.values()", "list()"),
    ("x = {}.items()", "list()"),
    ("async def f(): pass\nx = f()\nx.close()", "await it here"),
    ("async def f():\n    yield\nx = f()", "go through it here"),
    ("import sys\nx = sys", "or have the plugin import it"),
    ("x = ValueError('a')", "str()"),
    ("x = type", "hand over a function that makes"),
    ("class C:\n    def __call__(self): pass\nx = C()", "hand over a function that calls it"),
    ("x = object()", "what is in it, as numbers"),
    ("import re\nx = re.compile('a')", "what is in it"),
    ("import datetime\nclass Z(datetime.tzinfo): pass\nx = datetime.datetime(2026, 1, 1, tzinfo=Z())",
     "astimezone(datetime.timezone.utc)"),
    ("import decimal\nx = decimal.Decimal('1E+6145')", "its str()"),
    ("import decimal\nx = decimal.Decimal('1' * 20000)", "its str()"),
    ("import fractions\nx = fractions.Fraction(2**20000 + 1, 3)", "its numerator and its denominator"),
    ("x = range(0, 2**20000)", "its start, stop and step"),
    ("x = []\nx.append(x)", "a value that holds itself never can"),
    ("x = 1 << (8 * 300000)", "cannot cross"),
]


def test_what_cannot_cross_says_what_to_do(place):
    place.write("values.txt", "")
    place.write("hints.py", "HINTS = %r" % [code for code, hint in HINTS])
    done = place.install("""
        import plugins.values as v
        from hints import HINTS
        for code in HINTS:
            names = {}
            exec(code, names)
            try:
                v.echo(names["x"])
                print("crossed:", code)
            except (TypeError, ValueError, RecursionError) as error:
                print(str(error).replace("\\n", "|"))
        print(v.echo(1))
    """)
    lines = done.out.splitlines()
    assert len(lines) == len(HINTS) + 1, (done.out, done.err)
    wrong = [(line, hint) for line, (code, hint) in zip(lines, HINTS) if hint not in line]
    assert wrong == []
    assert lines[-1] == "[1]"


def test_a_class_that_calls_itself_a_date_is_none(place):
    done = place.install("""
        import datetime
        import plugins.values as v
        Fake = type("datetime.date", (), {})
        Uuid = type("UUID", (), {"bytes": b""})
        for fake in Fake(), Uuid():
            try:
                v.echo(fake)
            except TypeError as error:
                print("refused")
        made = v.evaluate("type('UUID', (), {'bytes': b''})()")
        print(type(made).__name__)
        print(type(v.evaluate("type('D', (datetime.date,), {})(2026, 1, 1)")).__name__)
    """)
    assert done.out == "refused\nrefused\nRemoteInstance\nRemoteInstance\n", (done.out, done.err)


def test_a_time_in_a_zone_of_the_plugins_own_stays_there(place):
    place.write("plugins/values.py", ECHO + """
    class Zone(datetime.tzinfo):
        def utcoffset(self, when):
            return datetime.timedelta(hours=1)
        def dst(self, when):
            return None
        def __repr__(self):
            return "Zone()"
    def zoned():
        return datetime.datetime(2026, 1, 1, tzinfo=Zone())
    def clock():
        return [datetime.time(1, 2, tzinfo=Zone())]
    """)
    done = place.install("""
        import datetime
        import plugins.values as v
        UTC = datetime.timezone.utc
        made = v.zoned()
        print(made.astimezone(UTC), made, [made])
        print(made == datetime.datetime(2025, 12, 31, 23, tzinfo=UTC), made.year, v.clock()[0].isoformat())
        print((made - datetime.datetime(2025, 12, 31, tzinfo=UTC)), v.echo(made)[0] is made)
        class Own(datetime.tzinfo):
            pass
        try:
            v.echo(datetime.datetime(2026, 1, 1, tzinfo=Own()))
        except TypeError as error:
            print(error)
    """)
    assert done.out == (
        "2025-12-31 23:00:00+00:00 2026-01-01 00:00:00+01:00 "
        "[datetime.datetime(2026, 1, 1, 0, 0, tzinfo=Zone())]\n"
        "True 2026 01:02:00+01:00\n"
        "23:00:00 True\n"
        "a datetime.datetime whose tzinfo is a Own cannot cross between host and worker: "
        "take its .astimezone(datetime.timezone.utc)\n"), (done.out, done.err)


def test_the_types_of_plain_values_can_be_handed_over(place):
    place.write("plugins/values.py", ECHO + """
    def convert(kind, texts):
        return [kind(text) for text in texts], kind is int, isinstance(3, kind)
    def made(*kinds):
        return [kind() for kind in kinds], {kind: 1 for kind in kinds}[kinds[0]]
    """)
    done = place.install("""
        import plugins.values as v
        print(v.convert(int, ["1", "2"]), v.convert(kind=str, texts=[1]))
        print(v.made(bool, float, complex, bytes, bytearray, list, tuple, dict, set, frozenset), v.made(object)[1])
        print(v.echo({"n": int, "of": [str]})[0]["n"]("5"), v.evaluate("int"))
        for kind in (type, ValueError, type("Own", (int,), {})):
            try:
                v.echo(kind)
            except TypeError as error:
                print(error)
    """)
    assert done.out == (
        "([1, 2], True, True) (['1'], False, False)\n"
        "([False, 0.0, 0j, b'', bytearray(b''), [], (), {}, set(), frozenset()], 1) 1\n"
        "5 <class 'int'>\n" + 3 * (
            "type objects cannot be handed to the worker of plugins.values: "
            "hand over a function that makes what is wanted\n")), (done.out, done.err)


def test_namedtuples_and_dataclasses_of_a_worker_are_its_objects(place):
    place.write("plugins/values.py", """
        import collections, dataclasses, enum
        Point = collections.namedtuple("Point", "x y")
        @dataclasses.dataclass
        class Row:
            n: int = 1
        class Color(enum.Enum):
            RED = 1
        def made():
            return Point(1, 2), Row(3), Color.RED
    """)
    done = place.install("""
        import plugins.values as v
        point, row, color = v.made()
        print(point.x, point[1], list(point), row.n, color.value, color.name, isinstance(row, v.Row))
        row.n = 5
        print(row.n, v.Color.RED == color)
    """)
    assert done.out == "1 2 [1, 2] 3 1 RED True\n5 True\n", (done.out, done.err)
