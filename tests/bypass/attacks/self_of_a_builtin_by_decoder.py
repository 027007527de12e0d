# A trusted module's attribute is a function whose module is denied.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import json.decoder
import random

json.decoder.scanner.c_make_scanner
got = getattr(random, "_urandom").__self__
