"""Reports and takedowns, as rows: who reported what and why, who took it down, for which reason, and who put it back.

Knows what is reported only as a kind and an id; rooms above hide their things when the event says so.
"""
