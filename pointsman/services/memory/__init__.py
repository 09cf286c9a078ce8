"""What is remembered about a user."""
