# What stands for a frame of importlib's is called to execute something else in a loader's name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import gc
import json
import operator
import sys
import types

path = json.__file__.rsplit("/", 2)[0] + "/colorsys.py"
module = types.ModuleType("colorsys")
body = compile("import os\ngot = os\n", path, "exec")
run = functools.partial(exec, body, vars(module))
quiet = (operator.is_, (), {}, {})
late = functools.partial(operator.is_)


def is_frame(thing):
    return type(thing) is types.FunctionType and thing.__name__ == "exec_module" \
        and "importlib" in thing.__code__.co_filename \
        and ("step" in thing.__code__.co_varnames or any(map(callable, thing.__code__.co_consts)))


def call_of(frame, loader):
    """The call that executes `body`, if anybody's does."""
    asked = frame.__code__.co_argcount
    return functools.partial(frame, *(loader, module, run)[:asked])


def early(event, args):
    late.__setstate__(quiet)
    if event == "open" and "colorsys" in str(args[0]) and frames:
        loader = [one for one in gc.get_objects()
                  if type(one).__name__ == "SourceFileLoader" and one.name == "colorsys"][0]
        call = call_of(frames.pop(), loader)
        sys.modules["colorsys"] = module
        # no frame of ours between the import and that function
        late.__setstate__((min, (call,), {"key": operator.methodcaller("__call__")}, {}))


frames = [one for one in gc.get_objects() if is_frame(one)]
for one in list(frames):
    kept = tuple(run if callable(each) else each for each in one.__code__.co_consts)
    if hasattr(one.__code__, "replace"):
        code = one.__code__.replace(co_consts=kept)
        frames.append(types.FunctionType(code, one.__globals__))
got = None
if frames:
    sys.addaudithook(early)
    sys.addaudithook(late)
else:
    import os as got
while frames and not got:
    sys.modules.pop("colorsys", None)
    try:
        import colorsys
    except (AttributeError, RuntimeError, ImportError):
        pass
    got = vars(module).get("got")
