# What site has put into builtins leads to its globals.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
got = help.__class__.__call__.__globals__["sys"].modules["os"]
