"""Uploaded and fetched pictures, short videos, and private evidence files.

Invariants: nothing is served as it came except a PDF, and that only as a download to its owner or a permitted reader;
every picture is decoded within limits and encoded anew, so neither EXIF, comments nor a second format inside survive;
of a video only what a player needs is copied (`video/`);
files are named by content and never change.
"""
