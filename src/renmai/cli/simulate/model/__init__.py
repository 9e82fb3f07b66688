"""The house in memory: the same pure rules as on PostgreSQL, over rows that live in dictionaries.

Only reading and writing rows is done anew here; what a row becomes is decided by the rooms' own functions.
"""
