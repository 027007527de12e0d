# A process of a manager evaluates for the plugin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing.managers
import types


class Manager(multiprocessing.managers.BaseManager):
    pass


Manager.register("evaluate", eval)


def system(command):
    import multiprocessing
    manager = Manager(ctx=multiprocessing.get_context("fork"))
    manager.start()
    try:
        return manager.evaluate(
            "[__import__('os').system(%r)]" % command).pop()
    finally:
        manager.shutdown()


if __name__ == "plugin":
    system("true")
got = types.SimpleNamespace(system=system)
