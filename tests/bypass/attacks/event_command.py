# A plugin that may not start processes runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import os

got = os.system("echo > proof")
