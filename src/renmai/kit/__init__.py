"""What every wing stands on: money, ids, time, problems, access, events, jobs, the lane, media, mail, outgoing HTTP.

No word of commerce belongs in here.
"""
