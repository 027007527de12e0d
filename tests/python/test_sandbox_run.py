# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/sandboximport.c
# covers: python/remote/sandboxobject.c
# covers: python/remote/sandboxrun.c
# covers: guard/usage.c
# covers: worker/code.c
"""guard.sandbox(): strings of code, what they leave, and what ends them."""

import ast
import sys

import pytest

import guarded
import sandboxplace

pytestmark = pytest.mark.workers

POLICY = guarded.dedent("""
    default = deny
    trusted = @stdlib

    [modules]
    @stdlib.pure = allow
    io = allow
    plugins = allow
    plugins.* = allow

    [modules from __main__]
    stockade = allow
    _stockade = allow
    @stdlib = allow

    [modules from job]
    subprocess = deny
    glob = allow
""")

START = """
    import stockade
    box = _guard.sandbox("agent")
    run = box.run
"""


@pytest.fixture
def place(tmp_path):
    return sandboxplace.make(tmp_path, POLICY)


def host(place, main, **kwargs):
    return place.install(guarded.dedent(START) + guarded.dedent(main), **kwargs)


# ---- what comes back ---------------------------------------------------------

def test_the_value_is_result_or_the_last_expression(place):
    done = host(place, r"""
        for source in ("1 + 1", "x = 3\nx * 2", "result = 5\n'not this'", "x = 1", "", "result = 7",
                       "print(2)", "def result():\n    return 3\n", "(result := 4)" ):
            value = run(source).value
            print(value if not callable(value) else value())
    """)
    assert done.out == "2\n6\n5\nNone\nNone\n7\nNone\n3\n4\n", done.err


# What ends with `name = ...`, what ends like that and does not, and what may be taken for either.
ENDINGS = [
    "a = 1\nb = a", "a = 1\nresult = a + 1", "result=3", "result = 4 # (", "result = 5\n\n# x\n\n",
    "result = [\n1,\n]", "result = '''\na\n'''", 'result = "it\'s"', 'result = "\\""', r"result = r'\\'",
    "result = ''\n", "result = ''''x'''", "result = b'#'", "result = {'(': 1}", "result = a = 6",
    "def f():\n    return 1\nresult = f()", "if True:\n    result = 8", "for result in range(3):\n    x = 1",
    "result = f'{1}{{'", "x = 'b'\nresult = f\"{x + 'a'}\"", "x = 2\nresult = rf'{x}\\('",
    "1 == 2", "a = 1\na == 1", "a = b = 1; 3", "a = 1; b = 2; a", "'''\na = 1'''", "('x'\n\n'y')", "[\n1\n]",
    "dict(\na = 1\n)", "dict(\na = 1)", "'''\n''' '\\\na = 1'", "1 + \\\n2", "x = 1\n(x)", "x = 1\r\nx", "x = 1\rx",
    "x = 1\n\fx", '"""\na = 1\n"""', "'#'\n", "a = 1 # '''\na # '''\n", "f'{1}'", "f'{1!r:>{4}}'",
    "lambda: 1 if 0 else 2\n7", "9 # a = 1", "x: int = 3", "x = 3\nx += 1", "x = [3]\nx[0] = 4", "\u00e4 = 1\n\u00e4",
    "\u00e4 = 1", "x = yes = 3\n\n\n  # no\n",
]


def value_of(source):
    """The same, by the tree."""
    tree, names = ast.parse(source), {}
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "x", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "x", "eval"), names) if last else None
    return names.get("result", value)


def test_the_last_expression_is_the_one_that_python_sees(place):
    done = host(place, """
        for source in %r:
            print(ascii(run(source).value))
    """ % ENDINGS)
    assert done.out.splitlines() == [ascii(value_of(source)) for source in ENDINGS], done.err


@pytest.mark.skipif(sys.version_info < (3, 12), reason="quotes within their own are of 3.12")
def test_a_string_within_a_string_ends_no_string(place):
    sources = ["d = {'x': 1}\nf'{d['x']}'", "x = f'{'''a\nb = 1'''}'\nx",
               "f'''{'''\nb = 1'''}'''"]
    done = host(place, """
        for source in %r:
            print(ascii(run(source).value))
    """ % sources)
    assert done.out.splitlines() == [ascii(value_of(source)) for source in sources], done.err


def test_what_is_no_python_is_a_syntax_error_however_it_ends(place):
    sources = ["x = 1\ny = (", "x = 1\ny = '", "x =", "x = 1\n  y = 2", "None = 1", "x = return",
               "y = '''", "x = 1)\ny = 1", "x = 1 1\ny = 2", "return\nx = 1"]
    done = host(place, """
        for source in %r:
            try:
                run(source)
            except SyntaxError as error:
                print(error.filename, error.lineno)
        print(run("1 + 1").value)
    """ % sources)
    lines = []
    for source in sources:
        with pytest.raises(SyntaxError) as told:
            compile(source, "x", "exec")
        lines.append(told.value.lineno)
    assert done.out.splitlines() == ["<snippet> %d" % line for line in lines] + ["2"], done.err


