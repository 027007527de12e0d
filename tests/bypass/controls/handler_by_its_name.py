# logging.config makes a handler whose class it finds by its name.
# SPDX-License-Identifier: Apache-2.0
import logging.config
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "own_handlers.py").write_text(
    "import logging\nseen = []\n"
    "class Handler(logging.Handler):\n"
    "    def emit(self, record):\n"
    "        seen.append(self.format(record))\n"
    "def make(prefix):\n"
    "    return logging.Formatter(prefix + '%(message)s')\n")
sys.path.insert(0, str(folder))
logging.config.dictConfig({
    "version": 1,
    "formatters": {"f": {"()": "own_handlers.make", "prefix": "> "}},
    "handlers": {"h": {"class": "own_handlers.Handler", "formatter": "f"}},
    "loggers": {"honest": {"handlers": ["h"], "level": "DEBUG"}},
})
logging.getLogger("honest").debug("hello")
got = sys.modules["own_handlers"].seen
assert got == ["> hello"]
