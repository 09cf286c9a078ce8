"""The folder of the user's own program: its files, its commands, its logs."""
