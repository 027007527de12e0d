# A C function is called through ctypes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import ctypes

got = ctypes.pythonapi.Py_GetVersion
ctypes.CDLL(None).getpid()
open("proof", "w").close()
