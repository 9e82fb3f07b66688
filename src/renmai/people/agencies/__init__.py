"""Agencies, and their contracts with creators: between companies, one level, by version."""
