# An entry point loads what the plugin may have.
# SPDX-License-Identifier: Apache-2.0
from importlib.metadata import EntryPoint

got = EntryPoint(name="x", value="json:dumps", group="g").load()(1)
assert got == "1"
