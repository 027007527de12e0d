# The import stands where the import lock is held.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import _imp

_imp.acquire_lock()
try:
    import socket as got
finally:
    _imp.release_lock()
