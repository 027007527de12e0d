# SPDX-License-Identifier: Apache-2.0
"""Code as models write it: text and formats."""

SNIPPETS = {
    "JSON to totals": ("""
import json

orders = json.loads(payload)
totals = {}
for order in orders:
    totals[order["customer"]] = totals.get(order["customer"], 0) + order["qty"] * order["price"]
print(json.dumps(totals, indent=2, sort_keys=True))
totals
""", {"payload": '[{"customer": "ann", "qty": 2, "price": 3.5}, {"customer": "bob", "qty": 1, "price": 10},'
                 ' {"customer": "ann", "qty": 1, "price": 1}]'}, {"ann": 8.0, "bob": 10}),

    "nested JSON made flat": ("""
import json

def flatten(obj, prefix=""):
    items = {}
    if isinstance(obj, dict):
        for key, value in obj.items():
            items.update(flatten(value, f"{prefix}.{key}" if prefix else key))
    elif isinstance(obj, list):
        for index, value in enumerate(obj):
            items.update(flatten(value, f"{prefix}[{index}]"))
    else:
        items[prefix] = obj
    return items

flatten(json.loads('{"a": {"b": [1, {"c": null}], "d": true}}'))
""", None, {"a.b[0]": 1, "a.b[1].c": None, "a.d": True}),

    "broken JSON is told": ("""
import json
try:
    json.loads('{"a": 1,}')
except json.JSONDecodeError as error:
    result = (error.lineno, error.msg.split(" ")[0] in ("Expecting", "Illegal"))
""", None, (1, True)),

    "CSV with quotes": ("""
import csv, io

reader = csv.DictReader(io.StringIO(text))
rows = [dict(row, amount=float(row["amount"])) for row in reader]
result = [row["name"] for row in sorted(rows, key=lambda r: r["amount"], reverse=True)]
""", {"text": 'name,amount\n"Smith, J.",10.5\nLee,20\n"O""Hara",1\n'}, ["Lee", "Smith, J.", 'O"Hara']),

    "CSV written": ("""
import csv
from io import StringIO

buffer = StringIO()
writer = csv.writer(buffer, lineterminator="\\n")
writer.writerow(["id", "note"])
writer.writerows([[1, "plain"], [2, "with, comma"], [3, 'with "quotes"']])
buffer.getvalue()
""", None, 'id,note\n1,plain\n2,"with, comma"\n3,"with ""quotes"""\n'),

    "addresses out of text": ("""
import re

pattern = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}")
result = sorted(set(m.lower() for m in pattern.findall(text)))
""", {"text": "Mail Ann@Example.com or bob.b@mail.example.org, not @nobody or ann@example.com."},
        ["ann@example.com", "bob.b@mail.example.org"]),

    "log lines by named groups": ("""
import re
from collections import Counter

LINE = re.compile(r'(?P<ip>\\S+) \\S+ \\S+ \\[(?P<when>[^]]+)\\] "(?P<verb>\\w+) (?P<path>\\S+)[^"]*" (?P<status>\\d{3})')
counts = Counter()
for line in log.splitlines():
    match = LINE.match(line)
    if match:
        counts[match.group("status")] += 1
counts.most_common()
""", {"log": '1.2.3.4 - - [10/Oct/2023:13:55:36 +0000] "GET / HTTP/1.1" 200 23\n'
             'garbage\n'
             '1.2.3.4 - - [10/Oct/2023:13:55:37 +0000] "GET /x HTTP/1.1" 404 5\n'
             '5.6.7.8 - - [10/Oct/2023:13:55:38 +0000] "POST /y HTTP/1.1" 200 9\n'},
        [("200", 2), ("404", 1)]),

    "words counted": ("""
from collections import Counter
import string

table = str.maketrans("", "", string.punctuation)
words = text.lower().translate(table).split()
Counter(words).most_common(2)
""", {"text": "The cat and the hat. The end, and so on."}, [("the", 3), ("and", 2)]),

    "text wrapped to a width": ("""
import textwrap
wrapped = textwrap.fill("The quick brown fox jumps over the lazy dog near the river bank", width=24)
print(wrapped)
wrapped.count("\\n") + 1
""", None, 3),

    "a table by format": ("""
rows = [("apples", 3, 1.25), ("pears", 12, 0.8)]
lines = [f"{name:<10}{count:>5}{price:>8.2f}" for name, count, price in rows]
print("\\n".join(lines))
lines
""", None, ["apples        3    1.25", "pears        12    0.80"]),

    "a slug from a title": ("""
import re
import unicodedata

def slugify(value):
    value = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode("ascii")
    value = re.sub(r"[^\\w\\s-]", "", value).strip().lower()
    return re.sub(r"[-\\s]+", "-", value)

slugify("  Crème brûlée -- the Café's best! ")
""", None, "creme-brulee-the-cafes-best"),

    "a template filled in": ("""
from string import Template
Template("Dear $name, you owe $$${amount}.").substitute(name="Ann", amount=5)
""", None, "Dear Ann, you owe $5."),

    "a hash and base64": ("""
import base64, hashlib
digest = hashlib.sha256(b"hello").hexdigest()
result = (digest[:16], base64.b64encode(b"hello world").decode(), base64.b64decode("aGk=").decode())
""", None, ("2cf24dba5fb0a30e", "aGVsbG8gd29ybGQ=", "hi")),

    "bytes taken apart": ("""
import struct
packed = struct.pack(">HIf", 7, 1 << 20, 0.5)
result = (packed.hex(), struct.unpack(">HIf", packed))
""", None, ("0007001000003f000000", (7, 1048576, 0.5))),

    "two texts compared": ("""
import difflib
ratio = difflib.SequenceMatcher(None, "kitten", "sitting").ratio()
diff = [line for line in difflib.unified_diff(["a", "b"], ["a", "c"], lineterm="") if line[0] in "+-"]
result = (round(ratio, 4), diff[2:])
""", None, (0.6154, ["-b", "+c"])),

    "data compressed and back": ("""
import zlib
raw = b"abc" * 1000
small = zlib.compress(raw)
result = (len(small) < 100, zlib.decompress(small) == raw, zlib.crc32(raw) == zlib.crc32(b"abc" * 1000))
""", None, (True, True, True)),
}
