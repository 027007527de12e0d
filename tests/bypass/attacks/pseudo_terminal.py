# pty runs a command for everybody.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import pty

pty.spawn(["/bin/sh", "-c", "echo > proof"], lambda fd: b"", lambda fd: b"")
got = None
