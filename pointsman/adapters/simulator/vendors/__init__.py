"""What each vendor takes and refuses, as data: an independent model that shares nothing with what writes requests."""
