# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/proxyclass.c
# covers: python/remote/proxyequal.c
# covers: python/remote/proxynames.c
# covers: python/remote/proxysame.c
# covers: worker/likeness.c
"""Objects of a worker, used as those of the host are: what works, and what says what to do instead."""

import pytest

from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers

PLUGIN = '''
    import collections
    import dataclasses
    import enum
    import functools

    class Color(enum.IntEnum):
        RED = 1
        BLUE = 2
    class Kind(str, enum.Enum):
        A = "a"
    class Plain(enum.Enum):
        X = 1
    class Access(enum.Flag):
        R = 1
        W = 2
    @dataclasses.dataclass(order=True)
    class Point:
        x: int = 1
        y: int = 2
        def norm(self):
            return self.x
    @dataclasses.dataclass(frozen=True)
    class Fixed:
        x: int = 1
        name: str = "n"
    class Base:
        pass
    class Sub(Base):
        @property
        def three(self):
            return 3
    class Seq:
        def __init__(self):
            self.v = list(range(10))
        def __len__(self):
            return 10
        def __getitem__(self, i):
            return self.v[i]
        def __contains__(self, x):
            return x in self.v
        def __iter__(self):
            return iter(self.v)
        def __enter__(self):
            return self
        def __exit__(self, *a):
            return False
        def __bool__(self):
            return False
    class Amount(int):
        pass
    class Ratio(float):
        pass
    class Text(str):
        pass
    class Odd(int):
        def __eq__(self, other):
            return True
        __hash__ = int.__hash__
    class Rows(list):
        pass
    class Table(dict):
        pass
    Pair = collections.namedtuple("Pair", "a b")
    def f(a, b=1):
        """Doc."""
        return a
    def steps():
        yield 1
        yield 2
    async def coming():
        return 3
    async def stepping():
        yield 1
        yield 2
    class Err(Exception):
        pass
    def make(cls, *args):
        return globals()[cls](*args)
    one, two, other = Point(), Point(), Point(3)
    held = Sub()
    __version__ = "1.2"
    __author__ = "somebody"
    __path__ = ["/tmp"]
    __wrapped__ = one
'''

