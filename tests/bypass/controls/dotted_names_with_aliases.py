# Dotted imports are given other names.
# SPDX-License-Identifier: Apache-2.0
import collections.abc as abc
import concurrent.futures.thread as threads
import email.mime.text as text
import importlib.machinery as machinery
import json.decoder as decoder
import logging.handlers
import sys
import types
import unittest.mock as mock
import xml.etree.ElementTree as tree

package = types.ModuleType("moved_x")
package.__path__ = []
inner = types.ModuleType("moved_x.inner")
sys.modules["moved_x"] = package
sys.modules["moved_x.inner"] = inner
sys.modules["moved_x.inner.leaf"] = decoder
package.inner = inner
inner.leaf = decoder
import moved_x.inner.leaf as leaf
for _ in range(3):
    import moved_x.inner.leaf as again
got = (leaf is decoder is again, text.MIMEText("x").get_payload(),
       tree.fromstring("<a/>").tag)
assert got == (True, "x", "a")
