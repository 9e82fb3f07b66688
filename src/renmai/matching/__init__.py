"""Matching: which goods fit whom, and how they are found."""
