"""Django's settings, derived from `renmai.config`. Commercial terms are rows in people/standing, not settings."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from renmai.config import config
from renmai.kit.secrets import installation_secret

CONFIG = config()

DEBUG = CONFIG.debug
SECRET_KEY = CONFIG.secret_key or installation_secret(CONFIG.home)
ALLOWED_HOSTS = CONFIG.allowed_hosts
CSRF_TRUSTED_ORIGINS = [CONFIG.pages_origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "renmai.kit",
    "renmai.people",
    "renmai.goods",
    "renmai.money",
    "renmai.places",
    "renmai.trade",
    "renmai.trust",
    "renmai.matching",
    "renmai.apps.HouseConfig",
    "renmai.web.ui",
    "renmai.web",
]

MIDDLEWARE = [
    "renmai.web.middleware.CallerAddress",
    "django.middleware.security.SecurityMiddleware",
    "renmai.web.middleware.SecurityHeaders",
    "renmai.web.assets.AssetFiles",
    "renmai.web.log_files.LogFiles",
    "renmai.web.witness.WitnessDoor",
    "renmai.web.assets.PackedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "renmai.web.middleware.LanguageOfAddress",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "renmai.web.middleware.ActorMiddleware",
    "renmai.web.middleware.BodyLimit",
    "renmai.web.middleware.ProblemMiddleware",
]

ROOT_URLCONF = "renmai.web.urls"
WSGI_APPLICATION = "renmai.web.wsgi.application"
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "renmai.web.context.page",
            ],
        },
    },
]


def _database(url: str | None) -> dict[str, Any]:
    """Return Django's DATABASES entry for a libpq URL; without one, a name that fails clearly on first use."""
    parts = conninfo_to_dict(url) if url else {"dbname": "renmai-database-not-started"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "renmai"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }


DATABASES = {"default": _database(CONFIG.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_NAME = "renmai_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIG.time_zone
LOCALE_PATHS = [
    *sorted((CONFIG.source / "web").glob("*/locale")),
]

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.home / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "renmai.web.assets.AssetStorage"},
}
MEDIA_ROOT = CONFIG.home / "media"

SESSION_COOKIE_NAME = "renmai_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 86_400
CSRF_COOKIE_NAME = "renmai_csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE = CONFIG.pages_origin.startswith("https://")
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "renmai.web.errors.csrf_failure"

DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

API_TRIES_PER_MINUTE = CONFIG.api_tries_per_minute

LOGGING_CONFIG = None
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
