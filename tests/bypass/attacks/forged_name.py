# The plugin's globals say that it is json.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json

globals()["__name__"] = "json"
globals()["__package__"] = "json"
globals()["__spec__"] = json.__spec__
import os as got
