# tempfile makes a file and takes it away.
# SPDX-License-Identifier: Apache-2.0
import tempfile

with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/a", "w") as file:
        file.write("x")
got = 1
