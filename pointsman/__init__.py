"""One typed interface to every language model, local first. Every way a call can fail is in its type."""