WORKS = """
    [name for name, _ in inspect.getmembers(p, inspect.isclass)][:4] == ['Access', 'Amount', 'Base', 'Color']
    [name for name, _ in inspect.getmembers(p, inspect.isroutine)] == ['coming', 'f', 'make', 'stepping', 'steps']
    inspect.isclass(p.Point) and isinstance(p.Point, type) and callable(p.Point) and not inspect.isroutine(p.Point)
    not inspect.isclass(p.f) and not inspect.isclass(p.one) and not inspect.isclass(p)
    inspect.ismodule(p) and inspect.isroutine(p.f) and callable(p.f) and not inspect.isfunction(p.f)
    isinstance(p.one, p.Point) and not isinstance(3, p.Point) and not isinstance(p.one, p.Base)
    issubclass(p.Sub, p.Base) and issubclass(p.Sub, p.Sub) and not issubclass(p.Base, p.Sub)
    issubclass(p.Sub, object) and not issubclass(p.Err, Exception) and not issubclass(p.Color, enum.Enum)
    not issubclass(int, p.Base) and not issubclass(p.Sub, (int, str))
    p.Sub.__bases__ == (object,) and bool(p.Color) and bool(p.Base)
    p.Color.RED == 1 and 1 == p.Color.RED and p.Color.RED == p.Color(1) and p.Color.RED != 2 and p.Color.RED != p.Color.BLUE
    p.Color.RED in (1, 2) and {1: 'one'}[p.Color.RED] == 'one' and {p.Color.RED: 'one'}[1] == 'one'
    hash(p.Color.RED) == hash(1) and p.Color.RED == 1.0 and p.Color.RED < 2 and max(p.Color.RED, p.Color.BLUE) == 2
    p.Kind.A == 'a' and 'a' == p.Kind.A and p.Kind.A != 'b' and {'a': 1}[p.Kind.A] == 1 and p.Kind.A in ['b', 'a']
    p.Kind.A == p.Kind('a') and p.Kind.A != 1 and p.Kind.A.value == 'a' and p.Kind.A != p.Text('b')
    p.Plain.X == p.Plain.X and p.Plain.X != 1 and p.Plain.X.name == 'X' and p.Plain(1) == p.Plain['X']
    {x: 2 for x in [p.Plain.X]} == {x: 2 for x in [p.Plain.X]}
    list(p.Color) == [1, 2] and len(p.Color) == 2 and p.Color['RED'] == 1 and p.Color.RED in p.Color
    list(p.Color.__members__) == ['RED', 'BLUE'] and p.Color.__members__['RED'] == 1
    (p.Access.R | p.Access.W).value == 3 and p.Access.R == p.Access.R and p.Access.R != p.Access.W
    p.Amount(3) == 3 and p.Amount(3) + 1 == 4 and {3: 'a'}[p.Amount(3)] == 'a' and p.Amount(2 ** 70) == 2 ** 70
    p.Amount(-3) == -3 and p.Amount(-2 ** 63) == -2 ** 63 and p.Amount(2 ** 63 - 1) == 2 ** 63 - 1
    hash(p.Amount(2 ** 70)) == hash(2 ** 70) and p.Ratio(1.5) == 1.5 and p.Ratio(2) == 2 and hash(p.Ratio(1.5)) == hash(1.5)
    p.Ratio('nan') != p.Ratio('nan') and p.Text('x') == 'x' and p.Text('x' * 1000) == 'x' * 1000 and p.Text('') == ''
    p.Odd(3) == 4 and hash(p.Odd(3)) == 3
    p.one == p.two and p.one != p.other and p.one < p.other and sorted([p.other, p.one])[0] == p.one
    p.one in [p.two] and [p.other, p.one].index(p.two) == 1 and [p.one, p.other].count(p.two) == 1
    p.one != 1 and p.one != None and p.one != 'x' and p.one != object() and p.one != len and not p.one == print
    p.Fixed() == p.Fixed() and len({p.Fixed(), p.Fixed(), p.Fixed(2)}) == 2 and {p.Fixed(): 1}[p.Fixed()] == 1
    p.Rows([1, 2]) == [1, 2] and [1, 2] == p.Rows([1, 2]) and p.Table(a=1) == {'a': 1} and p.Pair(1, 2) == (1, 2)
    {(1, 2): 3}[p.Pair(1, 2)] == 3 and tuple(p.Pair(1, 2)) == (1, 2) and p.Pair(1, 2).a == 1
    p.held == p.held and p.held != p.Sub() and p.held in {p.held} and p.f == p.f and p.Point == p.Point and p.f != p.steps
    p.one.norm == p.one.norm and p.one.norm != p.other.norm and p.one != p and p == p
    bool(p.Seq()) is False and len(p.Seq()) == 10 and 3 in p.Seq() and 30 not in p.Seq()
    p.Seq()[2:4] == [2, 3] and p.Seq()[-1] == 9 and list(p.Seq())[:2] == [0, 1] and list(reversed(p.Seq()))[0] == 9
    [n for n in p.Seq() if n > 7] == [8, 9] and dict(p.Table(a=1)) == {'a': 1} and {**p.Table(b=2)} == {'b': 2}
    list(p.steps()) == [1, 2] and next(p.steps()) == 1 and [*map(str, p.steps())] == ['1', '2']
    p.__version__ == '1.2' and p.__author__ == 'somebody' and not hasattr(p, '__license__')
    not hasattr(p, '__path__') and not hasattr(p, '__wrapped__')
    p.Plain.X is p.Plain.X and p.Plain(1) is p.Plain.X and [x is p.Plain.X for x in p.Plain] == [True]
    p.held is p.held and p.one is not p.two and p.Point is p.Point and p.f is p.f and p.make is not p.f
    entered()
    p.held.three == 3 and p.one.x == 1 and hasattr(p.one, 'x') and not hasattr(p.one, 'z') and getattr(p.one, 'z', 5) == 5
    asyncio.run(p.coming()) == 3 and asyncio.run(collect()) == [1, 2]
    repr(p.one) == 'Point(x=1, y=2)' and str([p.one]) == '[Point(x=1, y=2)]' and f'{p.Rows([1])!r}' == '[1]'
    repr(p.Color.RED) == '<Color.RED: 1>' and repr(p.held) == '<Sub object in the worker of plugins.feel>'
    str(p.one) == 'Point(x=1, y=2)' and f'{p.one}' == str(p.one)
"""

