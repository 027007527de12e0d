# Warnings are caught, chains of exceptions formatted.
# SPDX-License-Identifier: Apache-2.0
import traceback
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("x", DeprecationWarning)
assert "x" in str(caught[0].message)
try:
    try:
        import there_is_no_such_module
    except ImportError as error:
        raise ValueError("outer") from error
except ValueError as error:
    text = "".join(traceback.format_exception(type(error), error,
                                              error.__traceback__))
assert "there_is_no_such_module" in text
got = "direct cause" in text
assert got
