# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.abspath("."))
project = "Demo"
author = "Somebody"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx.ext.napoleon"]
html_theme = "alabaster"
