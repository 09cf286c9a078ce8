"""Who may do what: keys, sessions and users, changed in one place and followed by every process."""
