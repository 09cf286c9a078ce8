"""Plug-ins of other packages: found by their entry points, loaded one by one, written new."""
