# platform asks for the processor.
# SPDX-License-Identifier: Apache-2.0
import platform

got = platform.processor() + platform.machine() + "."
