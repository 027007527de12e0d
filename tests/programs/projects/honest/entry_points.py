# SPDX-License-Identifier: Apache-2.0
try:
    from importlib import metadata
except ImportError:
    import importlib_metadata as metadata

points = metadata.entry_points()
group = points.select(group="honest") if hasattr(points, "select") else points["honest"]
for point in sorted(group, key=lambda p: p.name):
    print(point.name, point.load().NAME)
print(metadata.version("found"))
