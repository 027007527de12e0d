# The name of a str subclass equals nothing and lies about its hash.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
class Name(str):
    def __hash__(self):
        return 1

    def __eq__(self, other):
        return False


got = __import__(Name("os"))
