# SPDX-License-Identifier: Apache-2.0
"""Tries a test that failed a second time, with nothing beside it in its stage.

What passes then is named as unsteady, as CPython's regrtest names it. An
attack that got through once got through: those suites have one try. So have
many failures at once: that is no accident.
"""

import os
from xml.etree import ElementTree

ONE_TRY = ("tests.bypass.", "tests.escapes.", "tests.decisions.", "tests.lint.")
MOST = 5


def failed(report):
    """(classname, name) of each test that failed, in order."""
    return [(case.get("classname"), case.get("name"))
            for case in ElementTree.parse(str(report)).getroot().iter("testcase")
            if {"failure", "error"} & {child.tag for child in case}]


def node(classname, name):
    """What pytest takes for it on the command line."""
    return "%s.py::%s" % (classname.replace(".", os.sep), name)


def may(found, cases):
    """Whether these, and nothing else, are what went wrong."""
    return (0 < len(cases) <= MOST and len(cases) == len(found.failures)
            and not any((one + ".").startswith(ONE_TRY) for one, _ in cases))


def try_again(found, report, prefix, runs):
    """Moves what passes now from the failures; `runs` takes a node id and
    says whether it did."""
    if not os.path.exists(str(report)):
        return
    cases = failed(report)
    if not may(found, cases):
        return
    for classname, name in cases:
        text = "%s%s::%s" % (prefix, classname, name)
        if runs(node(classname, name)):
            found.failures.remove(text)
            found.unsteady.append(text)
            found.passed += 1
