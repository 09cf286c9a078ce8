"""Tools that come with pointsman. None of them runs without being given."""
