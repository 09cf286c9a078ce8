"""Work done by the machines of a cluster of dask: batches go out, outcomes come back. It knows no case and no model."""
