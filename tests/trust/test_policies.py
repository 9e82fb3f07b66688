"""Policies are read as c2sp.org/tlog-policy says, and met by the witnesses they name."""

from __future__ import annotations

from itertools import combinations

import pytest

from renmai.trust.log.notes import COSIGNATURE, ED25519, SignerKey, VerifierKey
from renmai.trust.log.policies import PARTIES_MAX, BadPolicy, parse_policy

LOG = SignerKey("log.example/credit/log", ED25519, bytes([7] * 32)).verifier


def witness(n: int) -> VerifierKey:
    return SignerKey(f"w{n}.example", COSIGNATURE, n.to_bytes(32, "big")).verifier


W = [witness(n) for n in range(1, 7)]
TWO_LEVELS = f"""# two firms
log {LOG.text} https://log.example/credit/log

witness X1 {W[0].text} https://w1.example/a
\t witness  X2\t{W[1].text}
witness X3 {W[2].text}
group X 2 X1 X2 X3
witness Y1 {W[3].text}
witness 见证 {W[4].text}
group Y any Y1 见证
group X-and-Y all X Y
quorum X-and-Y
""".encode()


def test_groups_of_two_levels() -> None:
    policy = parse_policy(TWO_LEVELS)
    assert policy.log(LOG.name) == LOG and policy.log("other.example") is None
    assert policy.witnesses[b"X1"].url == "https://w1.example/a" and policy.witnesses[b"X2"].url == ""
    assert policy.witnesses["见证".encode()].key == W[4]
    x, y = set(W[:3]), set(W[3:5])
    for count in range(6):
        for cosigned in combinations(W[:5], count):
            assert policy.is_met(cosigned) == (len(x & {*cosigned}) >= 2 and bool(y & {*cosigned})), cosigned


def test_no_witness_and_one_witness() -> None:
    assert parse_policy(b"quorum none").is_met([])
    one = parse_policy(f"witness a {W[0].text}\nquorum a\n".encode())
    assert one.is_met([W[0]]) and not one.is_met([W[1]])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no quorum"),
        ("quorum none\nquorum none", "line 2: there is one quorum"),
        ("quorum a", "no line before defines"),
        (f"quorum a\nwitness a {W[0].text}", "line 1"),
        (f"witness a {W[0].text}\nwitness a {W[1].text}\nquorum a", "taken"),
        (f"witness a {W[0].text}\nwitness b {W[0].text}\nquorum a", "one key twice"),
        (f"witness none {W[0].text}\nquorum none", "taken"),
        (f"witness a {LOG.text}\nquorum none", "wrong kind"),
        (f"log {W[0].text}\nquorum none", "wrong kind"),
        (f"log {LOG.text[:-4]}AAAA\nquorum none", "another key's"),
        (f"log {LOG.text} https://a b\nquorum none", "has a key"),
        (f"witness a {W[0].text}\ngroup g 2 a\nquorum g", "needs more"),
        (f"witness a {W[0].text}\ngroup g 0 a\nquorum g", "needs more"),
        (f"witness a {W[0].text}\ngroup g all\nquorum g", "a group has"),
        (f"witness a {W[0].text}\ngroup g any a a\nquorum g", "in a group already"),
        (f"witness a {W[0].text}\ngroup g any a\ngroup h any a\nquorum h", "in a group already"),
        ("group g any h\ngroup h any g\nquorum g", "no line before"),
        ("group g any none\nquorum g", "no line before"),
        ("quorum none\r\n", "control character"),
        ("logs x\nquorum none", "neither"),
        (
            "quorum none\n" + "\n".join(f"witness w{n} {witness(n + 1).text}" for n in range(PARTIES_MAX + 1)),
            "too many",
        ),
        ("quorum none" + " " * 300_000, "too long"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadPolicy, match=why):
        parse_policy(text.encode())
