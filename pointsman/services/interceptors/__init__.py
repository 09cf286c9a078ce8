"""Interceptors: each may refuse a call before it starts, and sees how it ended."""
