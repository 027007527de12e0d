# SPDX-License-Identifier: Apache-2.0
"""What each layer stops alone, of a bare process of an ordinary user: the
calls of calls.py, made by alone.c."""

import errno
import subprocess

import calls
import escapes

LAYERS = ["limits", "landlock", "namespaces", "seccomp"]
EXPECTED = escapes.HERE / "alone.txt"


def bare_calls(known):
    return [call for call in calls.calls() if call.bare and call.call in known]


def line_of(call, known, outside):
    words = [str(known[call.call])]
    for one in call.arguments:
        one = outside.fill(one)
        if one == "@buffer":
            words.append("b")
        elif isinstance(one, int):
            words.append("d%d" % one)
        else:
            words.append("x" + ((one.encode() + b"\0") if isinstance(one, str) else one).hex())
    return " ".join(words)


def returned(layer, outside, known):
    """{title: what it returned}, None where the process died; None where the
    machine does not have the layer."""
    made = bare_calls(known)
    done = subprocess.run([str(escapes.ALONE), layer, outside.open], stdout=subprocess.PIPE, timeout=120,
                          input="".join(line_of(call, known, outside) + "\n" for call in made),
                          universal_newlines=True, check=True)
    told = done.stdout.split()
    assert len(told) == len(made), told[-3:]
    if told[0] == "absent":
        return None
    return {call.title: None if word == "died" else int(word) for call, word in zip(made, told)}


def is_possible(value):
    """Without any layer; else nothing is learnt of one. What only root may do
    is refused anyway, and what the kernel has not is stopped by nobody."""
    return value is not None and -value not in (errno.EPERM, errno.EACCES, errno.ENOSYS)


def stopped(bare, value):
    """Another error than without the layer."""
    return value is not None and value < 0 and value != bare


def stops():
    """{title: {layer: whether it stops it}}, of what is possible here; and the
    layers that there are."""
    known, outside = escapes.numbers(), escapes.Outside()
    try:
        bare = returned("nothing", outside, known)
        told = {layer: returned(layer, outside, known) for layer in LAYERS}
    finally:
        outside.remove()
    present = [layer for layer in LAYERS if told[layer] is not None]
    found = {title: {layer: stopped(value, told[layer][title]) for layer in present}
             for title, value in bare.items() if is_possible(value)}
    return found, present


def write():
    found, present = stops()
    assert present == LAYERS, present
    EXPECTED.write_text("".join("%s %s\n" % ("".join("x" if row[layer] else "-" for layer in LAYERS), title)
                                for title, row in found.items()))


def read():
    """{title: {layer: bool}}"""
    lines = EXPECTED.read_text().splitlines()
    return {line[len(LAYERS) + 1:]: {layer: mark == "x" for layer, mark in zip(LAYERS, line)} for line in lines}


NAMES = {"limits": "rlimits", "landlock": "Landlock", "namespaces": "namespaces", "seccomp": "seccomp"}


def table():
    expected, kinds = read(), {}
    for call in calls.calls():
        if call.title in expected:
            kinds.setdefault(call.kind, []).append(expected[call.title])
    lines = ["| kind | calls that a bare process may make | %s |" % " | ".join(
        "stopped by %s alone" % NAMES[layer] for layer in LAYERS), "|%s" % (" --- |" * 6)]
    for kind, rows in list(kinds.items()) + [("all", [row for rows in kinds.values() for row in rows])]:
        lines.append("| %s | %d | %s |" % (kind, len(rows), " | ".join(
            str(sum(row[layer] for row in rows)) for layer in LAYERS)))
    return "\n".join(lines) + "\n"
