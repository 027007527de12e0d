# A chain of attributes leads to sys.modules.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import json

got = json.codecs.sys.modules["os"]
