"""The programs that faults are made of, and the files in which they and their faults are kept."""
