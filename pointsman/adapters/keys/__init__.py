"""Where the keys that seal secrets are kept."""
