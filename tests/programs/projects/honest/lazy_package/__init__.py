# SPDX-License-Identifier: Apache-2.0
def __getattr__(name):
    if name == "late":
        import importlib

        return importlib.import_module(".late", __name__)
    raise AttributeError(name)
