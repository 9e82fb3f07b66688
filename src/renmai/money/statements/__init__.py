"""Statements per period, invoice requests, tax withheld, and the quarterly report."""
