# A server of multiprocessing forks a process that runs a string.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing
import types

context = multiprocessing.get_context("forkserver")


def system(command):
    with context.Pool(1) as pool:
        return pool.apply(eval, ("__import__('os').system(%r)" % command,))


if __name__ == "plugin":
    system("true")
got = types.SimpleNamespace(system=system)
