# The name of the caller is hidden: its frame is cleared, its code renamed.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import json
import types


def ask(load):
    return load("os")


code = ask.__code__.replace(co_name="<module>", co_filename=json.__file__)
got = types.FunctionType(code, json.__dict__)(importlib.import_module)
