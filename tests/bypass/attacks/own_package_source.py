# The plugin becomes a package whose path is the standard library.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json

__path__ = [json.__file__.rsplit("/", 2)[0]]
import plugin.subprocess as got
