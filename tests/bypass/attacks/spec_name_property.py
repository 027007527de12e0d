# The name of a spec is another one when it is asked for again.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp


class Spec:
    loader = None
    origin = "built-in"

    def __init__(self, allowed):
        self.allowed = allowed

    @property
    def name(self):
        self.allowed -= 1
        return "errno" if self.allowed >= 0 else "posix"


for allowed in range(5):
    try:
        got = _imp.create_builtin(Spec(allowed))
        _imp.exec_builtin(got)
    except ImportError:
        continue
    if hasattr(got, "system"):
        break
