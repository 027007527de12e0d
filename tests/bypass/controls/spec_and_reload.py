# Specs are found and modules reloaded.
# SPDX-License-Identifier: Apache-2.0
import importlib
import importlib.util
import json.decoder
import sys

spec = importlib.util.find_spec("json.encoder")
assert spec.name == "json.encoder" and spec.parent == "json"
assert importlib.reload(json.decoder) is json.decoder
del sys.modules["json.decoder"]
assert importlib.import_module("json.decoder") is not json.decoder or True
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
got = module.JSONEncoder().encode(1)
assert got == "1"
