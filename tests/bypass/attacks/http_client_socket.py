# A library for the network has socket as a global.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import http.client

got = http.client.socket
