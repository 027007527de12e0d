# The package changes while it is asked for.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
class Spec:
    asked = 0

    @property
    def parent(self):
        Spec.asked += 1
        return "json" if Spec.asked % 2 else "os"


for _ in range(4):
    try:
        got = __import__("", {"__package__": None, "__spec__": Spec(),
                              "__name__": "json"}, None, ("system",), 1)
    except ImportError:
        continue
    if hasattr(got, "system"):
        break
