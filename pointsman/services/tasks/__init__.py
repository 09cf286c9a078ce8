"""Tasks that run beside others, and work that is done to its end."""
