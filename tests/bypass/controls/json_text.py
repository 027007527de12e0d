# json reads and writes.
# SPDX-License-Identifier: Apache-2.0
import json

assert json.loads("[1]") == [1]
assert json.dumps({"a": None}, indent=1) == '{\n "a": null\n}'
got = 1
