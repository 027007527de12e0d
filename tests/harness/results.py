# SPDX-License-Identifier: Apache-2.0
"""What a run of tests came to, read from what its runner wrote.

A count that cannot be read is a failure: a program that printed nothing, or
died in the middle, never passes for one that ran.
"""

import json
import re
from pathlib import Path
from xml.etree import ElementTree


class Results:
    def __init__(self):
        self.passed = 0
        self.failures = []  # one line each
        self.skips = []  # one line each, with the reason
        self.unsteady = []  # passed, but only when run again

    def add(self, other):
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips
        self.unsteady += other.unsteady

    def fail(self, text):
        self.failures.append(text)

    def skip(self, text):
        self.skips.append(text)

    def written(self):
        """For read(), in another process."""
        return vars(self)

    def read(self, written):
        other = Results()
        vars(other).update(written)
        self.add(other)

    def line(self):
        return "%d passed, %d failed, %d skipped" % (
            self.passed, len(self.failures), len(self.skips))


def read_cmocka(name, text, errors, code):
    """One cmocka program: its two outputs and its exit code."""
    results = Results()
    passed = len(re.findall(r"^\[ +OK \] ", text, re.M))
    announced = sum(map(int, re.findall(
        r"^\[=+\] Running (\d+) test\(s\)\.", text, re.M)))
    results.passed = passed
    both = text + "\n" + errors
    failed = list_of(both, "FAILED")
    skipped = list_of(both, "SKIPPED")
    for case in failed:
        results.fail("%s: %s" % (name, case))
    # unit_skip() says why right before cmocka says that it skips
    reasons = {case: reason for reason, case in re.findall(
        r"^skip: (.*)\n\[ +SKIPPED \] (\w+)$", both, re.M)}
    for case in skipped:
        results.skip("%s: %s: %s" % (name, case,
                                     reasons.get(case, "not said why")))
    if announced == 0:
        results.fail("%s: ran no test" % name)
    elif passed + len(failed) + len(skipped) != announced:
        results.fail("%s: %d of %d cases are unaccounted for (exit code %s)"
                     % (name, announced - passed - len(failed) - len(skipped),
                        announced, code))
    elif code != 0 and not failed:
        results.fail("%s: exit code %s" % (name, code))
    return results


def list_of(text, word):
    """The names in cmocka's closing lists: "[ WORD ] n test(s), listed"."""
    names = []
    parts = re.split(r"^\[ +%s +\] \d+ test\(s\), listed below:\n" % word,
                     text, flags=re.M)
    for part in parts[1:]:
        for line in part.splitlines():
            found = re.match(r"\[ +%s +\] (\w+)$" % word, line)
            if not found:
                break
            names.append(found.group(1))
    return names


def read_meson(path, prefix=""):
    """The testlog.json of `meson test`."""
    results = Results()
    path = Path(path)
    if not path.exists():
        results.fail("%smeson test left no %s" % (prefix, path.name))
        return results
    for line in path.read_text().splitlines():
        test = json.loads(line)
        name = prefix + test["name"].split(":")[-1].strip()
        text = test.get("stdout") or ""
        if "test(s)" in text:
            results.add(read_cmocka(name, text, test.get("stderr") or "",
                                    test["returncode"]))
        elif test["result"] == "OK":
            results.passed += 1
        elif test["result"] == "SKIP":
            results.skip("%s: %s" % (name, text.strip() or "not said why"))
        else:
            results.fail("%s: %s" % (name, test["result"]))
    return results


def read_junit(path, code, prefix=""):
    """The junit file of pytest, and its exit code."""
    results = Results()
    path = Path(path)
    if not path.exists():
        results.fail("%spytest ended with %s and left no report"
                     % (prefix, code))
        return results
    for case in ElementTree.parse(str(path)).getroot().iter("testcase"):
        name = "%s%s::%s" % (prefix, case.get("classname"), case.get("name"))
        kinds = {child.tag: child for child in case}
        if "failure" in kinds or "error" in kinds:
            results.fail(name)
        elif "skipped" in kinds:
            results.skip("%s: %s" % (name, kinds["skipped"].get("message")))
        else:
            results.passed += 1
    if code == 5:
        results.fail("%spytest found no test" % prefix)
    elif code != 0 and not results.failures:
        results.fail("%spytest ended with %s" % (prefix, code))
    return results
