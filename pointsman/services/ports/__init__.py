"""Ports: what the services ask of the world, as protocols and the records that they speak of."""
