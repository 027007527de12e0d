# A module that is denied is optional, and done without.
# SPDX-License-Identifier: Apache-2.0
try:
    import os
except ImportError:
    os = None
try:
    import there_is_no_such_module
except ImportError as error:
    assert error.name == "there_is_no_such_module"
got = 1
