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
from importlib.machinery import (
    BuiltinImporter,
    SourceFileLoader,
    SourcelessFileLoader,
)

import _stockade

USAGE = """\
usage: python -m stockade run [-p POLICY] [--policy-key KEY]
                              [--policy-state FILE] [--observe]
                              [--audit SINK]...
                              (SCRIPT | -m MODULE | -c CODE) [ARGS...]

run a Python program under a policy

  -p, --policy POLICY  the policy (default: stockade.ini)
      --policy-key KEY  a public key that the policy must be signed with,
                       or its file
      --policy-state FILE  where the newest policy is remembered: no older
                       one is taken
      --observe        deny nothing, record what would be denied
      --audit SINK     write records to SINK (FILE, file:FILE, syslog:,
                       journal: or fd:N) and not where the policy says; may
                       be repeated
  -m MODULE            run a module as python3 -m does
  -c CODE              run a string as python3 -c does
  -h, --help           show this and exit

The other commands are those of the program `stockade`, which is built with
meson.
"""

DEFAULT_POLICY = "stockade.ini"
SINKS = ("file:", "syslog:", "journal:", "fd:")

# exit codes, as those of the program `stockade`
NO, USAGE_ERROR, MACHINE = 1, 2, 3


class Refused(Exception):
    """What keeps the program from being run: an exit code and a message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def usage_error(message, command="stockade run"):
    return Refused(
        USAGE_ERROR,
        "%s: %s\nrun 'python -m stockade run --help' for how to use it"
        % (command, message),
    )


# ---- the command line -------------------------------------------------------


VALUED = ("-p", "--policy", "--policy-key", "--policy-state", "--audit", "-m", "-c")


class Request:
    """What the command line asks for."""

    help = False
    policy = None
    policy_key = None
    policy_state = None
    observe = False
    audit = None
    kind = None  # "script", "-m" or "-c"
    target = None
    args = ()


def split_option(word):
    """The option and the value that is written into the same word."""
    if word.startswith("--"):
        option, equals, value = word.partition("=")
        return option, value if equals else None
    return word[:2], word[2:] or None


def take_sink(request, sink):
    if not sink or set(" \t\n,") & set(sink):
        raise usage_error(
            '--audit "%s": a sink is a word without spaces or commas' % sink
        )
    kind = sink.partition(":")[0]
    if not sink.startswith(SINKS):
        if kind != sink and kind.isalpha() and kind.islower() and kind.isascii() \
                and len(kind) < 15:
            raise usage_error(
                '--audit "%s": unknown sink %s:; known are file:, syslog:, '
                "journal: and fd:; a file of that name is file:%s" % (sink, kind, sink)
            )
        sink = "file:" + sink
    request.audit = sink if request.audit is None else request.audit + " " + sink


def take_option(request, word, rest):
    """Reads one option; true when what follows belongs to the program."""
    option, value = split_option(word)
    if option in ("-h", "--help", "--observe"):
        if value is not None:
            raise usage_error("option %s takes no argument" % word)
        request.help = request.help or option != "--observe"
        request.observe = request.observe or option == "--observe"
        return request.help
    if option not in VALUED:
        raise usage_error("unknown option %s" % option)
    if value is None:
        if not rest:
            raise usage_error("option %s needs an argument" % option)
        value = rest.pop(0)
    if option in ("-p", "--policy"):
        request.policy = value
    elif option == "--policy-key":
        request.policy_key = value
    elif option == "--policy-state":
        request.policy_state = value
    elif option == "--audit":
        take_sink(request, value)
    else:
        request.kind, request.target = option, value
    return request.kind is not None


def read_arguments(words):
    request = Request()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-") and word not in ("-", "--"):
            if take_option(request, word, rest):
                break
            continue
        if word == "--":
            if not rest:
                break
            word = rest.pop(0)
        request.kind, request.target = "script", word
        break
    if request.kind is None and not request.help:
        raise usage_error("nothing to run: give SCRIPT, -m MODULE or -c CODE")
    if request.policy_state is not None and request.policy_key is None:
        raise usage_error("--policy-state needs --policy-key")
    request.args = rest
    return request


def find_policy(request):
    if request.policy is None:
        if not os.path.exists(DEFAULT_POLICY):
            raise usage_error("no policy: give -p POLICY")
        request.policy = DEFAULT_POLICY


# ---- the guard --------------------------------------------------------------


def outsiders():
    """What was imported and is not of the standard library."""
    home = os.path.dirname(os.path.realpath(os.__file__))
    ours = os.path.dirname(os.path.realpath(__file__))
    names = set()
    for name, module in sys.modules.items():
        file = getattr(module, "__file__", None)
        if not file or name.partition(".")[0] in ("__main__", "_stockade", "stockade"):
            continue
        folder = os.path.dirname(os.path.realpath(file)) + os.sep
        if folder.startswith(ours + os.sep):
            continue
        if not folder.startswith(home + os.sep) or "-packages" + os.sep in folder:
            names.add(name)
    return sorted(names)


def missed():
    """What the guard did not see, in one line."""
    others = outsiders()
    return (
        "stockade: installed after %d modules were imported%s; "
        "`stockade run` stands before them"
        % (
            len(sys.modules),
            ", not of the standard library: " + " ".join(others) if others else "",
        )
    )


def install(request):
    try:
        _stockade.Policy(request.policy)
    except (OSError, ValueError) as error:
        raise Refused(NO, say(error)) from None
    said = missed()
    try:
        _stockade.install(
            request.policy,
            observe=request.observe,
            audit=request.audit,
            policy_key=request.policy_key,
            policy_state=request.policy_state,
        )
    except ValueError as error:
        code = NO if request.policy_key else USAGE_ERROR
        raise Refused(code, say(error)) from None
    except (OSError, RuntimeError) as error:
        raise Refused(MACHINE, say(error)) from None
    if sys.stderr:
        print(said, file=sys.stderr, flush=True)


def say(error):
    """The words of an error that C gave, without its number."""
    return str(error.args[1] if len(error.args) == 2 else error)


# ---- the program ------------------------------------------------------------


def put_first(folder):
    """sys.path[0], where python3 would set one."""
    if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, folder)


def compiled(source, name):
    return compile(source, name, "exec", dont_inherit=True)


def prepare_string(request):
    sys.argv = ["-c", *request.args]
    put_first("")
    return compiled(request.target, "<string>"), {"__loader__": BuiltinImporter}


def prepare_stdin(request):
    sys.argv = ["-", *request.args]
    put_first("")
    code = compiled(sys.stdin.buffer.read(), "<stdin>")
    return code, {
        "__loader__": BuiltinImporter,
        "__file__": "<stdin>",
        "__cached__": None,
    }


def located(path):
    """The script as python3 has it in `__file__`: joined, not cleaned."""
    if sys.version_info < (3, 9):
        return path
    return os.path.join(os.getcwd(), path) if path else os.getcwd()


def prepare_script(request):
    path = located(request.target)
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise Refused(
            USAGE_ERROR,
            "%s: can't open file '%s': [Errno %d] %s"
            % (sys.executable, path, error.errno, error.strerror),
        ) from None
    sys.argv = [request.target, *request.args]
    put_first(os.path.dirname(os.path.realpath(path)))
    if path.endswith(".pyc"):
        loader = SourcelessFileLoader("__main__", path)
        code = loader.get_code("__main__")
    else:
        loader = SourceFileLoader("__main__", path)
        code = compiled(source, path)
    return code, {"__loader__": loader, "__file__": path, "__cached__": None}


def from_spec(details):
    _, spec, code = details
    return code, {
        "__spec__": spec,
        "__loader__": spec.loader,
        "__package__": spec.parent,
        "__file__": spec.origin,
        "__cached__": spec.cached,
    }


def prepare_module(request):
    sys.argv = ["-m", *request.args]
    put_first(os.getcwd())
    code, fields = from_spec(runpy._get_module_details(request.target, runpy._Error))
    sys.argv[0] = fields["__file__"]
    return code, fields


def prepare_archive(request):
    """A folder or a zip that holds `__main__`: it comes first on sys.path,
    in isolated mode, too."""
    sys.argv = [request.target, *request.args]
    sys.path.insert(0, located(request.target))
    return from_spec(runpy._get_main_module_details(runpy._Error))


def is_archive(path):
    import pkgutil

    return pkgutil.get_importer(path) is not None


def choose(request):
    """How the program's code is had."""
    if request.kind != "script":
        return prepare_string if request.kind == "-c" else prepare_module
    if request.target == "-":
        return prepare_stdin
    return prepare_archive if is_archive(request.target) else prepare_script


