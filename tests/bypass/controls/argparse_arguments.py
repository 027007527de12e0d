# argparse reads arguments and prints help.
# SPDX-License-Identifier: Apache-2.0
import argparse

parser = argparse.ArgumentParser(prog="x")
parser.add_argument("--a", type=int, help="a number")
assert parser.parse_args(["--a", "1"]).a == 1
got = parser.format_help()
