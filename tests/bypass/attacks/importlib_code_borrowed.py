# A function of the plugin's runs the code of importlib in other globals.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap as bootstrap
import types

space = dict(bootstrap.__dict__)
space["sys"] = types.SimpleNamespace(
    modules=bootstrap.sys.modules, flags=bootstrap.sys.flags)
call = types.FunctionType(bootstrap._sanity_check.__code__, space)
find = types.FunctionType(bootstrap._find_and_load_unlocked.__code__, space)
space["_find_spec"] = bootstrap.__dict__["_find_spec"]
got = find("socket", bootstrap._gcd_import)
