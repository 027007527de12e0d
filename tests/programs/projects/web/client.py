# SPDX-License-Identifier: Apache-2.0
"""A client, and the server that it talks to."""

import http.server
import json
import sys
import threading

import requests


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"path": self.path}).encode()
        self.send_response(404 if self.path == "/nowhere" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def fail():
    try:
        requests.get("http://127.0.0.1:1/", timeout=5)
    except requests.ConnectionError as error:
        print(type(error).__name__)


def fetch(base):
    with requests.Session() as session:
        for path in ["/a", "/nowhere"]:
            answer = session.get(base + path, params={"q": "\xe9"}, timeout=30)
            print(answer.status_code, answer.json(), answer.apparent_encoding)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if sys.argv[1:] == ["fail"]:
        fail()
    else:
        fetch("http://127.0.0.1:%d" % server.server_port)
    server.shutdown()


main()
