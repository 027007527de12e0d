# SPDX-License-Identifier: Apache-2.0
"""Programs on a worse machine: python3 machines.py CALLS PROGRAM ARGS...

CALLS is name=number of an error, or name&mask=number where the first argument
of the call has one of these bits (name@2&mask: the second), separated by
commas. They are taken away from this process by a filter of system calls, and
with that from all that it starts: nothing of stockade's is told of it.
"""

import ctypes
import os
import re
import struct
import subprocess
import sys

LOAD, EQUAL, BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, ERROR = 0x7fff0000, 0x00050000


def rules(lacks, known):
    """BPF: each call's number is compared, then a bit, then it fails."""
    code = []
    for name, which, mask, error in lacks:
        fails = (RETURN, 0, 0, ERROR | error)
        code.append((LOAD, 0, 0, 0))
        if mask:
            code += [(EQUAL, 0, 3, known[name]), (LOAD, 0, 0, 16 + 8 * which), (BITS, 0, 1, mask), fails]
        else:
            code += [(EQUAL, 0, 1, known[name]), fails]
    return code + [(RETURN, 0, 0, ALLOW)]


def take_away(code):
    text = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(text)))
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if prctl(38, 1, 0, 0, 0) or prctl(22, 2, ctypes.addressof(program), 0, 0):
        raise SystemExit(77)


def read(text):
    found = []
    for one in filter(None, text.split(",")):
        name, which, mask, error = re.match(r"(\w+?)(?:@(\d))?(?:&(\d+))?=(\d+)\Z", one).groups()
        found.append((name, int(which or 1) - 1, int(mask or 0), int(error)))
    return found


def numbers(names, tool):
    told = subprocess.run([tool, "--numbers"] + names, stdout=subprocess.PIPE, check=True, universal_newlines=True)
    return {line.split()[0]: int(line.split()[1]) for line in told.stdout.splitlines()}


def main():
    lacks = read(sys.argv[2])
    take_away(rules(lacks, numbers([lack[0] for lack in lacks], sys.argv[1])))
    os.execv(sys.argv[3], sys.argv[3:])


if __name__ == "__main__":
    main()
