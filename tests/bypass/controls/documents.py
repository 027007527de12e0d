# XML, CSV, INI and compressed data are read and written.
# SPDX-License-Identifier: Apache-2.0
import bz2
import configparser
import csv
import gzip
import io
import lzma
import xml.etree.ElementTree
import xml.sax

assert gzip.decompress(gzip.compress(b"x")) == b"x"
assert bz2.decompress(bz2.compress(b"x")) == b"x"
assert lzma.decompress(lzma.compress(b"x")) == b"x"
parser = configparser.ConfigParser()
parser.read_string("[a]\nb = 1\n")
xml.sax.parseString(b"<a/>", xml.sax.ContentHandler())
csv.writer(io.StringIO()).writerow([1, 2])
got = xml.etree.ElementTree.tostring(
    xml.etree.ElementTree.fromstring("<a b='1'/>"))
assert parser["a"]["b"] == "1"
