"""Stores in a PostgreSQL database, shared by processes on many machines (`pip install 'pointsman[postgres]'`)."""
