# linecache has imported os, or sys.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import linecache

got = getattr(linecache, "os", None) or linecache.sys.modules["os"]
