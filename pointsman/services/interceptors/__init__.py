"""Interceptors: what stands before and after a call, of whatever kind."""
