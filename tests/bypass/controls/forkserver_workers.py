# Processes of a fork server preload, and send through queues.
# SPDX-License-Identifier: Apache-2.0
# does: process network
import multiprocessing

got = None
if __name__ == "plugin":
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["json", "decimal"])
    queue = context.SimpleQueue()
    process = context.Process(target=queue.put, args=({"a": 1},))
    process.start()
    got = queue.get()
    process.join()
    assert got == {"a": 1} and process.exitcode == 0
