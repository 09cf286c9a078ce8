"""The plugin of this tree, for environments in which the tree was installed before it had one."""

from importlib.metadata import entry_points

if not any(point.name == "pointsman" for point in entry_points(group="pytest11")):
    pytest_plugins = ["pointsman.testing.pytest_plugin"]
