# traceback formats an exception with its source lines.
# SPDX-License-Identifier: Apache-2.0
import traceback

try:
    1 / 0
except ZeroDivisionError:
    got = traceback.format_exc()
assert "1 / 0" in got
