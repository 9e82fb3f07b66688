"""Notices: what a person is told about, on a page of their own and by mail."""
