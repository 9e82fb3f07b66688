"""Uploaded and fetched pictures, and private evidence files.

Invariants: nothing is served as it came except a PDF, and that only as a download to its owner or a permitted reader;
every picture is decoded within limits and encoded anew, so neither EXIF, comments nor a second format inside survive;
files are named by content and never change.
"""
