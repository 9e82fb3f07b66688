"""`renmai serve --tls`: pages and `fast` over TLS, as a client sees them that trusts the house's own authority, and Chromium."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import sync_playwright

from renmai.cli.house import HouseClosed
from renmai.cli.tls import local_addresses, names, open_tls, papers
from renmai.config import config
from renmai.kit import clock
from renmai.kit.db import connection_params
from tests.fast.encoding import wait_for
from tests.proof.house import free_port
from tests.stories.desk_browser import CHROMIUM, needs_chromium

NAME = "renmai.local"
LOOKING = """async (line) => {
  const opened = (address) => new Promise((done) => {
    const socket = new WebSocket(address);
    socket.onopen = () => { socket.close(); done(true); };
    socket.onerror = () => done(false);
  });
  const film = await navigator.mediaDevices.getUserMedia({video: true});
  return [isSecureContext, film.getVideoTracks().length, await opened(line)];
}"""


@dataclass
class Served:
    """A house over TLS."""

    port: int
    secure: ssl.SSLContext
    process: subprocess.Popen[str]

    def get(self, port: int, path: str = "/") -> tuple[http.client.HTTPResponse, bytes]:
        """What a client gets that trusts the authority, called by the house's name."""
        line = http.client.HTTPSConnection("127.0.0.1", port, context=self.secure, timeout=20)
        try:
            line.request("GET", path, headers={"host": f"{NAME}:{port}"})
            answer = line.getresponse()
            return answer, answer.read()
        finally:
            line.close()


@pytest.fixture(scope="module")
def served(django_db_setup: None) -> Iterator[Served]:
    port = free_port()
    known = {
        name: value
        for name, value in connection_params().items()
        if name in ("host", "port", "user", "password", "dbname")
    }
    env = {
        **os.environ, "PORT": str(port), "PUBLIC_URL": f"https://{NAME}:{port}", "LOG_LEVEL": "WARNING", "HOLD_MONEY_ACKNOWLEDGED": "yes",
        "DATABASE_URL": f"postgresql:///?{urlencode(known)}",
    }  # fmt: skip
    shutil.rmtree(config().home / "tls", ignore_errors=True)
    argv = [sys.executable, "-m", "renmai.cli.main", "serve", "--tls"]
    process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for each in (port, port + 1, port + 2):
            wait_for(lambda each=each: _answers(each) or process.poll() is not None, seconds=60)
        yield Served(port, ssl.create_default_context(cafile=papers().authority), process)
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said[-2000:]
    assert f"https://{NAME}:{port}" in said and papers().fingerprint in said


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def test_pages_and_fast_answer_who_trusts_the_authority(served: Served) -> None:
    answer, _ = served.get(served.port, "/sign-in")
    assert answer.status == 200
    cookies = answer.headers.get_all("set-cookie") or []
    assert cookies and all("; Secure" in cookie for cookie in cookies)
    fast = f"{NAME}:{served.port + 1}"
    assert f"https://{fast}" in answer.headers["content-security-policy"]
    assert f"wss://{fast}" in answer.headers["content-security-policy"]
    assert served.get(served.port + 1, "/readyz")[1] == b'{"ok":true}'
    with pytest.raises(ssl.SSLCertVerificationError):
        http.client.HTTPSConnection("127.0.0.1", served.port, timeout=5).connect()


def test_the_authority_is_handed_out_at_a_plain_address(served: Served) -> None:
    line = http.client.HTTPConnection("127.0.0.1", served.port + 2, timeout=5)
    try:
        line.request("GET", "/")
        page = line.getresponse().read().decode()
        line.request("GET", "/renmai-ca.crt")
        answer = line.getresponse()
        given = answer.read()
        line.request("GET", "/house.key")
        assert line.getresponse().status == 404
    finally:
        line.close()
    assert papers().fingerprint in page and f"https://{NAME}:{served.port}" in page
    assert answer.headers["content-type"] == "application/x-x509-ca-cert" and given == papers().authority.read_bytes()


@needs_chromium
def test_a_browser_may_use_its_camera_at_a_name_that_is_not_the_loopback(served: Served, tmp_path: Path) -> None:
    read = x509.load_pem_x509_certificate(papers().certificate.read_bytes()).public_key()
    pin = b64encode(sha256(read.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()).decode()
    args = ["--no-sandbox", f"--host-resolver-rules=MAP {NAME} 127.0.0.1", f"--ignore-certificate-errors-spki-list={pin}",
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # fmt: skip
    with sync_playwright() as driver:
        browser = driver.chromium.launch_persistent_context(tmp_path, executable_path=CHROMIUM, args=args)
        page = browser.new_page()
        page.goto(f"https://{NAME}:{served.port}/sign-in")
        line = f"wss://{NAME}:{served.port + 1}/live/{'0' * 8}-0000-7000-8000-{'0' * 12}/room"
        assert page.evaluate(LOOKING, line) == [True, 1, True]
        browser.close()


def test_a_house_says_where_it_is_to_be_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PUBLIC_URL", "FAST_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"RENMAI_HOME": str(tmp_path), "TLS": "true", "HOST": "127.0.0.1", "PORT": "8443"}.items():
        monkeypatch.setenv(name, value)
    try:
        config.cache_clear()
        assert (config().pages_origin, config().fast_origin) == ("https://127.0.0.1:8443", "https://127.0.0.1:8444")
        assert config().trust_origin == "http://127.0.0.1:8445" and names()[0] == "127.0.0.1"
        assert not any(":" in address for address in local_addresses("0.0.0.0"))  # IPv4 alone listens there
        monkeypatch.setenv("PUBLIC_URL", "https://shop.example")
        monkeypatch.setenv("FAST_URL", "https://shop.example:8444")
        config.cache_clear()
        with pytest.raises(HouseClosed, match="public authority"):
            open_tls(clock.now())
        monkeypatch.setenv("PUBLIC_URL", "http://renmai.local")
        config.cache_clear()
        with pytest.raises(HouseClosed, match="https"):
            open_tls(clock.now())
        assert not (tmp_path / "tls").exists()
    finally:
        monkeypatch.undo()
        config.cache_clear()
