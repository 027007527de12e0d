# Libraries for the network are loaded, and parse.
# SPDX-License-Identifier: Apache-2.0
import email.utils
import html.parser
import http.client
import http.cookies
import urllib.parse
import urllib.request

got = urllib.parse.urlsplit("http://a.b/c?d").netloc
assert got == "a.b"
assert urllib.request.Request("http://a.b/").host == "a.b"
