# pkgutil resolves what it is told to.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pkgutil
import pydoc

got = getattr(pkgutil, "resolve_name", pydoc.locate)("os")
