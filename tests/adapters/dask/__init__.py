"""Executors on clusters of dask."""
