# Objects import while the interpreter goes down.
# SPDX-License-Identifier: Apache-2.0
import json
import sys


class Owner:
    def __del__(self):
        try:
            import colorsys
            import os
            import there_is_no_such_module
        except BaseException:
            pass


sys.left_here = [Owner() for _ in range(20)]
json.left_here = Owner()
left = Owner()
left.itself = left
got = 1
