# A from-import takes a function out of a module that is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
from os import path, system
got = system
