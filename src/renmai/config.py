"""Typed settings from the environment. Each is documented in docs/settings.md; a test compares.

Commercial terms (fees, days, windows) are not here: they are rows in `people/standing`, with defaults there.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

EVERYWHERE = frozenset({"0.0.0.0", "::"})


class Config(BaseSettings):
    """The environment of one installation."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore")

    database_url: str | None = Field(
        default=None, description="Any PostgreSQL >= 15; without it the embedded one is used."
    )
    renmai_home: Path = Field(
        default=Path(".renmai"), description="Folder of the embedded database, uploads and secrets."
    )
    port: int = Field(default=8000, ge=1, le=65532, description="Port of pages and API; `fast` listens on PORT + 1.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    tls: bool = Field(
        default=False, description="Serve by a certificate of the house's own authority, as `renmai serve --tls` does."
    )
    public_url: str | None = Field(default=None, description="How browsers reach the pages; default http://HOST:PORT.")
    fast_url: str | None = Field(default=None, description="How browsers reach `fast`; default http://HOST:PORT+1.")
    rtmp_port: int = Field(default=1935, ge=1, le=65535, description="Port of `renmai rtmp`, for encoders.")
    rtmp_url: str | None = Field(default=None, description="How encoders reach it; default rtmp://HOST:RTMP_PORT/live.")
    secret_key: str | None = Field(
        default=None, description="Signs sessions and tokens; default: made once in RENMAI_HOME."
    )
    currency: str = Field(
        default="CNY", pattern="^[A-Z]{3}$", description="The one currency of this installation (ISO 4217)."
    )
    time_zone: str = Field(default="Asia/Shanghai", description="Zone in which people see times.")
    debug: bool = Field(default=False, description="Django's debug pages; never in production.")
    demo: bool = Field(
        default=False, description="Shows /outbox and the demo logins; loopback and embedded database only."
    )
    mail_from: str = Field(default="Renmai <no-reply@localhost>", description="Sender of mail.")
    smtp_url: str | None = Field(
        default=None, description="smtp://user:password@host:port or smtps://...; without it mail stays in the outbox."
    )
    sms_url: str | None = Field(
        default=None,
        description="Service that sends text messages; without it they stay in the outbox, and phones are not offered.",
    )
    sms_secret: SecretStr | None = Field(default=None, description="Signs what is sent to SMS_URL (HMAC-SHA256).")
    sms_per_day: int = Field(default=1000, ge=1, description="Text messages that the house sends in a day at most.")
    phone_country: str = Field(
        default="86", pattern="^[1-9][0-9]{0,2}$", description="Calling code of phone numbers written without one."
    )
    log_level: str = Field(default="INFO", description="Level of the structured log.")
    trusted_proxies: str = Field(
        default="", description="Addresses of our own proxies, by commas; only they are believed who a caller is."
    )
    api_tries_per_minute: int = Field(default=600, ge=1, description="Calls a token may make of the API in a minute.")
    payment_gateway: str = Field(
        default="sandbox", description="Who takes payments: sandbox, stripe, wechat or alipay."
    )
    payout_gateway: str | None = Field(default=None, description="Who hands money out; default: PAYMENT_GATEWAY.")
    hold_money_acknowledged: str = Field(
        default="",
        description="`yes` says that this installation may hold other people's money (docs/money-custody.md).",
    )
    stripe_secret_key: SecretStr | None = Field(default=None, description="Stripe's secret key, sk_...")
    stripe_webhook_secret: SecretStr | None = Field(
        default=None, description="Stripe's signing secret of the webhook endpoint, whsec_..."
    )
    stripe_api_url: str | None = Field(default=None, description="Another address of Stripe's API: a stand-in.")
    wechat_mchid: str | None = Field(default=None, description="WeChat Pay: number of the merchant.")
    wechat_appid: str | None = Field(default=None, description="WeChat Pay: the app bound to the merchant.")
    wechat_key_file: Path | None = Field(default=None, description="WeChat Pay: the merchant's private key, PEM.")
    wechat_cert_serial: str | None = Field(
        default=None, description="WeChat Pay: serial of the merchant's certificate."
    )
    wechat_apiv3_key: SecretStr | None = Field(default=None, description="WeChat Pay: the APIv3 key, 32 characters.")
    wechat_public_key_file: Path | None = Field(default=None, description="WeChat Pay: its public key, PEM.")
    wechat_public_key_id: str | None = Field(
        default=None, description="WeChat Pay: id of its public key, PUB_KEY_ID_..."
    )
    wechat_api_url: str | None = Field(default=None, description="Another address of WeChat Pay's API: a stand-in.")
    alipay_app_id: str | None = Field(default=None, description="Alipay: number of the app.")
    alipay_key_file: Path | None = Field(default=None, description="Alipay: the app's private key, PEM.")
    alipay_public_key_file: Path | None = Field(default=None, description="Alipay: its public key for the app, PEM.")
    alipay_api_url: str | None = Field(default=None, description="Another address of Alipay's gateway: a stand-in.")
    label_url: str | None = Field(default=None, description="Service that makes carriers' labels; default: plain ones.")
    label_secret: SecretStr | None = Field(default=None, description="Signs what is sent to LABEL_URL (HMAC-SHA256).")
    anchor_rpc: SecretStr | None = Field(
        default=None, description="Node of an EVM chain (JSON-RPC): the one setting that anchors the credit log there."
    )
    anchor_contract: str | None = Field(
        default=None,
        pattern="^0x[0-9a-fA-F]{40}$",
        description="Contract to anchor to; default: the one that `renmai credit deploy` made last.",
    )
    anchor_key_file: Path | None = Field(
        default=None, description="Key that signs for the chain; default: anchor.key in RENMAI_HOME."
    )
    anchor_every: int = Field(default=3600, ge=10, le=604_800, description="Seconds between two anchors.")
    anchor_confirmations: int = Field(
        default=12, ge=1, le=10_000, description="Blocks, its own included, after which an anchor is final."
    )
    anchor_fee_gwei_max: int = Field(
        default=100, ge=1, le=1_000_000, description="Most that is offered for a unit of gas, in gwei."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Worker processes under `renmai serve`.")
    web_processes: int = Field(default=1, ge=1, le=64, description="WSGI processes under `renmai serve`.")
    fast_processes: int = Field(default=1, ge=1, le=64, description="`fast` processes under `renmai serve`.")
    credit_origin: str | None = Field(
        default=None,
        pattern=r"^[^\s+]+$",
        description="Name of the credit log, taken once with its first checkpoint; default: host of the pages + /credit/log.",
    )
    credit_key_file: Path | None = Field(
        default=None, description="The key that signs the credit log; default: made once, RENMAI_HOME/credit.key."
    )
    credit_policy_file: Path | None = Field(
        default=None,
        description="Witnesses that are asked to cosign the credit log (c2sp.org/tlog-policy, with their addresses).",
    )
    credit_witness_file: Path | None = Field(
        default=None, description="Logs that this house witnesses for others (c2sp.org/tlog-policy): off without it."
    )

    film_gb_max: int = Field(default=20, ge=1, le=1000, description="How many GB of film one show may have.")
    film_free_gb_min: int = Field(
        default=2, ge=0, le=10_000, description="No camera may send while fewer GB are free on the disk of uploads."
    )
    lines_per_address: int = Field(
        default=500, ge=1, description="Lines into live rooms that one address may have open in a `fast` process."
    )

    credit_mixing_seconds: float = Field(
        default=5,
        ge=0.5,
        le=86_400,
        description="How long facts wait for others, so that their places in the log tell less of who belongs together.",
    )

    @property
    def source(self) -> Path:
        """Return the folder of the package `renmai`."""
        return Path(__file__).parent

    @property
    def home(self) -> Path:
        """Return RENMAI_HOME, absolute."""
        return self.renmai_home.expanduser().absolute()

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the names by which the pages may be called.

        Any name only when the house listens everywhere and was not told its own: else a stranger's page could point its
        own name at a loopback address and read what is there (DNS rebinding).
        """
        own = ["127.0.0.1", "localhost", "[::1]"]
        if self.public_url is not None:
            return [_bracketed(urlsplit(self.pages_origin).hostname or ""), *own]
        return ["*"] if self.host in EVERYWHERE else [_bracketed(self.host), *own]

    @property
    def pages_origin(self) -> str:
        """Return the origin of the pages, without a trailing slash."""
        return (self.public_url or f"{self._scheme}://{_bracketed(self.host)}:{self.port}").rstrip("/")

    @property
    def fast_origin(self) -> str:
        """Return the origin of `fast`, without a trailing slash."""
        return (self.fast_url or f"{self._scheme}://{_bracketed(self.host)}:{self.port + 1}").rstrip("/")

    @property
    def credit_log_origin(self) -> str:
        """Return the name by which a new credit log would sign: where it is served, without the scheme."""
        return self.credit_origin or f"{urlsplit(self.pages_origin).netloc}/credit/log"

    @property
    def credit_witness_name(self) -> str:
        """Return the name by which this house cosigns other houses' logs, taken once with its key."""
        return f"{urlsplit(self.pages_origin).netloc}/credit/witness"

    @property
    def credit_witness_key(self) -> Path:
        """Return where the key lies by which this house cosigns."""
        return self.home / "witness.key"

    @property
    def tokens_key(self) -> Path:
        """Return the file of the key that makes buyers' tokens in the credit log."""
        return self.home / "credit-tokens.key"

    @property
    def credit_key(self) -> Path:
        """Return where the key of the credit log lies."""
        return (self.credit_key_file or self.home / "credit.key").expanduser().absolute()

    @property
    def trust_origin(self) -> str:
        """Return the plain address that hands out the house's own certificate authority (with `tls`)."""
        return f"http://{_bracketed(urlsplit(self.pages_origin).hostname or self.host)}:{self.port + 2}"

    @property
    def _scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def encoders_port(self) -> int:
        """Return the port of the door for the RTMP server's questions, on the loopback address."""
        return self.port + 3

    @property
    def rtmp_address(self) -> str:
        """Return where encoders send to."""
        host = _bracketed(urlsplit(self.pages_origin).hostname or self.host)
        return self.rtmp_url or f"rtmp://{host}:{self.rtmp_port}/live"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@lru_cache
def config() -> Config:
    """Return the settings, read once."""
    return Config()