def test_inputs_are_names_and_come_by_value(place):
    done = host(place, """
        given = {"rows": [1, 2], "text": "a", "deep": {"k": (1, None)}, "n": 10 ** 30, "b": b"x"}
        print(run("rows.append(3)\\n(rows, text, deep, n, b)", inputs=given).value)
        print(given["rows"], run("'rows' in globals()").value)
    """)
    assert done.out == ("([1, 2, 3], 'a', {'k': (1, None)}, %d, b'x')\n[1, 2] False\n" % 10 ** 30), done.err


def test_inputs_of_a_class_that_the_code_has_not_imported(place):
    done = host(place, """
        import datetime, decimal, fractions, uuid
        given = {"half": fractions.Fraction(1, 2), "who": uuid.UUID(int=7), "much": decimal.Decimal("1.10"),
                 "when": datetime.date(2026, 2, 28)}
        source = "import fractions\\n(half * 3, who, much, when, isinstance(half, fractions.Fraction))"
        print(run(source, inputs=given).value == (fractions.Fraction(3, 2), *list(given.values())[1:], True))
    """)
    assert done.out == "True\n", (done.out, done.err)


def test_output_is_all_that_was_printed(place):
    done = host(place, r"""
        source = "import sys\nprint('a', end='')\nprint('b')\nprint('c', file=sys.stderr)\nsys.stdout.write('d')\n"
        print(repr(run(source).output), repr(run("1").output))
    """)
    assert sorted(done.out.split("'")[1].replace("\\n", "")) == list("abcd"), done.err
    assert done.out.endswith(" ''\n")
    assert done.err == ""


def test_output_ends_where_the_profile_says(place):
    place.policy(POLICY + "\n[sandbox agent]\noutput = 4K\n")
    done = host(place, """
        out = run("for i in range(10000): print('x' * 99)\\n1").output
        out = out.partition("\\n[stockade: ")[0]
        print(len(out) == 4096, set(out) == {"x", "\\n"})
    """)
    assert done.out == "True True\n", done.err


def test_denied_has_imports_and_system_calls(place):
    done = host(place, r"""
        source = '''
        for name in ("socket", "os", "no_such_module"):
            try:
                __import__(name)
            except ImportError:
                pass
        try:
            open("/etc/passwd")
        except PermissionError as error:
            result = error.errno
        '''
        import textwrap
        done = run(textwrap.dedent(source), name="job")
        print(done.value)
        for kind, what in done.denied:
            print(kind, what.partition("(")[0])
        print(run("1", name="job").denied)
    """)
    assert done.out == ("1\nimport socket\nimport os\nimport no_such_module\n"
                        "syscall openat\n()\n"), (done.out, done.err)
    for name in "socket", "os":
        record, = [r for r in done.attempts(name) if r["sandbox"]]
        assert (record["importer"], record["verdict"], record["sandbox"]) == ("job", "deny", "agent")
    record, = [r for r in done.records if r["event"] == "syscall"]
    assert record["importer"] == "job" and record["name"].startswith("openat(")


def test_usage_is_measured_by_the_host(place):
    done = host(place, """
        idle = run("1").usage
        busy = run("x = bytearray(40 << 20)\\nx[::4096] = bytes(len(x[::4096]))\\nsum(range(3000000))").usage
        slept = run("import time\\ntime.sleep(0.3)").usage
        print(busy.cpu > idle.cpu, busy.wall >= busy.cpu * 0.9, busy.memory - idle.memory > 35 << 20)
        print(slept.wall >= 0.3, slept.cpu < 0.2, isinstance(idle.memory, int))
        print(type(busy).__name__, busy == tuple(busy), repr(busy).startswith("stockade.Usage(cpu="))
    """)
    assert done.out == "True True True\nTrue True True\nUsage True True\n", (done.out, done.err)


# ---- what goes wrong ---------------------------------------------------------

def test_an_exception_is_that_exception_with_the_workers_traceback(place):
    done = host(place, r"""
        source = "def deep(n):\n    print('deep', n)\n    return [1][n]\n\nclass Own(KeyError):\n    pass\n"
        try:
            run(source + "deep(5)", name="job")
        except IndexError as error:
            cause = error.__cause__
            print(type(cause).__name__, cause.remote_type)
            print(cause.remote_traceback)
            print(cause.result.output, cause.result.value, cause.result.usage.wall > 0)
        try:
            run(source + "raise Own('k')")
        except KeyError as error:
            print(error, error.__cause__.remote_type)
    """)
    assert done.out.startswith("RemoteError IndexError\nTraceback (most recent call last):\n"), done.err
    assert 'File "<job>", line 7, in <module>\n    deep(5)\n' in done.out
    assert 'File "<job>", line 3, in deep\n    return [1][n]\n' in done.out
    assert done.out.endswith("deep 5\n None True\n'k' __main__.Own\n")


