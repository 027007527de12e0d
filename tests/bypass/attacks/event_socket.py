# A socket is bound and listens.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import _socket

got = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
got.bind(("127.0.0.1", 0))
got.listen(1)
open("proof", "w").close()
