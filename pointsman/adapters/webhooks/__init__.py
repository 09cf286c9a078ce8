"""Events, told to other programs over HTTP."""
