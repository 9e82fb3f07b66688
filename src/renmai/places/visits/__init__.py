"""How often people look: a shop's pages opened, by day. It knows shops as ids and people not at all."""