@pytest.mark.parametrize("source, kind", [
    ("def (:", "SyntaxError"), ("  1", "IndentationError"), ("a\0b", "ValueError SyntaxError"),
    ("\ud800", "UnicodeEncodeError"), ("x" * 100 + "(" * 1000, "SyntaxError MemoryError RemoteError"),
    ("def f(): f()\nf()", "RecursionError"), ("nothing", "NameError"), ("1 / 0", "ZeroDivisionError"),
    ("raise SystemExit(3)", "RemoteError"), ("raise KeyboardInterrupt", "RemoteError"),
    ("raise GeneratorExit", "RemoteError"), ("raise BaseException('x')", "RemoteError"),
    ("raise StopIteration(1)", "RemoteError"), ("import sys; sys.exit(1)", "RemoteError"), ("exit(2)", "RemoteError"), ("quit('no')", "RemoteError"),
    ("input()", "EOFError"), ("open('/etc/passwd')", "PermissionError"),
    ("async def f(): pass\nawait f()", "SyntaxError"), ("return 1", "SyntaxError"),
    ("import socket", "ModuleNotFoundError"), ("b'x' * (1 << 40)", "MemoryError RemoteError"),
])
def test_no_source_raises_what_would_end_the_host(place, source, kind):
    done = host(place, """
        try:
            run(%r)
        except Exception as error:
            print(type(error).__name__)
        print(run("1").value)
    """ % source)
    told, one = done.out.split()
    assert told in kind.split() and one == "1", (done.out, done.err)


def test_a_lone_surrogate_is_printed_as_what_it_is(place):
    """As the log has it: the host prints what it is given."""
    done = host(place, r"""
        import sys
        sys.stdout.reconfigure(encoding="utf-8")
        for text in ("'a\\ud800b'", "'\\ud83d\\ude00'", "'\\xe9\\u20ac\\U0001f600'", "'x' * 9000 + '\\udcff'"):
            print(run("print(%s)" % text).output.replace("x" * 9000, "many "), end="")
        print(run("import sys; sys.stderr.write('\\udc80')").output)
        try:
            run("print('\\udfff')\n1 / 0")
        except ZeroDivisionError as error:
            print(error.__cause__.result.output, end="")
    """)
    assert done.out.splitlines() == [
        "a\\ud800b", "\\ud83d\\ude00", "\xe9\u20ac\U0001f600", "many \\udcff", "\\udc80", "\\udfff"], done.err


def test_what_an_escape_is_longer_counts_as_output(place):
    place.policy(POLICY + "\n[sandbox agent]\noutput = 4K\n")
    done = host(place, r"""
        out = run("print('\\ud800' * 4000)").output
        print(len(out.partition("\n[")[0]), "characters of output were dropped" in out)
    """)
    assert done.out == "4096 True\n", done.out + done.err


def test_code_that_ends_itself_well_has_a_result(place):
    done = host(place, r"""
        for end in "exit()", "quit()", "import sys; sys.exit()", "import sys; sys.exit(0)", "raise SystemExit":
            done = run("print('done')\nresult = 3\n%s\nresult = 4" % end)
            print(done.value, done.output, end="")
        print(run("exit()").value, run("def f(): exit()\nf()\n5").value)
        for end in "exit(3)", "import sys; sys.exit('it went wrong')", "exit(False, 1)":
            try:
                run("print('done')\n" + end)
            except stockade.RemoteError as error:
                print(error.remote_type, str(error).split("\n")[0], error.result.output if hasattr(error, "result") else "")
            except TypeError:
                print("TypeError")
    """)
    assert done.out == ("3 done\n" * 5 + "None None\nSystemExit SystemExit: 3 done\n\n"
                        "SystemExit SystemExit: it went wrong done\n\nTypeError\n"), (done.out, done.err)


def test_there_is_nothing_to_read_from_stdin(place):
    done = host(place, r"""
        print(run("import sys\n(sys.stdin.read(), sys.stdin.readlines(), list(sys.stdin))").value)
        try:
            run("print('your name?')\nname = input('> ')")
        except EOFError as error:
            print(error, repr(error.__cause__.result.output))
    """)
    assert done.out == "('', [], [])\nEOF when reading a line 'your name?\\n> '\n", (done.out, done.err)


