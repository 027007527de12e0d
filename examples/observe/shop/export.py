# SPDX-License-Identifier: Apache-2.0
"""Tables as text."""


def as_text(worth, kind):
    if kind == "csv":
        import csv
        import io

        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(worth.items())
        return out.getvalue().rstrip()
    import getpass

    return "%s for %s" % (sum(worth.values()), getpass.getuser())
