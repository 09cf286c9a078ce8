"""Wire formats: one frozen record of pure, two-way functions each. They never touch a network."""
