"""The page that hands out the house's own certificate authority: plain HTTP, as nothing is trusted yet. Raw ASGI.

It says nothing that is not public: the certificate, its fingerprint to compare with what `renmai serve` printed, and what to press.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from pathlib import Path
from typing import Any

from renmai.cli.tls import papers
from renmai.config import config

STYLE = (Path(__file__).parent / "trust.css").read_bytes()
HEADERS = [
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Renmai</title><link rel="stylesheet" href="/trust.css">
<main>
<h1><span lang="zh-Hans">人脉</span> Renmai</h1>
<section lang="en"><h2>Trust this house on your device</h2>
<p>This Renmai is on your own network. It makes its own certificate, and your device has to be told once.</p>
<p><a class="button" href="/renmai-ca.crt">Download the certificate</a></p>
<dl><dt>iPhone, iPad</dt><dd>Open the download in Safari. Settings, General, VPN &amp; Device Management: install the profile. Then General, About,
Certificate Trust Settings: switch it on.</dd>
<dt>Android</dt><dd>Settings, Security, More, Install a certificate, CA certificate: choose the download.</dd>
<dt>Computer</dt><dd>Open the download and put it among the trusted root certificates; Firefox: Settings, Certificates, Authorities.</dd></dl>
<p>Then open <a href="{pages}">{pages}</a>.</p></section>
<section lang="zh-Hans"><h2>让这台设备信任本站</h2>
<p>这个人脉就在您自己的网络里，证书由它自己签发，设备需要确认一次。</p>
<p><a class="button" href="/renmai-ca.crt">下载证书</a></p>
<dl><dt>iPhone、iPad</dt><dd>用 Safari 打开下载的文件。设置 › 通用 › VPN 与设备管理：安装描述文件；再到 通用 › 关于本机 › 证书信任设置：打开开关。</dd>
<dt>安卓</dt><dd>设置 › 安全 › 更多 › 安装证书 › CA 证书：选择下载的文件。</dd>
<dt>电脑</dt><dd>打开下载的文件，放进受信任的根证书；Firefox 在 设置 › 证书 › 证书颁发机构 中导入。</dd></dl>
<p>然后打开 <a href="{pages}">{pages}</a>。</p></section>
<footer><p lang="en">Compare before you trust: the fingerprint (SHA-256) must be the one that the house printed when it started. The authority can
vouch for private addresses and local names only.</p><p lang="zh-Hans">信任前请核对：指纹（SHA-256）必须与启动时显示的一致。这个证书颁发机构只能为内网地址和本地名称作证。</p>
<p class="print">{fingerprint}</p></footer>
</main></html>
"""


async def application(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Answer with the page, its style or the certificate."""
    if scope["type"] != "http":
        return
    status, kind, body = answer(scope["method"], scope["path"])
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def answer(method: str, path: str) -> tuple[int, bytes, bytes]:
    """Return status, type and body."""
    if method not in ("GET", "HEAD"):
        return 405, b"text/plain", b"GET, HEAD\n"
    if path == "/":
        page = PAGE.format(pages=escape(config().pages_origin), fingerprint=papers().fingerprint)
        return 200, b"text/html; charset=utf-8", page.encode()
    if path == "/trust.css":
        return 200, b"text/css; charset=utf-8", STYLE
    if path == "/renmai-ca.crt":
        return 200, b"application/x-x509-ca-cert", papers().authority.read_bytes()
    return 404, b"text/plain", b"There is nothing here.\n"
