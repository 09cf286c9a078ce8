"""What processes share that is brief, and how each goes on alone while the server for it is away."""
