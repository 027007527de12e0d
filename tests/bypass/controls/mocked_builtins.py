# Builtins are patched for a test, and libraries are loaded meanwhile.
# SPDX-License-Identifier: Apache-2.0
import sys
from unittest import mock

for name in ("glob", "gettext", "colorsys"):
    sys.modules.pop(name, None)
with mock.patch("builtins.print"), mock.patch("builtins.input"):
    with mock.patch("builtins.open", mock.mock_open(read_data="text")):
        import colorsys
        import gettext
        import glob
        with open("nowhere") as file:
            got = file.read()
assert got == "text" and glob.glob and gettext.install and colorsys.rgb_to_hls
