# Everything of a denied module is taken.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
space = {}
exec("from os import *", space)
got = space["system"]
