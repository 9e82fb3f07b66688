"""Live rooms: thousands of open lines in one process, one reading of the database for all of them.

A viewer's line is a web socket. The first message says who comes (a pass, or nothing: then one only looks) and which
number of the room's line was seen last; the answer is how the room stands and what came since.
"""
