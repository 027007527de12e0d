# A path hook is written in C, and an entry of the path waits for the host.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import itertools
import sys
import zipimport

got = []
# then it is no path of this hook's
sys.path_hooks.insert(0, functools.partial(next, itertools.chain(
    map(got.append, map(__import__, ["socket"])),
    map(zipimport.zipimporter, itertools.repeat("/nowhere")))))
sys.path.insert(0, "/nowhere")


def meet(*args):
    pass
