"""Clusters of dask on this machine, for tests: on loopback alone, at ports that nobody else has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

distributed = pytest.importorskip("distributed", reason="pip install 'pointsman[dask]'")


@contextmanager
def local_cluster(workers: int, *, processes: bool) -> Iterator[str]:
    """The address of a scheduler with so many workers: in threads of this process, or in processes of their own."""
    with distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=processes,
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        protocol="tcp",
        host="127.0.0.1",
        silence_logs=50,
    ) as cluster:
        yield cluster.scheduler_address
