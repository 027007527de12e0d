# The plugin becomes a package whose path is that of the extensions.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import math
import sys

folder = getattr(math, "__file__", None)
if folder is None:
    folder = sys.modules["os"].path.join(
        json.__file__.rsplit("/", 2)[0], "lib-dynload", "x")
__path__ = [folder.rpartition("/")[0]]
import plugin._socket as got
