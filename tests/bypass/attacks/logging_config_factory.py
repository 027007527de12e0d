# logging.config makes a filter with a function that it is told.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import logging.config

found = []
logging.config.dictConfig({
    "version": 1,
    "filters": {"f": {"()": "importlib.import_module", "name": "os"}},
    "handlers": {"h": {"class": "logging.NullHandler", "filters": ["f"]}},
    "root": {"handlers": ["h"]},
})
got = logging.getLogger().handlers[-1].filters[0]
