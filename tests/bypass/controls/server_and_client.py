# A server of the standard library answers a client of it.
# SPDX-License-Identifier: Apache-2.0
# does: network
import http.server
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        import json
        body = json.dumps({"path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
thread = threading.Thread(target=server.handle_request)
thread.start()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open("http://127.0.0.1:%d/x" % server.server_port,
                 timeout=10) as answer:
    got = answer.read()
thread.join()
server.server_close()
assert got == b'{"path": "/x"}'
