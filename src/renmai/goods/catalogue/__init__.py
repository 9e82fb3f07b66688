"""Catalogue files: what suppliers really have, read, shown beforehand, brought in; and fetched by itself from an address."""
