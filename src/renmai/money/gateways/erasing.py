"""Where an erased person was paid: nothing is left to pay, so it is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def forget_accounts(cursor: Any, payees: Sequence[str]) -> None:
    """Delete the accounts of `payees` at every provider."""
    cursor.execute("delete from money_payeeaccount where payee = any(%s)", (list(payees),))
