"""What several middlewares need to know of streams."""
