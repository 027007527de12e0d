# The process writes into its own memory through a file.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import random
import struct

holder = [None]
with open("/proc/self/mem", "r+b", buffering=0) as memory:
    def word(address):
        memory.seek(address)
        return struct.unpack("P", memory.read(8))[0]

    def write(address, value):
        memory.seek(address)
        memory.write(struct.pack("P", value))

    module = word(id(random._urandom) + 24)
    write(module, word(module) + 1)
    write(word(id(holder) + 24), module)
got = holder[0]
