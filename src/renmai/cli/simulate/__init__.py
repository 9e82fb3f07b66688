"""The simulation: seeded random histories with faults, through the rules alone and through PostgreSQL.

A history is a list of steps, each a word and three numbers; nothing of it depends on what happened before, so any part of
it can be played again by itself. A house (`real`: the lanes, actions and sweeps on PostgreSQL; `model`: the same pure rules
over rows in memory) chooses by the numbers what a step happens to, answers with one word, and is checked as it goes.
"""
