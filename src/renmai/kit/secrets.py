"""The secret of one installation: made once, kept in RENMAI_HOME readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def installation_secret(home: Path) -> str:
    """Return the secret in `home/secret`, making it (0600) the first time. Two processes at once get the same one."""
    path = home / "secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f"secret.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
