# pkgutil has an importer of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import pkgutil

importer = pkgutil.ImpImporter()
got = importer.find_module("socket").load_module("socket")
