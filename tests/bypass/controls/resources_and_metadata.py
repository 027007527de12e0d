# importlib.resources and importlib.metadata read what packages have.
# SPDX-License-Identifier: Apache-2.0
import importlib.metadata
import importlib.resources
import json

if hasattr(importlib.resources, "files"):
    text = (importlib.resources.files("json") / "__init__.py").read_text(
        encoding="utf-8")
else:
    text = importlib.resources.read_text("json", "__init__.py")
assert "JSON" in text
names = [entry.metadata["Name"]
         for entry in importlib.metadata.distributions()]
try:
    importlib.metadata.version("there-is-no-such-package")
except importlib.metadata.PackageNotFoundError:
    pass
got = isinstance(names, list)
