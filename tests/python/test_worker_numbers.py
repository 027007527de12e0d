# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/proxynumber.c
"""Objects that live in a worker, as numbers."""

import pytest

from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers

PLUGIN = """
    import enum

    class V:
        def __init__(self, n):
            self.n = n
        def __add__(self, other):
            return V(self.n + (other.n if isinstance(other, V) else other))
        def __radd__(self, other):
            return "%s + %s" % (other, self.n) if isinstance(other, (tuple, str)) else self + other
        def __mul__(self, other):
            return V(self.n * other)
        __rmul__ = __mul__
        def __rsub__(self, other):
            return other - self.n
        def __pow__(self, other):
            return self.n ** other
        def __rpow__(self, other):
            return other ** self.n
        def __divmod__(self, other):
            return divmod(self.n, other)
        def __rdivmod__(self, other):
            return divmod(other, self.n)
        def __ror__(self, other):
            return other | {self.n}
        def __float__(self):
            return self.n + 0.5
        def __int__(self):
            return self.n
        __index__ = __int__
        def __complex__(self):
            return complex(self.n, 1)
        def __round__(self, digits=None):
            return ("rounded", digits)
        def __reversed__(self):
            return iter([self.n, 0])
        def __iter__(self):
            return iter([1, 2])
        def __format__(self, spec):
            return "V" + format(self.n, spec)
        def __str__(self):
            return "str"

    class Level(enum.IntEnum):
        LOW = 1

    class Plain:
        pass

    def vector(n):
        return V(n)

    def told():
        return format(Level.LOW), format(Level.LOW, "3")

    def lie(answer):
        import builtins
        for name in "float", "int", "complex", "format", "reversed":
            setattr(builtins, name, lambda *args: answer)
"""


def test_reflected_operators(place):
    place.write("plugins/v.py", PLUGIN)
    done = place.install("""
        import plugins.v as m
        v = m.vector(5)
        print((2 * v).n, sum([v, v]).n, 10 - v, 2 ** v, v ** 2, divmod(7, v), divmod(v, 2), {1} | v)
        print((1,) + v, "a" + v)
        things = [0]
        things += v
        print(things)
        v += 1
        v *= 2
        print(v.n)
        for what in (lambda: 1 + m.Plain(), lambda: m.Plain() + 1, lambda: pow(v, 2, 3)):
            try:
                what()
            except TypeError as error:
                print(str(error)[:26])
    """)
    assert done.out == (
        "10 10 5 32 25 (1, 2) (2, 1) {1, 5}\n(1,) + 5 a + 5\n[0, 1, 2]\n12\n"
        "unsupported operand type(s\nunsupported operand type(s\nunsupported operand type(s\n"), (done.out, done.err)


def test_conversions(place):
    place.write("plugins/v.py", PLUGIN)
    done = place.install("""
        import plugins.v as m
        v = m.vector(5)
        print(float(v), int(v), complex(v), round(v), round(v, 2), list(reversed(v)))
        print("%d" % int(v), hasattr(v, "__index__"))
        for what in float, int, complex, round, reversed:
            try:
                print(what(m.Plain()))
            except TypeError as error:
                print("TypeError", what.__name__)
    """)
    assert done.out == (
        "5.5 5 (5+1j) ('rounded', None) ('rounded', 2) [5, 0]\n5 False\n" +
        "".join("TypeError %s\n" % name for name in ("float", "int", "complex", "round", "reversed"))), (done.out, done.err)


def test_format_is_the_objects_own(place):
    place.write("plugins/v.py", PLUGIN)
    done = place.install("""
        import plugins.v as m
        v = m.vector(5)
        print(f"{v:03d} {v} {v!s} {format(v, '.2f')}", "{:>4}".format(v))
        print((f"{m.Level.LOW}", f"{m.Level.LOW:3}") == m.told())
        print(f"{m.Plain()}".startswith("<plugins.v.Plain object"))
        try:
            f"{m.Plain():5}"
        except TypeError as error:
            print(error)
        try:
            f"{v:zz}"
        except ValueError as error:
            print("ValueError")
    """)
    assert done.out == (
        "V005 V5 str V5.00 V   5\nTrue\nTrue\n"
        "unsupported format string passed to Plain.__format__\nValueError\n"), (done.out, done.err)


@pytest.mark.parametrize("answer", ["'text'", "None", "b'1'", "[1]"])
def test_what_is_no_number_is_a_type_error(place, answer):
    place.write("plugins/v.py", PLUGIN)
    done = place.install("""
        import plugins.v as m
        v = m.vector(5)
        m.lie(%s)
        for what in float, int, complex, reversed, lambda v: f"{v:5}":
            try:
                print(repr(what(v)))
            except TypeError as error:
                print(error)
    """ % answer)
    assert done.out == (
        "float() of a worker's is no float\nint() of a worker's is no int\n"
        "complex() of a worker's is no complex\n"
        "reversed() returned non-iterator of the worker's\n" +
        ("'text'\n" if "text" in answer else "format() of a worker's is no str\n")), (done.out, done.err)


def test_numpy_is_told_what_to_ask_for(place):
    place.write("plugins/v.py", PLUGIN)
    done = place.install("""
        import plugins.v as m
        v = m.vector(5)
        for args in (), (float,):
            try:
                v.__array__(*args)
            except TypeError as error:
                print(error)
        try:
            v.__array__(dtype=None, copy=None)
        except TypeError as error:
            print(error)
        # the operators of arrays leave it to those of `v`
        print(type(v).__dict__["__array_ufunc__"])
    """)
    line = ("an object in a worker is no array of the host's: have the plugin hand back its .tolist(), or its .tobytes() "
            "for numpy.frombuffer()\n")
    assert done.out == line * 3 + "None\n", (done.out, done.err)