def test_a_timeout_ends_the_worker_and_the_next_run_has_another(place):
    done = host(place, """
        import time
        run("import sys; sys.kept = 1")
        print(run("import sys; sys.kept").value)
        for timeout in (0.2, 5):
            began = time.monotonic()
            try:
                run("print('begun', flush=True)\\nwhile True:\\n    pass", timeout=timeout)
            except stockade.SandboxTimeout as error:
                # in a moment it may not even have begun
                if timeout > 1:
                    print(error.result.output.strip(), error.result.usage.cpu > 0.01,
                          error.result.usage.memory > 1 << 20)
                print(error.result.value)
            print(timeout <= time.monotonic() - began < timeout + 60)
        print(run("import sys; hasattr(sys, 'kept')").value)
    """)
    assert done.out == "1\nNone\nTrue\nbegun True True\nNone\nTrue\nFalse\n", (done.out, done.err)


def test_the_profiles_deadline_is_the_longest_timeout(place):
    place.policy(POLICY + "\n[sandbox agent]\ndeadline = 300ms\n")
    done = host(place, """
        import time
        began = time.monotonic()
        for timeout in (None, 3600, float("inf")):
            try:
                run("while True: pass", timeout=timeout)
            except stockade.SandboxTimeout:
                print("in time")
        print(time.monotonic() - began < 60)
    """)
    assert done.out == "in time\n" * 3 + "True\n", (done.out, done.err)


@pytest.mark.parametrize("end", [
    "import gc\\n[o for o in gc.get_objects() if 0]\\nx = bytearray(1 << 62)",
    "for i in range(10000):\\n    try:\\n        open('/')\\n    except OSError:\\n        pass",
])
def test_a_worker_that_dies_is_an_exception_and_the_next_run_has_another(place, end):
    done = host(place, """
        try:
            run("print('begun')\\n%s")
        except stockade.WorkerDied as error:
            print("died", error.result.output == "begun\\n", error.result.value)
        except (MemoryError, RecursionError, ImportError, stockade.RemoteError):
            print("refused")
        print(run("1 + 1").value)
    """ % end)
    assert done.out in ("died True None\n2\n", "refused\n2\n"), (done.out, done.err)


def test_the_quota_of_denied_calls_tells_them(place):
    place.policy(POLICY + "\n[sandbox agent]\ndenials = 5\n")
    done = host(place, r"""
        try:
            run("for i in range(100):\n    try:\n        open('/')\n    except OSError:\n        pass")
        except stockade.WorkerDied as error:
            print(len(error.result.denied), {kind for kind, what in error.result.denied})
        print(run("1").value)
    """)
    assert done.out == "6 {'syscall'}\n1\n", (done.out, done.err)


def test_what_is_beyond_a_bound_names_it(place):
    place.policy(POLICY + "\n[sandbox agent]\nreply = 1M\n")
    done = host(place, """
        def tell(*args, **more):
            try:
                run(*args, **more)
            except ValueError as error:
                print(str(error).partition("worker: ")[2])
        tell("'x' * 2000000")
        tell("list(range(1000000))")
        tell("1 << (8 * 300000)")
        tell("0", inputs={"a": b"x" * (65 << 20)})
    """)
    assert done.out.splitlines() == [
        "too long: 2000005 bytes or more, and `reply` of the profile is 1M",
        "too much memory: 8000080 bytes or more as objects, and four times `reply` of the profile is 4M",
        "too large an int: at most 256K bytes",
        "too long: %d bytes or more, and what crosses at once has at most 64M" % (19 + (65 << 20)),
    ], (done.out, done.err)


@pytest.mark.parametrize("source, dropped", [
    ("print('x' * 100000)", 100001 - 4096), ("for n in range(1000): print('x' * 100)", 101000 - 4096)])
def test_output_beyond_its_quota_ends_with_how_much_was_dropped(place, source, dropped):
    place.policy(POLICY + "\n[sandbox agent]\noutput = 4K\n")
    done = host(place, """
        got = run(%r)
        print(len(got.output.partition("\\n[")[0]) == 4096, got.output.count("["))
        print(got.output.splitlines()[-1].partition(" ")[2])
        try:
            run(%r + "\\nwhile True: pass", timeout=0.5)
        except stockade.SandboxTimeout as error:
            print(error.result.output.count("[stockade: "))
        print(run("print(1)").output.strip())
    """ % (source, source))
    assert done.out.splitlines() == [
        "True 1", "%d characters of output were dropped: `output` of the profile is 4K a call]" % dropped, "1", "1"
    ], (done.out, done.err)


def test_a_reply_beyond_the_profiles_limit_is_an_exception(place):
    place.policy(POLICY + "\n[sandbox agent]\nreply = 1M\n")
    done = host(place, """
        for source in ("b'x' * (8 << 20)", "[[]] * 3000000", "print('x' * (8 << 20))"):
            try:
                run(source)
            except (stockade.SandboxError, ValueError) as error:
                print("refused")
            print(len(run("b'x' * 1000").value))
    """)
    assert done.out.count("1000\n") == 3 and done.out.count("refused\n") >= 2, (done.out, done.err)


