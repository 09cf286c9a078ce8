"""Background tasks, work that must be completed, work off the event loop."""
