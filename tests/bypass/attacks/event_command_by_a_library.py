# A library runs a command for a plugin that may not.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import platform
import subprocess

got = subprocess.getoutput("echo > proof") + platform.system()
