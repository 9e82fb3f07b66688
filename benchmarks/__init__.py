"""Performance, as ratios measured in one run against a stated baseline (DESIGN section 9). `make bench`."""
