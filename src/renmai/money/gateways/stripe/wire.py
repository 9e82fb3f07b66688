"""The SDK's way out: our guarded client in place of its own, and its errors as refusals of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe

from renmai.kit.http import Limits, OutgoingError, fetch
from renmai.money.gateways.rules import GatewayRefused, GatewayUnavailable

LIMITS = Limits(bytes_max=8 * 1024 * 1024, seconds_max=20.0, redirects_max=0)
OURS_TO_SET = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})

# Otherwise it tells Stripe how long our calls took; and at INFO it logs addresses, at DEBUG whole bodies.
stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)


class Wire(stripe.HTTPClient):
    """Sends the SDK's calls through `kit.http.fetch`: addresses checked, time and size limited, no proxy, no retry."""

    name = "renmai"

    def __init__(self, allow: frozenset[str]) -> None:
        """`allow` holds the origins that may be private: a stand-in set by hand."""
        super().__init__()
        self._allow = allow

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Return (body, status, headers) of a call. Errors: stripe.APIConnectionError."""
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in OURS_TO_SET}
        body = post_data.encode() if isinstance(post_data, str) else post_data
        if body is None and method.lower() == "post":
            body = b""
        try:
            answer = fetch(url, method=method, body=body, headers=kept, limits=LIMITS, allow=self._allow)
            return answer.body.decode(), answer.status, answer.headers
        except (OutgoingError, UnicodeDecodeError) as error:
            reason = error.code if isinstance(error, OutgoingError) else "unreadable"
            raise stripe.APIConnectionError(reason, should_retry=False) from error  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close nothing: every call has a connection of its own."""


@contextmanager
def asking() -> Iterator[None]:
    """Turn the SDK's errors into GatewayUnavailable (whether Stripe acted is not known) and GatewayRefused (it did not).

    Only codes and Stripe's own words to the caller are passed on: never bodies or keys.
    """
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise GatewayRefused(
            reason=f"{error.code or error.http_status} {error.user_message or ''}"[:200].strip()
        ) from None
    except stripe.StripeError as error:
        raise GatewayUnavailable(reason=f"{type(error).__name__} {error.http_status or ''}".strip()) from None
