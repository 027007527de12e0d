# The plugin says that it is a process of multiprocessing.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys

try:
    import stockade._stockade as low
    low._start_child("policy.ini", [])
except Exception:
    pass
import os as got
