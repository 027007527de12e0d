# A library connects for a plugin that may not.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import http.client

got = http.client.HTTPConnection("127.0.0.1", 9, timeout=5)
try:
    got.connect()
except ConnectionRefusedError:
    open("proof", "w").close()
