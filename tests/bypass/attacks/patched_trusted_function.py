# A function of json is replaced and called through json.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import json

json._default_decoder.decode = lambda text: importlib.import_module("os")
got = json.loads("1")
