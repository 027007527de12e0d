# logging.config resolves a dotted name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import logging.config

got = logging.config.BaseConfigurator({}).resolve("os.system")
