# The globals of a relative import are a dict that lies.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
class Globals(dict):
    def get(self, key, default=None):
        return "os" if key == "__package__" else default

    def __getitem__(self, key):
        return "os"

    def __contains__(self, key):
        return True


got = __import__("", Globals(__package__="os"), None, ("system",), 1)
