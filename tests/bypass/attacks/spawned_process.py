# A process that multiprocessing has spawned runs a string for the plugin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing
import types

context = multiprocessing.get_context("spawn")


def system(command):
    with context.Pool(1) as pool:
        return pool.apply(eval, ("__import__('os').system(%r)" % command,))


if __name__ == "plugin":
    system("true")
got = types.SimpleNamespace(system=system)
