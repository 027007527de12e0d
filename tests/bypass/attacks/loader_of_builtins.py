# The loader of builtins loads other built-in modules, too.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import builtins
import warnings

warnings.simplefilter("ignore")
got = builtins.__loader__.load_module("posix")
