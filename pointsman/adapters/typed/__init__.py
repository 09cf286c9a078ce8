"""JSON as typed Python values, by cattrs: the arguments of tools, and structured answers."""