def test_what_is_no_plain_value_stays_there(place):
    done = host(place, r"""
        source = '''
        from dataclasses import dataclass
        @dataclass
        class Point:
            x: int
            y: int
            def move(self, by):
                self.x += by
                return self
        Point(1, 2)
        '''
        import textwrap
        point = run(textwrap.dedent(source)).value
        print(type(point).__name__, point.x, str(point.move(3)))
        other = run("3", name="another").value
        print(point.move(1).x, other)
        box.close()
        try:
            point.x
        except stockade.WorkerDied as error:
            print("closed" in str(error))
    """)
    assert done.out == "RemoteInstance 1 Point(x=4, y=2)\n5 3\nTrue\n", (done.out, done.err)


# ---- the arguments -----------------------------------------------------------

@pytest.mark.parametrize("call, kind", [
    ("run()", "TypeError"), ("run(b'1')", "TypeError"), ("run(None)", "TypeError"),
    ("run('1', 'job')", "TypeError"), ("run('1', nothing=1)", "TypeError"),
    ("run('1', name=3)", "TypeError"), ("run('1', name='')", "ValueError"),
    ("run('1', name='a\\nb')", "ValueError"), ("run('1', name='a\\0b')", "ValueError"),
    ("run('1', name='\\ud800')", "ValueError"), ("run('1', name='x' * 201)", "ValueError"),
    ("run('1', name='json')", "ValueError"), ("run('1', name='__main__')", "ValueError"),
    ("run('1', name='stockade')", "ValueError"), ("run('1', name='os.path')", "ValueError"),
    ("run('1', inputs=[])", "TypeError"), ("run('1', inputs={1: 2})", "TypeError"),
    ("run('1', inputs={'f': object()})", "TypeError"),
    ("run('1', timeout=0)", "ValueError"), ("run('1', timeout=-1)", "ValueError"),
    ("run('1', timeout=float('nan'))", "ValueError"), ("run('1', timeout='1')", "TypeError"),
    ("_guard.sandbox()", "TypeError"), ("_guard.sandbox(3)", "TypeError"),
    ("_guard.sandbox('nothing')", "ValueError"), ("_guard.sandbox('a\\0b')", "ValueError"),
    ("stockade.Sandbox()", "TypeError"), ("type(box)('agent')", "TypeError"),
    ("box.import_module(3)", "TypeError"), ("box.import_module('no such')", "ImportDenied"),
    ("box.import_module('plugins.nothing')", "ModuleNotFoundError"),
])
def test_a_wrong_argument_is_refused(place, call, kind):
    done = host(place, """
        try:
            %s
        except Exception as error:
            print(type(error).__name__, bool(str(error)))
        print(run("1").value)
    """ % call)
    assert done.out == kind + " True\n1\n", (done.out, done.err)


def test_an_unknown_profile_is_told_with_those_there_are(place):
    done = host(place, """
        for name in "agnet", "agent\\0", "\\udc80":
            try:
                print(_guard.sandbox(name))
            except ValueError as error:
                print(str(error).replace("it has strict, agent, files-readonly, numpy", "..."))
    """)
    assert done.out == "".join("the policy has no [sandbox %s]; ...\n" % name
                               for name in ("agnet", "agent\\x00", "&#56448;")), done.err


def test_a_str_that_lies_is_taken_by_its_characters(place):
    done = host(place, """
        class Liar(str):
            def __str__(self): return "9"
            def __eq__(self, other): return True
            def __hash__(self): return 0
        print(run(Liar("1 + 1"), name=Liar("job")).value)
    """)
    assert done.out == "2\n", done.err


# ---- the box -----------------------------------------------------------------

def test_a_box_is_reused_and_each_run_has_names_of_its_own(place):
    done = host(place, """
        print(run("x = 1\\nx").value, run("'x' in globals()").value)
        print([run("n ** 2", inputs={"n": n}).value for n in range(50)][-1])
        print(run("import sys; sys.mark = 1; sys.mark").value, run("import sys; sys.mark").value)
    """)
    assert done.out == "1 False\n2401\n1 1\n", done.err


def test_a_worker_that_took_half_of_its_time_is_followed_by_another(place):
    place.policy(POLICY + "\n[sandbox agent]\ncpu = 1s\n")
    done = host(place, """
        for i in range(4):
            print(run("import sys; sys.mark = 1").value, run(
                "import sys, time\\n"
                "while time.process_time() < 0.6: pass\\n"
                "hasattr(sys, 'mark')").value, run("import sys; hasattr(sys, 'mark')").value)
    """)
    assert done.out == "None True False\n" * 4, (done.out, done.err)


