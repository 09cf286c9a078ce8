"""Documents as they were read: their parts, how they are told apart, split and quoted. Pure."""
