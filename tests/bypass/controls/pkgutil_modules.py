# pkgutil lists modules and resolves names.
# SPDX-License-Identifier: Apache-2.0
import json
import pkgutil
import xml

names = [module.name for module in pkgutil.iter_modules(json.__path__)]
assert "decoder" in names
walked = [module.name for module in pkgutil.walk_packages(
    xml.__path__, "xml.")]
assert "xml.etree" in walked
assert pkgutil.get_data("json", "__init__.py")
got = len(names)
