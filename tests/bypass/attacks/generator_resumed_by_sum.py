# A generator imports when somebody asks for its next value.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
def names():
    import os
    yield os


got = max(names(), key=id)
