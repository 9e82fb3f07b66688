"""`renmai backup` and `renmai restore`: the whole house in one file (docs/backup.md, decision 0029)."""
