# A class of the standard library gets a method of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json


def decode(self, text):
    import os
    return os


original = json.JSONDecoder.decode
json.JSONDecoder.decode = decode
try:
    got = json.loads("1")
finally:
    json.JSONDecoder.decode = original
