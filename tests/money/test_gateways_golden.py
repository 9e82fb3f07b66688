"""Our signing against what the providers' public SDKs made, once, with a key that is gone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from renmai.money.gateways.alipay.signing import read_notice
from renmai.money.gateways.providers import KeyFault
from renmai.money.gateways.rsa import is_signed, read_private_key, read_public_key
from renmai.money.gateways.rules import BadSignature
from renmai.money.gateways.wechat.signing import Keys, check_signed, request_text
from tests.money.standins.keys import pair

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "providers.json").read_text())


@pytest.fixture
def public(tmp_path: Path) -> RSAPublicKey:
    (tmp_path / "known.pem").write_text(GOLDEN["public_key"])
    return read_public_key(tmp_path / "known.pem")


def test_alipays_sdk_signs_what_we_verify(public: RSAPublicKey) -> None:
    fields, signature = GOLDEN["alipay"]["fields"], GOLDEN["alipay"]["sign"]
    assert read_notice(public, urlencode({**fields, "sign": signature, "sign_type": "RSA2"}).encode()) == fields
    changed = {**fields, "total_amount": "68.01", "sign": signature, "sign_type": "RSA2"}
    with pytest.raises(BadSignature):
        read_notice(public, urlencode(changed).encode())


def test_wechats_sdk_signs_requests_as_we_do(public: RSAPublicKey) -> None:
    told = GOLDEN["wechat"]
    named = dict(re.findall(r'(\w+)="([^"]*)"', told["authorization"]))
    asked = {**told["request"], "body": told["request"]["body"].encode()}
    assert is_signed(public, request_text(**asked), named["signature"])
    assert not is_signed(public, request_text(**{**asked, "target": "/v3/pay/transactions/native"}), named["signature"])


def test_wechats_sdk_signs_answers_as_we_verify_them(public: RSAPublicKey) -> None:
    told = GOLDEN["wechat"]
    keys = Keys("m", "s", pair("merchant").private, public, "PUB_KEY_ID_1", b"")
    headers = {
        "wechatpay-timestamp": str(told["answer_at"]), "wechatpay-nonce": told["answer_nonce"],
        "wechatpay-serial": "PUB_KEY_ID_1", "wechatpay-signature": told["answer"]["signature"],
    }  # fmt: skip
    now = datetime.fromtimestamp(told["answer_at"], UTC)
    check_signed(keys, headers, told["answer"]["body"].encode(), now)
    with pytest.raises(BadSignature):
        check_signed(keys, headers, told["answer"]["body"].encode() + b" ", now)


def test_keys_that_cannot_be_used_are_named_and_not_shown(tmp_path: Path) -> None:
    secret, known = pair("merchant").write(tmp_path, "merchant")
    assert read_private_key(secret).key_size == read_public_key(known).key_size == 2048
    (tmp_path / "odd.pem").write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
    for path in (tmp_path / "none.pem", tmp_path / "odd.pem", known):
        with pytest.raises(KeyFault, match=path.name) as fault:
            read_private_key(path)
        assert "secret" not in str(fault.value)
    with pytest.raises(KeyFault):
        read_public_key(secret)
