# configparser converts a value with import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import configparser
import importlib

parser = configparser.ConfigParser(
    converters={"module": importlib.import_module})
parser.read_string("[section]\nkey = os\n")
got = parser.getmodule("section", "key")
