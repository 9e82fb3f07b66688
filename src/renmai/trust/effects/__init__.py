"""What credit does: a seller's score and hard facts become terms in `people/standing`, by published rules, each with its reason.

Owns effects (one term of one seller, announced, in force or ended) and appeals against them. Lower rooms read terms only.
An operator's own row for a seller always wins; nothing happens twice; what gets worse is announced first, unless it is grave.
"""
