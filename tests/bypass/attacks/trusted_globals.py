# A string is executed in the globals of a library.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json

exec("import os as got", json.__dict__)
got = json.got
