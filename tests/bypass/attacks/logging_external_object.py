# logging.config takes a stream that is named as a text.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import logging.config

logging.config.dictConfig({
    "version": 1,
    "handlers": {"h": {"class": "logging.StreamHandler",
                       "stream": "ext://os.system"}},
    "root": {"handlers": ["h"]},
})
got = logging.getLogger().handlers[-1].stream
