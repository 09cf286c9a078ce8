"""The client of one provider: dialect functions on one side, HTTP on the other."""
