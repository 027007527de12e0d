# The old imp makes a built-in module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import warnings

warnings.simplefilter("ignore")
import imp

got = imp.init_builtin("posix")
