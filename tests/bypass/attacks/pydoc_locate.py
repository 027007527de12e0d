# pydoc locates what it is told to.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pydoc

got = pydoc.locate("os")
