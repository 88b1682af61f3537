"""Owns the site: Django's settings for pages, and the practice that the pages show."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laneflow.settings import Serving, setup

if TYPE_CHECKING:
    from laneflow.work.app import App

HERE = Path(__file__).parent

APPS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "laneflow.accounts",
    "laneflow.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "django_ace",
)

MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "laneflow.web.refused.Refusals",
)

CACHE = "laneflow_cache"
"""The cache's table. Rate limits are counted in it, so that they hold over all processes."""

_NOBODY = ("'none'",)
_OURS = ("'self'",)


def configure(database_url: str, serving: Serving | None = None) -> None:
    """Set Django up for pages, once per process and before a store is opened.

    Raises LaneflowError for nonsense in the environment.
    """
    serving = serving or Serving.from_environment()
    setup(database_url, apps=APPS, more=values(serving))


def values(serving: Serving) -> dict[str, Any]:
    """The Django settings of the pages, by name."""
    return {
        "SECRET_KEY": serving.secret_key,
        "ALLOWED_HOSTS": list(serving.hosts),
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in serving.hosts if serving.tls],
        "ROOT_URLCONF": "laneflow.web.urls",
        "MIDDLEWARE": list(MIDDLEWARE),
        "TEMPLATES": [_templates()],
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": CACHE,
            }
        },
        **_files(),
        **_languages(),
        **_accounts(serving),
        **_safety(serving),
    }


def _templates() -> dict[str, Any]:
    processors = ("request", "i18n")
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],  # before allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                *(f"django.template.context_processors.{name}" for name in processors),
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "laneflow.web.desk.shown_everywhere",
            ],
        },
    }


def _files() -> dict[str, Any]:
    """Style and scripts: served from where they are, under a name that changes with them."""
    digest = hashlib.sha256()
    for file in sorted((HERE / "static").rglob("*.*")):
        digest.update(file.read_bytes())
    return {
        "STATIC_URL": f"/static/{digest.hexdigest()[:10]}/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_MAX_AGE": 30 * 86_400,
        "WHITENOISE_ALLOW_ALL_ORIGINS": False,
    }


def _languages() -> dict[str, Any]:
    return {
        "USE_I18N": True,
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [("en", "English"), ("es", "Español")],
        "LOCALE_PATHS": [HERE / "locale"],
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
    }


def _accounts(serving: Serving) -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "accounts.Account",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
    }


def _safety(serving: Serving) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": serving.tls,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SECURE": serving.tls,
        "X_FRAME_OPTIONS": "DENY",
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": _NOBODY,
                "script-src": _OURS,
                "style-src": _OURS,
                "img-src": [*_OURS, "data:"],
                "connect-src": _OURS,
                "font-src": _OURS,
                "form-action": _OURS,
                "base-uri": _NOBODY,
                "frame-ancestors": _NOBODY,
            }
        },
    }


_installed: list[App] = []


def install(app: App) -> None:
    """Show this practice from now on. A process shows one."""
    _installed[:] = [app]


def practice_at_work() -> App:
    """The practice that the pages show."""
    return _installed[0]


def wsgi() -> Any:
    """The WSGI application, whole; Django must be configured."""
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()
