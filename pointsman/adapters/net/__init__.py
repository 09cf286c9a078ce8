"""The network, as far as it may be reached: names, addresses, connections."""
