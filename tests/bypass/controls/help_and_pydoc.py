# pydoc writes the help of a module.
# SPDX-License-Identifier: Apache-2.0
import pydoc

got = pydoc.plain(pydoc.render_doc("json"))
assert "JSON" in got
got = 1
