"""MCP servers as sources of tools. Nothing here imports the SDK (`pointsman[mcp]`) until a server is opened."""
