# stockade.load() loads what its text names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import stockade

got = stockade.load("os:system")
