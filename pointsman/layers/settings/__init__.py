"""Settings: sources made tables, tables read by the records' types, rules that hold wherever they come from."""

from pointsman.layers.settings.sources import Arguments

__all__ = ["Arguments"]
