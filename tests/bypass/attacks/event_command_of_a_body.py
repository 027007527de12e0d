# A module of the standard library that opens a browser is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
# policy: events.ini
import os

os.environ["BROWSER"] = "/bin/sh -c 'echo > proof' %s"
import antigravity as got
