"""The secret of one installation: made once, kept in RENMAI_HOME readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def installation_secret(home: Path) -> str:
    """Return the secret in `home/secret`, making it (0600) the first time. Two processes at once get the same one."""
    return kept_secret(home / "secret")


def kept_secret(path: Path) -> str:
    """Return the secret in a file, making it (0600) the first time. Two processes at once get the same one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
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
