# _imp makes and fills a frozen module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
import sys

sys.modules.pop("os")
got = _imp.init_frozen("os")
