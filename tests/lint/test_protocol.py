# SPDX-License-Identifier: Apache-2.0
"""src/wire/PROTOCOL.md says what the headers of src/wire do."""

import re

from tree import ROOT

WIRE = ROOT / "src/wire"
PAGE = (WIRE / "PROTOCOL.md").read_text()
BY = {"HOST": "host", "WORKER": "worker", "BOTH": "both"}


def ops():
    """{number: (name, by whom, answered)} of op.h."""
    found = re.findall(
        r'X\((\d+), \w+, "(\w+)", STK_OP_BY_(\w+), (true|false)\)',
        (WIRE / "op.h").read_text())
    return {int(number): (name, BY[by], answered == "true")
            for number, name, by, answered in found}


def rows():
    """The same of the table of the page: no result, no answer."""
    found = re.findall(
        r"^\| (\d+) \| (\w+) \| (\w+) \| .* \| (.*) \|$", PAGE, re.M)
    return {int(number): (name, by, result != "-")
            for number, name, by, result in found}


def test_each_op_has_its_row():
    assert len(ops()) > 30
    assert rows() == ops()


def unserved():
    return set(re.findall(r"^\| \d+ \| (\w+) \| \w+ \| not yet \| not yet \|$", PAGE, re.M))


def served():
    """{name: how many arguments} of the worker's table."""
    text = (ROOT / "src/worker/serve.c").read_text()
    return {name.lower(): int(n) for name, n in re.findall(
        r"\{ STK_OP_(\w+), (\d+), \w+ \}", text)}


def test_each_request_has_as_many_arguments_as_its_row():
    told = dict(re.findall(r"^\| \d+ \| (\w+) \| host \| \[(.*?)\] \|", PAGE, re.M))
    table = served()
    assert len(table) > 20
    for name, n in table.items():
        assert told[name].count(",") + 1 == n, name


def test_what_nobody_serves_is_said():
    life = {"hello", "spare", "confine", "stop"}
    asked = {name for name, by, answered in ops().values() if by == "host" and answered}
    host = (ROOT / "src/python/remote/remote.c").read_text()
    back = {name for name, by, answered in ops().values() if by == "worker" and answered
            and "STK_OP_" + name.upper() not in host}
    assert unserved() == asked - life - set(served()) | back


def test_each_tag_is_named():
    tags = re.findall(r"TAG_\w+ = (\d+)", (WIRE / "tags.h").read_text())
    assert len(tags) == 10
    said = set(re.findall(r"\btags? (\d+)(?:, (\d+))?", PAGE))
    assert set(tags) <= {number for pair in said for number in pair}


def test_each_bound_is_the_one_in_the_headers():
    text = "".join((WIRE / name).read_text() for name in [
        "value.h", "frame.h", "conversation.h", "channel.h", "wait.h"])
    for line, said in [
            ("#define STK_VALUE_DEPTH_MAX 100u", "at most 100 deep"),
            ("#define STK_VALUE_BIGNUM_MAX (256u * 1024u)", "256 KiB"),
            ("#define STK_VALUE_ODD_KEYS_MAX      64u", "at most 64 a frame"),
            ("#define STK_VALUE_ODD_KEY_BYTES_MAX (64u * 1024u)",
             "64 KiB together"),
            ("#define STK_FRAME_HEAD    32u", "32 bytes, little endian"),
            ("#define STK_FRAME_VERSION 1u", "u8 version = 1"),
            ("#define STK_CONVERSATION_DEPTH_MAX 32u", "up to 32"),
            ("#define STK_WAIT_VAIN_MAX 64u", "more than 64 packets"),
            (".slot = 64u << 10", "a slot (64 KiB)"),
            ("STK_VALUE_READING_NS UINT64_C(5000000000)", "5 s if nobody"),
            (".spin = 3000", "some 3,000 times")]:
        assert line in text, line
        assert said in PAGE, said
