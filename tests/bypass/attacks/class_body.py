# The import stands in the body of a class in a function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
def find():
    class Holder:
        import os as found
    return Holder.found


got = find()
