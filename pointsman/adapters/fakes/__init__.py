"""Fakes: small programs with state, for tests of programs that use pointsman. Not mocks: ask them what happened."""
