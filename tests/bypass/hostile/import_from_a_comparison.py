# Comparing a key of sys imports, and that looks at the key again.
# SPDX-License-Identifier: Apache-2.0
import sys

depth = [0]


class Key(str):
    def __hash__(self):
        return hash("meta_path")

    def __eq__(self, other):
        depth[0] += 1
        if depth[0] < 50:
            try:
                import there_is_no_such_module
            except Exception:
                pass
        return False


sys.__dict__[Key("k")] = 1
try:
    import there_is_no_such_module
except Exception:
    pass
for key in [key for key in sys.__dict__ if type(key) is Key]:
    sys.__dict__.pop(key)
got = 1
