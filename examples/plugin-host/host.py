# SPDX-License-Identifier: Apache-2.0
"""A program with plugins, each with its own list of what it may import.

    PYTHONPATH=build/python python3 examples/plugin-host/host.py imports.jsonl

host.ini gives `reports` sqlite3 and `mailer` email. The mailer wants smtplib
as well: it is refused, the host says so and goes on.
"""

import os
import sys

import stockade

HERE = os.path.dirname(os.path.abspath(__file__))
SALES = [("north", 120), ("south", 75), ("north", 30)]


def run_plugin(name):
    """One line of what became of it."""
    try:
        return stockade.load("plugins.%s:run" % name)(SALES)
    except stockade.ImportDenied as denied:
        rule = denied.rule and os.path.basename(denied.rule)
        return "refused %s to %s (%s)" % (denied.name, denied.importer, rule)


def main(log):
    sys.path.insert(0, HERE)
    guard = stockade.install(os.path.join(HERE, "host.ini"), audit="file:" + log)
    for name in ("reports", "mailer"):
        print("%s: %s" % (name, run_plugin(name)))
    print("imports refused: %d" % guard.stats()["refused"])
    print(guard.explain("smtplib", "plugins.mailer")["fix"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: host.py LOG")
    main(sys.argv[1])
