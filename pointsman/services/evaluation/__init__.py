"""What evaluation does with a sandbox: it runs the tests of programs, and proves that they notice faults."""
