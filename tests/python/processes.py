# SPDX-License-Identifier: Apache-2.0
"""The workers that are left of programs which a test started."""

import ctypes
import os
import time

PR_SET_CHILD_SUBREAPER = 36

# A worker whose host is gone becomes a child of ours. Every worker of a test
# is below this process then, and one of another test run never is: neither
# its name nor its user nor its file would tell them apart.
if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
    raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def read_processes():
    """{pid: (name, state, parent)} of the machine."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, errors="replace") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        state, parent = rest.split()[:2]
        found[int(pid)] = name, state, int(parent)
    return found


def is_below(pid, processes):
    while pid in processes and pid != os.getpid():
        pid = processes[pid][2]
    return pid == os.getpid()


def workers():
    """Workers and zygotes; zombies, too, that a host has not waited for."""
    processes = read_processes()
    found = set()
    for pid, (name, state, parent) in processes.items():
        if name != "stockade-worker" or not is_below(pid, processes):
            continue
        if state == "Z" and parent == os.getpid():
            os.waitpid(pid, 0)  # its host is gone: nobody else can
        else:
            found.add(pid)
    return found


def wait_until_none(since, seconds=60):
    """No worker is left but those that were there before."""
    end = time.monotonic() + seconds
    while workers() - since and time.monotonic() < end:
        time.sleep(0.02)
    return workers() - since
