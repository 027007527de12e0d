# A library's function is made anew with other constants.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json


def find():
    import os
    return os


changes = {name: getattr(find.__code__, name) for name in (
    "co_code", "co_consts", "co_names", "co_varnames", "co_nlocals",
    "co_stacksize", "co_freevars", "co_cellvars", "co_flags")}
changes["co_argcount"] = changes["co_kwonlyargcount"] = 0
json.loads.__code__ = json.loads.__code__.replace(**changes)
json.loads.__kwdefaults__ = None
got = json.loads()
