"""The tables of this wing, gathered for Django."""
