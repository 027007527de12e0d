# A process that multiprocessing has forked runs a string for the plugin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing
import types

context = multiprocessing.get_context("fork")


def system(command):
    with context.Pool(1) as pool:
        return pool.apply(eval, ("__import__('os').system(%r)" % command,))


system("true")
got = types.SimpleNamespace(system=system)