TELLS = [
    ("copy.copy(p.one)", "TypeError", "can be neither copied nor pickled: have a function of the worker's return"),
    ("copy.deepcopy(p.f)", "TypeError", "can be neither copied nor pickled"),
    ("copy.deepcopy([p.Point])", "TypeError", "can be neither copied nor pickled"),
    ("pickle.dumps(p.one)", "TypeError", "can be neither copied nor pickled"),
    ("copy.copy(p)", "TypeError", "can be neither copied nor pickled: import it where it is wanted"),
    ("pickle.dumps(p)", "TypeError", "can be neither copied nor pickled: import it where it is wanted"),
    ("hash(p.one)", "TypeError", "unhashable type: 'Point'"),
    ("{p.Rows(): 1}", "TypeError", "unhashable type: 'Rows'"),
    ("iter(p.Point)", "TypeError", "'type' object is not iterable"),
    ("len(p.Base)", "TypeError", "object of type 'type' has no len()"),
    ("p.Base['x']", "TypeError", "not subscriptable"),
    ("p.Base.__members__", "AttributeError", "__members__"),
    ("p.one[0]", "TypeError", "'Point' object is not subscriptable"),
    ("iter(p.one)", "TypeError", "'Point' object is not iterable"),
    ("len(p.one)", "TypeError", "object of type 'Point' has no len()"),
    ("p.one < 1", "TypeError", "'<' not supported between instances of 'Point' and 'int'"),
    ("p.one + 1", "TypeError", "unsupported operand type(s) for +: 'Point' and 'int'"),
    ("p.one()", "TypeError", "'Point' object is not callable"),
    ("p.one.__enter__()", "TypeError", "does not support the context manager protocol"),
    ("type('Mine', (p.Base,), {})", "TypeError", ""),
    ("exec('class Mine(p.Base): pass')", "TypeError", "cannot have a subclass here: define it in the module"),
    ("p.made(1)", "AttributeError", "module 'plugins.feel' has no attribute 'made'"),
    ("setattr(p, 'made', 1)", "AttributeError", "give the module a function that sets them"),
    ("p.__license__", "AttributeError", "module 'plugins.feel' has no attribute '__license__'"),
    ("setattr(p, '__version__', '2')", "AttributeError", "give the module a function that sets them"),
    ("p.f(1, 2, 3)", "TypeError", "f() takes from 1 to 2 positional arguments but 3 were given"),
    ("p.f(object())", "TypeError", "object objects cannot be handed to the worker"),
]

START = """
    import asyncio, copy, enum, inspect, pickle
    import stockade
    import plugins.feel as p
    def entered():
        seq = p.Seq()
        with seq as inside:
            return inside is seq
    async def collect():
        return [n async for n in p.stepping()]
"""


def host(place, main, **kwargs):
    place.write("plugins/feel.py", PLUGIN)
    from guarded import dedent
    return place.install(dedent(START) + dedent(main), **kwargs)


def test_what_works(place):
    done = host(place, """
        for line in %r:
            try:
                if not eval(line):
                    print("not:", line)
            except Exception as error:
                print(line, repr(error))
    """ % [line.strip() for line in WORKS.strip().splitlines()])
    assert (done.out, done.code) == ("", 0), (done.out, done.err)


def test_what_says_what_to_do_instead(place):
    done = host(place, """
        for line, kind, told in %r:
            try:
                print(line, "gives", eval(line))
            except Exception as error:
                if type(error).__name__ != kind or told not in str(error):
                    print(line, repr(error))
    """ % (TELLS,))
    assert (done.out, done.code) == ("", 0), (done.out, done.err)


