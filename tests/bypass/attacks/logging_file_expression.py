# A file for logging holds an expression.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import io
import logging.config

logging.found = []
logging.config.fileConfig(io.StringIO(
    "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n"
    "[logger_root]\nhandlers=h\n"
    "[handler_h]\nclass=NullHandler\n"
    "args=(logging.found.append(__import__('os')) or 0,)[1:]\n"
    if False else
    "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n"
    "[logger_root]\nhandlers=h\n"
    "[handler_h]\nclass=NullHandler\n"
    "args=(found.append(__import__('os')) or 0,)[1:]\n"))
got = logging.found
