"""What may happen to a version of a contract: a literal table, and what it may say."""

from __future__ import annotations

from renmai.kit.fields import Text
from renmai.kit.money import BPS
from renmai.kit.problems import DomainError

SHARE_BPS_MAX = 9_000

CONTRACT_STATES: dict[tuple[str, str], str] = {
    ("proposed", "accept"): "active",
    ("proposed", "refuse"): "refused",
    ("proposed", "withdraw"): "withdrawn",
    ("active", "replace"): "ended",
    ("active", "end"): "ended",
}

PROFILE: dict[str, Text] = {"name": Text(120, required=True), "name_zh": Text(120)}
WORDS: dict[str, Text] = {"words": Text(2000, lines=True)}
REASON: dict[str, Text] = {"reason": Text(200, required=True)}


class ContractNotNow(DomainError):
    """The state of this version does not allow it (any more)."""

    code = "contract.not_now"
    status = 409
    message = "This cannot be done while the contract is {state}."


class ShareOutOfRange(DomainError):
    """An agency's share of nothing, or of nearly everything."""

    code = "contract.share"
    status = 422
    message = "An agency's share must be between {least_bps} and {most_bps}."


class SharesTooMuch(DomainError):
    """What agency and sharers would get together is more than the creator has."""

    code = "contract.shares_too_much"
    status = 409
    message = "The agency's {agency_bps} and the sharers' {sharer_bps} are more than the creator's part."


def next_contract_state(state: str, event: str) -> str:
    """Return the state after `event`. Errors: ContractNotNow."""
    try:
        return CONTRACT_STATES[state, event]
    except KeyError:
        raise ContractNotNow(state=state) from None


def check_share(share_bps: int) -> None:
    """Refuse a share outside its limits. Errors: ShareOutOfRange."""
    if not 1 <= share_bps <= SHARE_BPS_MAX:
        raise ShareOutOfRange(least_bps=1, most_bps=SHARE_BPS_MAX)


def check_shares(*, agency_bps: int, sharer_bps: int) -> None:
    """Refuse shares of the creator's part that pass 100 % together. Errors: SharesTooMuch."""
    if agency_bps + sharer_bps > BPS:
        raise SharesTooMuch(agency_bps=agency_bps, sharer_bps=sharer_bps)