def test_a_box_is_asked_for_modules_as_often_as_it_is_reused(place):
    done = host(place, """
        source = "try:\\n    import nothing%d\\nexcept ImportError as error:\\n    result = 'no more' in str(error)"
        print({run(source % i).value for i in range(2100)}, len(run(source % 1).denied))
        print(run("for i in range(2100):\\n    try: __import__('nothing%d' % i)\\n    except ImportError as e: "
                  "result = str(e)").value[-7:])
    """)
    assert done.out == "{False} 1\nno more\n", (done.out, done.err)


def test_code_of_another_name_has_another_worker(place):
    done = host(place, """
        run("import sys; sys.mark = 1", name="one")
        print(run("import sys; hasattr(sys, 'mark')", name="two").value)
        print(run("import sys; hasattr(sys, 'mark')", name="one").value)
    """)
    assert done.out == "False\nFalse\n", done.err


def test_a_name_decides_what_may_be_imported(place):
    done = host(place, """
        def may(module, **name):
            try:
                return run("import %s" % module, **name).denied
            except ImportError:
                return "no"
        print(may("glob"), may("glob", name="job"), may("subprocess", name="job"), may("glob", name="job 17!"))
    """)
    assert done.out == "no () no no\n", (done.out, done.err)


def test_denied_has_what_is_denied_for_another_reason(place):
    """A file in the place of the standard library's, what needs a worker of its own, what nobody has signed."""
    place.policy(POLICY.replace("plugins.* = allow", "plugins.* = sandbox:strict\nunproven = signed") + guarded.dedent("""
        [key vendor]
        public = RWRWAlNN1O9Z+iKLzHUZF1TK/XLRrL8XLTie4HoKuuwA9snuP5e/6o7u
        modules = *
    """))
    place.write("unproven.py", "")
    place.write("colorsys.py", "secret = 'of the host'\n")
    place.write("plugins/reports.py", "")
    done = host(place, """
        for name in "colorsys", "plugins.reports", "unproven":
            try:
                run("import %s" % name, name="job")
            except ImportError as error:
                (kind, name), = error.__cause__.result.denied
                print(kind, name)
    """)
    assert done.out == "import colorsys\nimport plugins.reports\nimport unproven\n", (done.out, done.err)


def test_no_name_is_one_of_the_standard_librarys(place):
    """Not of another Python's, or of one for its tests: such a name would be trusted."""
    done = host(place, """
        for name in "glob", "test", "test.x", "parser", "_colorize", "_sysconfigdata_x":
            try:
                print(run("import subprocess", name=name))
            except ValueError as error:
                print("is a module" in str(error))
    """)
    assert done.out == "True\n" * 6, (done.out, done.err)


def test_no_module_is_the_codes_own(place):
    place.policy(POLICY.replace("plugins.* = allow", "plugins.* = sandbox:strict"))
    place.write("plugins/__init__.py", "")
    place.write("plugins/kept.py", "secret = 1\n")
    done = host(place, """
        for name in "plugins", "plugins.kept", "snippet":
            try:
                print(run("import plugins.kept", name=name))
            except ImportError as error:
                print("worker of its own" in str(error))
    """)
    assert done.out == "True\n" * 3, (done.out, done.err)


def test_a_closed_box_runs_nothing(place):
    done = host(place, """
        print(box.profile, box.closed, box)
        with box as same:
            print(same is box, run("1").value)
        print(box.closed, box)
        box.close()
        for call in (lambda: run("1"), lambda: box.import_module("plugins"), box.__enter__):
            try:
                call()
            except stockade.SandboxError as error:
                print(error)
        try:
            box.profile = "strict"
        except AttributeError:
            print("fixed")
    """)
    assert done.out == ("agent False <stockade.Sandbox agent>\nTrue 1\nTrue <stockade.Sandbox agent, closed>\n"
                        + "this sandbox is closed: make another\n" * 3 + "fixed\n"), done.err


def test_a_box_is_closed_when_its_block_raises(place):
    done = host(place, """
        try:
            with _guard.sandbox("strict") as one:
                one.run("1 / 0")
        except ZeroDivisionError:
            print(one.closed)
    """)
    assert done.out == "True\n", done.err


def test_threads_share_a_box_one_run_at_a_time(place):
    done = host(place, """
        import threading
        wrong = []
        def work(k):
            for i in range(20):
                done = run("print(k)\\nk * i", inputs={"k": k, "i": i}, name="job%d" % (k // 2))
                if done.value != k * i or done.output != "%d\\n" % k:
                    wrong.append((k, i, done))
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        print(wrong)
    """)
    assert done.out == "[]\n", (done.out, done.err)


def test_a_box_that_is_closed_under_a_run_ends_it(place):
    done = host(place, """
        import threading, time
        begun = threading.Event()
        threading.Thread(target=lambda: begun.wait() and box.close()).start()
        began = time.monotonic()
        try:
            run("begun()\\nwhile True: pass", inputs={"begun": begun.set})
        except stockade.WorkerDied as error:
            print("closed" in str(error), time.monotonic() - began < 60)
    """)
    assert done.out == "True True\n", (done.out, done.err)


