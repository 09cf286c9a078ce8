"""The server: gateway, HTTP API and page. A driving adapter: it is given a running App and never builds one."""
