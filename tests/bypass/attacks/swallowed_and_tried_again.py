# The denial is caught, and the import tried again and again.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = None
for _ in range(1000):
    try:
        import os as got
    except ImportError:
        pass
