# The collector knows what refers to a module: sys.modules does.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import gc
import json

got = [thing["os"] for thing in gc.get_referrers(json)
       if isinstance(thing, dict) and "posix" in thing and "os" in thing][0]
