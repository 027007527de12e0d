# SPDX-License-Identifier: Apache-2.0
import textwrap

TEXT = textwrap.dedent("  x")
