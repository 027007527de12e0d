# A function's globals hold builtins, and they hold __import__.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import json

got = json.loads.__globals__["__builtins__"]["__import__"]("os")