def test_a_run_within_a_run_is_refused_in_the_same_worker(place):
    done = host(place, """
        import sys
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "plugins":
                    try:
                        run("1")
                    except RuntimeError as error:
                        print("already" in str(error))
                    print(run("2", name="another").value)
        sys.meta_path.append(Finder())
        try:
            run("import plugins")
        except ImportError:
            print(run("3").value)
    """)
    assert done.out == "True\n2\n3\n", (done.out, done.err)


def test_who_waits_too_long_for_a_box_is_told(place):
    done = host(place, """
        import threading
        within, over = threading.Event(), threading.Event()
        def hold():
            within.set()
            over.wait()
        thread = threading.Thread(target=run, args=("hold()",), kwargs={"inputs": {"hold": hold}})
        thread.start()
        within.wait()
        try:
            run("1", timeout=0.2)
        except stockade.SandboxTimeout as error:
            print("busy" in str(error), error.result)
        over.set()
        thread.join()
        print(run("1").value)
    """)
    assert done.out == "True None\n1\n", (done.out, done.err)


def test_a_fork_of_the_host_gets_a_worker_of_its_own(place):
    done = host(place, """
        import os
        run("import sys; sys.mark = 1")
        if os.fork() == 0:
            print(run("import sys; hasattr(sys, 'mark')").value, flush=True)
            os._exit(0)
        os.wait()
        print(run("import sys; hasattr(sys, 'mark')").value)
    """)
    assert done.out == "False\nTrue\n", (done.out, done.err)


# ---- modules in a box --------------------------------------------------------

def test_a_module_is_imported_into_the_box_alone(place):
    place.write("plugins/__init__.py", "")
    place.write("plugins/reports/__init__.py", "from . import util\ndef total(n):\n    return sum(n)\n")
    place.write("plugins/reports/util.py", "import sys\nsys.count = getattr(sys, 'count', 0) + 1\n"
                                           "def count():\n    return sys.count\n")
    done = host(place, """
        import sys
        reports = box.import_module("plugins.reports")
        print(type(reports).__name__, reports.total([1, 2]), "plugins.reports" in sys.modules)
        util = box.import_module("plugins.reports.util")
        print(util.count(), box.import_module("plugins.reports") is reports)
        other = _guard.sandbox("agent").import_module("plugins.reports")
        print(other is reports, other.total([3]))
        box.close()
        try:
            reports.total([1])
        except stockade.WorkerDied:
            print("died")
    """)
    assert done.out == "RemoteModule 3 False\n1 True\nFalse 3\ndied\n", (done.out, done.err)
    asked, loaded = done.attempts("plugins.reports")[:2]
    assert asked["importer"] == "__main__" and asked["verdict"] == "allow"
    assert loaded["sandbox"] == "agent" and loaded["verdict"] == "allow"


@pytest.mark.parametrize("rules", ["[modules]\nos = deny\n", "[modules from __main__]\nos = deny\n"])
def test_a_module_that_the_caller_may_not_import_is_not_in_a_box(place, rules):
    place.policy("default = allow\ntrusted = @stdlib\n" + rules)
    done = host(place, """
        try:
            box.import_module("os")
        except stockade.ImportDenied as error:
            print(error.name)
        print(box.import_module("json").dumps([1]))
    """)
    assert done.out == "os\n[1]\n", (done.out, done.err)
    record, = done.attempts("os", importer="__main__")
    assert (record["verdict"], record["outcome"]) == ("deny", "refused")


def test_a_module_is_judged_on_its_way_into_a_box(place):
    place.policy(POLICY.replace("plugins.* = allow", "plugins.bad = deny\nplugins.other = sandbox:strict\n"
                                "plugins.same = sandbox:agent"))
    for name in "__init__", "bad", "other", "same":
        place.write("plugins/%s.py" % name, "value = 1\n")
    done = host(place, """
        for name in "bad", "other", "same":
            try:
                print(box.import_module("plugins." + name).value)
            except ImportError as error:
                print(error)
    """)
    lines = done.out.splitlines()
    assert "denied" in lines[0] and "cannot be in a sandbox of agent" in lines[1] and lines[2:] == ["1"], (
        done.out, done.err)


