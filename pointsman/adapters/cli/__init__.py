"""The command line: a driving adapter. It takes an `App` and never builds one."""
