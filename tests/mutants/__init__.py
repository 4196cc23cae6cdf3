"""`make mutants`: what the tests of the rooms that decide would not notice. One change at a time, and the tests that run it."""
