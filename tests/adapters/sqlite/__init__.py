"""The stores in a SQLite file keep the laws of their ports."""
