# The helpers of importlib's tests make an importlib of their own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
from test.test_importlib.util import import_importlib

got = import_importlib("os")["Source"]
