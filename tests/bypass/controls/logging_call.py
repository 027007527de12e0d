# A logger finds its caller and writes a line.
# SPDX-License-Identifier: Apache-2.0
import io
import logging

stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("%(module)s %(message)s"))
logger = logging.getLogger("plugin.test")
logger.addHandler(handler)
logger.warning("here")
assert stream.getvalue() == "plugin here\n", stream.getvalue()
got = 1
