# A child of a denied package is asked for, and leads up.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import ctypes.util as child
got = child.__dict__.get("ctypes") or __import__("ctypes")
