# SPDX-License-Identifier: Apache-2.0
import logging.config

logging.config.dictConfig({
    "version": 1,
    "formatters": {"f": {"format": "%(levelname)s %(message)s"}},
    "handlers": {
        "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "f"},
        "held": {"class": "logging.handlers.MemoryHandler", "capacity": 1, "target": "out"},
    },
    "root": {"handlers": ["held"], "level": "INFO"},
})
logging.getLogger().info("said")
