# The globals of a relative import have a denied name and a path.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import warnings

warnings.simplefilter("ignore")
got = __import__("", {"__name__": "os", "__path__": []}, None,
                 ("system",), 1)
