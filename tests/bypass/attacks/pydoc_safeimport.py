# pydoc imports safely, as it says.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pydoc

got = pydoc.safeimport("os")
