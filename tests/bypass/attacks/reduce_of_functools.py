# functools.reduce calls __import__ for two names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools

got = functools.reduce(lambda one, name: one or __import__(name), ["os"], None)
