"""Instructions above a request: prompts, their book, and personalities."""