def test_a_class_of_the_host_that_asks_for_its_subclasses(place):
    """What programs that look for plugins do."""
    done = host(place, """
        class Plugin:
            pass
        found = [c for _, c in inspect.getmembers(p, inspect.isclass) if issubclass(c, Plugin)]
        print(found, [c.__name__ for _, c in inspect.getmembers(p, inspect.isclass) if issubclass(c, p.Base)])
        with p.Seq() as seq:
            print(len(seq))
    """)
    assert done.out == "[] ['Base', 'Sub']\n10\n", (done.out, done.err)


LIAR = """
    class Loud:
        def __eq__(self, other):
            raise KeyError("eq")
        def __hash__(self):
            raise KeyError("hash")
    class Many:
        asked = 0
        def __eq__(self, other):
            Many.asked += 1
            return False
        def __hash__(self):
            return 7
    class Vague:
        def __eq__(self, other):
            return [other]
        __ne__ = __eq__
        __hash__ = lambda self: 2 ** 61 + 5
    class Long(int):
        def __hash__(self):
            return True
    def many(n):
        return [Many() for _ in range(n)]
    def asked():
        return Many.asked
    def changed():
        class Changing(str):
            pass
        return Changing("a")
    class Slow:
        def __eq__(self, other):
            while True:
                pass
        def __hash__(self):
            return 1
"""


def test_a_worker_that_lies_of_what_is_equal(place):
    place.write("plugins/liar.py", LIAR)
    done = host(place, """
        import plugins.liar as l
        def tell(function):
            try:
                print(function())
            except Exception as error:
                print(type(error).__name__, str(error)[:16])
        tell(lambda: l.Loud() == 1)
        tell(lambda: hash(l.Loud()))
        tell(lambda: l.Vague() == 1)
        tell(lambda: hash(l.Vague()) == 2 ** 61 + 5)
        tell(lambda: hash(l.Long(3)))
        tell(lambda: len(set(l.many(5000))))
        print(l.asked() < 200)
        tell(lambda: {7: 1}.get(l.Many()))
        print(len(set(map(l.f if hasattr(l, "f") else id, l.many(100)))))
    """)
    assert done.out == ("KeyError 'eq'\nKeyError 'hash'\n[1]\nTrue\n1\n"
                        "RuntimeError too many objects\nTrue\n"
                        "RuntimeError too many objects\n100\n"), (
        done.out, done.err)


def test_of_a_dead_worker_each_is_equal_to_itself(place):
    place.write("plugins/liar.py", LIAR)
    from workerplace import POLICY
    place.policy(POLICY + "\n[sandbox strict]\ndeadline = 1s\n")
    done = host(place, """
        import plugins.liar as l
        slow, other, red = l.Slow(), l.Slow(), l.changed()
        try:
            slow == other
        except stockade.SandboxTimeout:
            print(slow == slow, slow == other, slow != other, slow == 1, len({slow, other}), red == "a", hash(red) == hash("a"))
    """)
    assert done.out == "True False True False 2 True True\n", (done.out, done.err)


DIRS = """
    class Deep:
        __hash__ = None
        __private = 1
        def __len__(self):
            return 1
        def __call__(self):
            return 2
    def generate():
        yield 1
    async def later():
        return 1
    async def stream():
        yield 1
    deep = Deep()
    items = iter([1])
    __version__ = "1.2"
    __annotations__ = {"a": int}
    later.mark = 1
    def raised():
        return KeyError(1)
"""


def test_dir_names_what_can_be_had(place):
    place.write("plugins/named.py", DIRS)
    done = place.install("""
        import plugins.named as n
        made = [n, n.Deep, n.deep, n.deep.__len__, n.generate, n.generate(), n.later, n.later(), n.stream, n.stream(),
                n.items, n.raised()]
        for one in made:
            names = dir(one)
            print(len(names) > 3 and names == sorted(names), [name for name in names if not hasattr(one, name)])
        print({"deep", "later", "__version__", "__name__", "__doc__"} <= set(dir(n)))
        print({"_Deep__private", "__len__", "__call__", "__doc__", "__module__", "__class__"} <= set(dir(n.deep)))
        print({"mark", "__name__", "__call__"} <= set(dir(n.later)), {"send", "throw", "close"} <= set(dir(n.generate())))
    """)
    assert done.out == "True []\n" * 12 + "True\nTrue\nTrue True\n", (done.out, done.err)
