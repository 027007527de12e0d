# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

print(subprocess.run([sys.executable, "-m", "json.tool"], input="[1]",
                     stdout=subprocess.PIPE, universal_newlines=True).stdout)
