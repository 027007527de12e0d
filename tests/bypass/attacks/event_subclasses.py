# The subclasses of object lead to a class that starts processes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import subprocess

del subprocess
got = [kind for kind in object.__subclasses__() if kind.__name__ == "Popen"][0]
got(["/bin/sh", "-c", "echo > proof"]).wait()
