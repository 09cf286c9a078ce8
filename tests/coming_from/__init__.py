"""People who come from other programs: their files, their environment and their exports, read as they stand."""
