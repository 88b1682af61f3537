"""Owns the site: Django's settings for pages, and the practice that the pages show."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from laneflow.accounts.at_work import install, practice_at_work
from laneflow.settings import Serving, SingleSignOn, setup
from laneflow.web import safety

__all__ = ["configure", "install", "practice_at_work", "values", "wsgi"]

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
    "laneflow.web.watched.Watched",
    "laneflow.web.safety.Safety",
    "laneflow.web.safety.Sizes",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "laneflow.web.safety.Plain",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "laneflow.web.idle.Idle",
    "laneflow.web.entrance.Entrance",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "laneflow.web.second_factor.SecondFactor",
    "laneflow.web.refused.Refusals",
)

CACHE = "laneflow_cache"
"""The cache's table. Rate limits are counted in it, so that they hold over all processes."""


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
        "LANEFLOW_METRICS_TOKEN": serving.metrics_token,
        "ROOT_URLCONF": "laneflow.web.urls",
        "MIDDLEWARE": list(MIDDLEWARE),
        "TEMPLATES": [_templates()],
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": CACHE,
                "OPTIONS": {"MAX_ENTRIES": 100_000},  # no flood of guesses pushes counts out
            }
        },
        **_files(),
        **_languages(),
        **_accounts(serving),
        **safety.values(serving),
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
    }


def _accounts(serving: Serving) -> dict[str, Any]:
    validation = "django.contrib.auth.password_validation."
    similar = {"user_attributes": ("username", "name")}
    return {
        "AUTH_USER_MODEL": "accounts.Account",
        "AUTHENTICATION_BACKENDS": ["laneflow.accounts.backend.Backend"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"{validation}MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": f"{validation}CommonPasswordValidator"},
            {"NAME": f"{validation}UserAttributeSimilarityValidator", "OPTIONS": similar},
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
        "SESSION_COOKIE_AGE": 12 * 3_600,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "ACCOUNT_ADAPTER": "laneflow.accounts.adapter.Accounts",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_RATE_LIMITS": {
            "login": "30/m/ip",
            "login_failed": "10/m/ip,5/5m/key",
            "reauthenticate": "10/m/user",
            "change_password": "5/m/user",
        },
        "USERSESSIONS_ADAPTER": "laneflow.accounts.adapter.Sessions",
        "MFA_ADAPTER": "laneflow.accounts.adapter.SecondFactors",
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes", "webauthn"],
        "MFA_FORMS": {
            "authenticate": "laneflow.accounts.codes.AuthenticateForm",
            "reauthenticate": "laneflow.accounts.codes.ReauthenticateForm",
        },
        "MFA_TOTP_TOLERANCE": 1,  # a phone's clock may be half a minute off
        # A browser offers security keys over TLS, and to this machine itself without.
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not serving.tls,
        "SECOND_FACTOR_REQUIRED": serving.second_factor,
        "SOCIALACCOUNT_ADAPTER": "laneflow.accounts.adapter.SingleSignOn",
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_PROVIDERS": _providers(serving.single_sign_on),
    }


def _providers(provider: SingleSignOn | None) -> dict[str, Any]:
    if provider is None:
        return {}
    app = {
        "provider_id": "sso",
        "name": provider.name,
        "client_id": provider.client_id,
        "secret": provider.secret,
        "settings": {"server_url": provider.url},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def wsgi() -> Any:
    """The WSGI application, whole; Django must be configured."""
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()
