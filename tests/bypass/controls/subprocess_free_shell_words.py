# shlex, getopt and optparse take command lines apart.
# SPDX-License-Identifier: Apache-2.0
import getopt
import optparse
import shlex

parser = optparse.OptionParser()
parser.add_option("-n", type="int")
options, rest = parser.parse_args(shlex.split("-n 3 'a b'"))
got = options.n, rest, getopt.getopt(["-v"], "v")[0]
assert got == (3, ["a b"], [("-v", "")])