def test_what_the_policy_wants_elsewhere_is_not_in_a_box_with_its_package(place):
    place.policy(POLICY.replace("plugins.* = allow", "importlib = allow\nplugins.* = allow\nplugins.reports.kept = sandbox:strict\n"
                                "plugins.reports.same = sandbox:agent"))
    place.write("plugins/__init__.py", "")
    place.write("plugins/reports/__init__.py", """
        import importlib
        def f(name):
            return importlib.import_module("plugins.reports." + name).value
    """)
    place.write("plugins/reports/kept.py", "value = 1\n")
    place.write("plugins/reports/same.py", "value = 2\n")
    done = host(place, """
        reports = box.import_module("plugins.reports")
        print(reports.f("same"))
        for call in lambda: reports.f("kept"), lambda: box.import_module("plugins.reports.kept"):
            try:
                call()
            except ImportError as error:
                print("sandbox:strict" in str(error))
    """)
    assert done.out == "2\nTrue\nTrue\n", (done.out, done.err)


def test_an_answer_that_is_too_large_is_an_exception_and_the_box_goes_on(place):
    place.policy(POLICY + "\n[sandbox agent]\nreply = 64K\n")
    done = host(place, """
        for source in "b'x' * 70000", "[[] for i in range(30000)]":
            try:
                run(source)
            except ValueError as error:
                print("too " in str(error))
        print(len(run("b'x' * 65000").value), run("left = 1").value, len(run("x = 'x' * 99").output))
    """)
    assert done.out == "True\nTrue\n65000 None 0\n", (done.out, done.err)


def test_what_ends_with_a_worker_may_run_code_in_the_box(place):
    done = host(place, r"""
        class Last:
            ran = 0
            def method(self):
                pass
            def __del__(self):
                Last.ran += 1
                if Last.ran == 1:
                    print(run("'within'", name="within").value, flush=True)
        held = [run("import sys\nsys.kept = f\nclass C: pass\nC()", name="job%d" % n, inputs={"f": Last().method})
                for n in range(5)]
        held.clear()
        print(run("'after'", name="after").value, flush=True)
        box.close()
        print(Last.ran)
    """)
    assert (done.code, done.out) == (0, "within\nafter\n5\n"), (done.out, done.err)


def test_threads_run_code_of_many_names_each_in_its_own_worker(place):
    done = host(place, r"""
        import threading
        wrong = []
        def work(of):
            for n in range(5):
                name = "%s%d" % (of, n % 2)
                got = run("import sys\nsys.seen = getattr(sys, 'seen', set()) | {me}\nsorted(sys.seen)",
                          name=name, inputs={"me": name})
                if got.value != [name]:
                    wrong.append((name, got.value))
        threads = [threading.Thread(target=work, args=(of,)) for of in "abab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(wrong)
    """)
    assert done.out == "[]\n", (done.out, done.err)


def test_a_module_that_ends_cannot_be_found_any_more(place):
    place.write("plugins/__init__.py", "")
    place.write("plugins/keeps.py", "kept = []\ndef keep(function):\n    kept.append(function)\n")
    done = host(place, r"""
        import gc
        def modules():
            return [o for o in gc.get_objects() if type(o).__name__ == "RemoteModule"]
        class Last:
            def method(self):
                pass
            def __del__(self):
                print(len(modules()), flush=True)
        module = box.import_module("plugins.keeps")
        module.keep(Last().method)
        print(len(modules()), flush=True)
        box.close()
        module = None
        print(len(modules()))
    """)
    assert (done.code, done.out) == (0, "1\n0\n0\n"), (done.out, done.err)


def test_a_timeout_beyond_the_deadline_is_told(place):
    place.policy(POLICY + "[sandbox agent]\ndeadline = 2500ms\n")
    done = place.install("""
        import warnings
        with _guard.sandbox("agent") as box, warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            for timeout in (2.5, None, float("inf"), 2.6, 60):
                box.run("1", timeout=timeout)
            for one in seen:
                print(one.category.__name__, one.message, one.filename == __file__)
            warnings.simplefilter("error")
            try:
                box.run("1", timeout=3)
            except RuntimeWarning as error:
                print("raised")
        box = _guard.sandbox("agent")
        box.run("1", timeout=9)
    """)
    said = ("RuntimeWarning a timeout of %s s is cut to the 2.5 s that `deadline` of [sandbox agent]"
            " allows True")
    assert done.out.splitlines() == [said % 2.6, said % 60, "raised"], done.err
    assert "RuntimeWarning: a timeout of 9 s is cut to" in done.err
    assert done.attempts(verdict="deny") == []


def test_a_module_that_a_box_may_not_have_is_told_by_its_name(place):
    done = place.install("""
        with _guard.sandbox("agent") as box:
            for name in ("nosuch", "plugins.nosuch"):
                try:
                    box.import_module(name)
                except ModuleNotFoundError as error:
                    print(error)
    """)
    policy = place.path("policy.ini")
    assert done.out.splitlines() == [
        "No module named 'nosuch': denied to __main__, no rule covers it in %s;"
        " stockade explain %s nosuch --from __main__" % (policy, policy),
        "No module named 'plugins.nosuch'",
    ], done.err
