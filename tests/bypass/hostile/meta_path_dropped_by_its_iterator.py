# sys.meta_path is replaced while it is read.
# SPDX-License-Identifier: Apache-2.0
import sys


class Path:
    def __iter__(self):
        sys.meta_path = list(finders)
        return iter([])

    def __length_hint__(self):
        return 3


finders = list(sys.meta_path)
for _ in range(3):
    sys.meta_path = Path()
    try:
        import there_is_no_such_module
    except Exception:
        pass
got = 1
