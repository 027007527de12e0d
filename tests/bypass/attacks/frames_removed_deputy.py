# importlib's own trampoline calls somebody who imports for others.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap
import pkgutil
import pydoc

resolve = getattr(pkgutil, "resolve_name", pydoc.locate)
got = importlib._bootstrap._call_with_frames_removed(resolve, "os")
