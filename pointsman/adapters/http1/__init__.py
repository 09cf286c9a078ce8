"""An HTTP/1.1 client: pool, connections, heads, bodies and proxies. It knows nothing of models."""
