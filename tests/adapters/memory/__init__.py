"""The stores in memory keep the laws of their ports."""
