# A distribution of the plugin's has an entry point.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.metadata


class Distribution(importlib.metadata.Distribution):
    def read_text(self, name):
        return {"entry_points.txt": "[group]\nname = os:system\n",
                "METADATA": "Name: made-up\nVersion: 1\n"}.get(name)

    def locate_file(self, path):
        return path


got = list(Distribution().entry_points)[0].load()
