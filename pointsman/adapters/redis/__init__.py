"""What is brief, shared by processes in a Redis or Valkey server: limits, and what of them is under way."""
