# SPDX-License-Identifier: Apache-2.0
"""`python -m stockade run`: what `stockade run` does, from a wheel.

Python runs already when this starts, so that the guard sees less than that
of the `stockade` program, which stands before the first import; this says
how much it missed.
"""

import builtins
import os
import runpy
import sys

import _stockade

USAGE = """\
usage: python -m stockade run [-p POLICY] [--observe] [--audit SINK]...
                              (SCRIPT | -m MODULE | -c CODE) [ARGS...]

Runs a program under a policy (default: stockade.ini).

  -p, --policy FILE  the policy
      --observe      record denials and do not enforce them
      --audit SINK   file:PATH, syslog:, journal: or fd:N, instead of the
                     policy's own
  -m MODULE          run a module as a script
  -c CODE            run a string
  -h, --help         print this and exit

The other commands are the program `stockade`, which is built with meson.
"""


class UsageError(Exception):
    """The command line is none."""


class Request:
    """What the command line asks for."""

    policy = "stockade.ini"
    observe = False
    audit = None
    kind = None
    target = None
    args = ()


def take_value(option, inline, rest):
    if inline is not None:
        return inline
    if not rest:
        raise UsageError("option %s needs a value" % option)
    return rest.pop(0)


def take_option(request, word, rest):
    """Reads one option; true when the rest belongs to the program."""
    option, equals, value = word.partition("=")
    inline = value if equals and option.startswith("--") else None
    if option in ("-p", "--policy"):
        request.policy = take_value(option, inline, rest)
    elif option == "--audit":
        sink = take_value(option, inline, rest)
        request.audit = sink if request.audit is None else request.audit + " " + sink
    elif word == "--observe":
        request.observe = True
    elif word in ("-m", "-c"):
        request.kind = word
        request.target = take_value(word, None, rest)
        return True
    else:
        raise UsageError("unknown option %s" % word)
    return False


def read_arguments(words):
    request = Request()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--" and rest:
            word = rest.pop(0)
        elif word.startswith("-") and word != "-":
            if take_option(request, word, rest):
                break
            continue
        request.kind, request.target = "script", word
        break
    if request.kind is None:
        raise UsageError("nothing to run: give a script, -m MODULE or -c CODE")
    request.args = rest
    return request


def script_code(path):
    if os.path.isdir(path):
        raise UsageError("%s is a folder; run it with the stockade program" % path)
    with open(path, "rb") as file:
        return compile(file.read(), path, "exec", dont_inherit=True)


def prepare(request):
    """The program's code and what its `__main__` holds before it runs."""
    fields = dict.fromkeys(
        ("__spec__", "__loader__", "__package__", "__cached__", "__doc__")
    )
    if request.kind == "-c":
        sys.argv = ["-c", *request.args]
        sys.path.insert(0, "")
        return compile(request.target, "<string>", "exec", dont_inherit=True), fields
    if request.kind == "script":
        sys.argv = [request.target, *request.args]
        sys.path.insert(0, os.path.dirname(os.path.realpath(request.target)))
        fields["__file__"] = request.target
        return script_code(request.target), fields
    sys.argv = ["-m", *request.args]
    sys.path.insert(0, os.getcwd())
    _, spec, code = runpy._get_module_details(request.target)
    sys.argv[0] = spec.origin
    fields.update(
        __spec__=spec,
        __loader__=spec.loader,
        __package__=spec.parent,
        __file__=spec.origin,
        __cached__=spec.cached,
    )
    return code, fields


def behind_us(traceback):
    """The part of a traceback that is the program's."""
    while traceback and traceback.tb_frame.f_globals is not run.__globals__:
        traceback = traceback.tb_next
    while traceback and traceback.tb_frame.f_globals is run.__globals__:
        traceback = traceback.tb_next
    return traceback


def enter_main(fields):
    """A fresh `__main__`: ours goes on without a name in sys.modules."""
    main = type(sys)("__main__")
    main.__dict__.update(fields, __builtins__=builtins)
    if fields["__loader__"] is None:
        del main.__dict__["__cached__"]
    sys.modules["__main__"] = main
    return main.__dict__


def run(request):
    missed = len(sys.modules)
    _stockade.install(request.policy, observe=request.observe, audit=request.audit)
    print(
        "stockade: installed after %d modules were imported; "
        "`stockade run` stands before them" % missed,
        file=sys.stderr,
    )
    try:
        code, fields = prepare(request)
        _stockade._run_program(code, enter_main(fields))
    except (SystemExit, KeyboardInterrupt, UsageError):
        raise
    except BaseException as error:
        traceback = behind_us(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        return 1
    return 0


def main(words):
    if words[:1] in (["-h"], ["--help"]) or words[:2] in (
        ["run", "-h"],
        ["run", "--help"],
    ):
        sys.stdout.write(USAGE)
        return 0
    try:
        if words[:1] != ["run"]:
            raise UsageError(
                "unknown command %r; `run` is what a wheel has" % words[0]
                if words
                else "a command is missing"
            )
        return run(read_arguments(words[1:]))
    except UsageError as error:
        sys.stderr.write("stockade: %s\n%s" % (error, USAGE))
        return 2
    except (OSError, ValueError) as error:
        sys.stderr.write("stockade: %s\n" % error)
        return 1


if __name__ == "__main__":
    # `-m` put the current folder first; the program's own entry replaces it
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    sys.exit(main(sys.argv[1:]))
