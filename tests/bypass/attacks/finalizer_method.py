# __del__ imports while its object goes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
class Owner:
    found = None

    def __del__(self):
        Owner.found = __import__("os")


Owner()
got = Owner.found
