"""The benchmark: `make bench`. Ratios measured in one run, so that the machine's speed cancels out."""
