# A key of the globals runs code when it is compared.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
state = {"asked": 0}


class Key(str):
    def __hash__(self):
        return hash("__package__")

    def __eq__(self, other):
        state["asked"] += 1
        return other == "__package__" and state["asked"] % 3 == 0


for _ in range(12):
    space = {Key("x"): "os", "__name__": "json.tool"}
    try:
        got = __import__("", space, None, ("system",), 1)
    except ImportError:
        continue
    if hasattr(got, "system"):
        break
