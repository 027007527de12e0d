# argparse converts an argument with import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import argparse
import importlib

parser = argparse.ArgumentParser()
parser.add_argument("name", type=importlib.import_module)
got = parser.parse_args(["socket"]).name
