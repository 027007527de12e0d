# json calls import_module for its numbers.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import json

got = json.loads("1", parse_int=functools.partial(
    importlib.import_module, "os"))
