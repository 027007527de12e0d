# A library is opened with the C function behind ctypes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import _ctypes

got = _ctypes.dlopen(None, 2)
open("proof", "w").close()
