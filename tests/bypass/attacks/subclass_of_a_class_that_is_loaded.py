# A class of a denied module is among the subclasses of one that is not.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import io
import socketserver

got = [one for one in io.RawIOBase.__subclasses__()
       if one.__name__ == "SocketIO"][0].__init__.__globals__
