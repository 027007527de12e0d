# doctest looks a module up by its name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import doctest

got = doctest._normalize_module("os")