def enter_main(fields):
    """A fresh `__main__`: ours goes on without a name in sys.modules."""
    main = type(sys)("__main__")
    main.__dict__.update(__annotations__={}, __builtins__=builtins)
    main.__dict__.update(fields)
    sys.modules["__main__"] = main
    return main.__dict__


def hide_us():
    """For the one exception that ends the program: without the frames in
    front of its own."""
    sys.excepthook = _stockade._hide_runner(sys.excepthook, __file__)


def run(request):
    how = choose(request)
    find_policy(request)
    install(request)
    try:
        code, fields = how(request)
        _stockade._run_program(code, enter_main(fields))
    except Refused:
        raise
    except SystemExit:
        if os.environ.get("PYTHONINSPECT"):
            hide_us()
        raise
    except runpy._Error as error:
        raise Refused(1, "%s: %s" % (sys.executable, error)) from None
    except BaseException:
        # Python itself ends it, as it would without us
        if hasattr(sys, "excepthook"):
            hide_us()
        raise


def main(words):
    try:
        if words[:1] in (["-h"], ["--help"]):
            request = Request()
            request.help = True
        elif not words:
            raise usage_error("a command is missing", "stockade")
        elif words[0] != "run":
            raise usage_error(
                "unknown command %s; `run` is what a wheel has" % words[0], "stockade"
            )
        else:
            request = read_arguments(words[1:])
        if request.help:
            sys.stdout.write(USAGE)
            return 0
        run(request)
        return 0
    except Refused as refused:
        if sys.stderr:
            sys.stderr.write("%s\n" % refused)
        return refused.code


if __name__ == "__main__":
    # `-m` put the current folder first; the program's own entry replaces it
    if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    status = main(sys.argv[1:])
    if status:  # an exit would be told of under PYTHONINSPECT
        sys.exit(status)
