"""What stores in SQLite and in PostgreSQL have in common: rows, the SQL that both speak, the books of a process."""
