# logging is set up from a dict and a file.
# SPDX-License-Identifier: Apache-2.0
import io
import logging.config

logging.config.dictConfig({
    "version": 1,
    "formatters": {"f": {"format": "%(levelname)s %(message)s"}},
    "handlers": {"h": {"class": "logging.StreamHandler", "formatter": "f",
                       "stream": "ext://sys.stdout"}},
    "root": {"handlers": ["h"], "level": "INFO"},
})
logging.config.fileConfig(io.StringIO(
    "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n"
    "[logger_root]\nhandlers=h\n"
    "[handler_h]\nclass=NullHandler\nargs=()\n"))
got = logging.getLogger().handlers[0].__class__.__name__
assert got == "NullHandler"
