"""Where code of strangers runs: adapters of the sandbox port, from strongest to weakest `caged`, `bubblewrap`,
`docker`, `process`. `launch` and what stands in `cage` run inside and know the standard library alone."""
