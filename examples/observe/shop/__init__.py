# SPDX-License-Identifier: Apache-2.0
"""A small application that knows nothing of policies."""
