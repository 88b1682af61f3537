"""Owns what the environment may set: environment -> Django settings, or one clear line.

The command line needs no DJANGO_SETTINGS_MODULE: ``setup()`` configures Django itself, with as
little of it as the caller needs. Web apps pass theirs in ``apps`` and ``more``.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from laneflow.errors import LaneflowError, Problem

DATABASE = "LANEFLOW_DATABASE"
STORE_APPS = ("laneflow.store",)

HOSTS, SECRET_KEY, TLS = "LANEFLOW_HOSTS", "LANEFLOW_SECRET_KEY", "LANEFLOW_TLS"
PROXY, METRICS_TOKEN = "LANEFLOW_PROXY", "LANEFLOW_METRICS_TOKEN"
SECOND_FACTOR = "LANEFLOW_MFA"
OIDC_URL, OIDC_CLIENT = "LANEFLOW_OIDC_URL", "LANEFLOW_OIDC_CLIENT_ID"
OIDC_SECRET, OIDC_NAME = "LANEFLOW_OIDC_SECRET", "LANEFLOW_OIDC_NAME"
HERE = "127.0.0.1"
LOCAL = ("localhost", HERE, "[::1]")
"""The names this machine has for itself."""

SHORTEST_KEY, SHORTEST_TOKEN = 50, 16
"""Characters a secret that somebody chose must have."""

BUSY_SECONDS = 30
"""How long a SQLite writer waits for the one before it."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit survives power loss before its sender is answered
    "PRAGMA wal_autocheckpoint=16000",  # 64 MB, where no daemon does it sooner
    "PRAGMA cache_size=-32000",  # 32 MB
    "PRAGMA temp_store=MEMORY",
)


def setup(
    database_url: str | None = None, *, apps: Sequence[str] = (), more: dict[str, Any] | None = None
) -> None:
    """Configure Django once per process; later calls change nothing.

    ``database_url``: ``sqlite:///path`` or ``postgresql://…``; None: LANEFLOW_DATABASE. ``apps``
    follow the store's, ``more`` holds further Django settings. Raises LaneflowError for nonsense.
    """
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(**values(database_url, apps=apps, more=more))
        django.setup()


def values(
    database_url: str | None = None, *, apps: Sequence[str] = (), more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The Django settings by name. Raises LaneflowError for nonsense."""
    return {
        "DATABASES": {"default": database(database_url)},
        "INSTALLED_APPS": [*STORE_APPS, *apps],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LOGGING_CONFIG": None,
        **(more or {}),
    }


UNNAMED = "single sign-on"


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """An identity provider (OpenID Connect): ``url``, its issuer; ``name``, what people call it."""

    url: str
    client_id: str
    secret: str
    name: str = UNNAMED

    @property
    def origin(self) -> str:
        """Where the browser is sent: scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def from_environment(cls) -> SingleSignOn | None:
        """As the settings of single sign-on say, if any is set. LaneflowError for nonsense."""
        told = {
            name: os.environ.get(name, "").strip() for name in (OIDC_URL, OIDC_CLIENT, OIDC_SECRET)
        }
        if not any(told.values()):
            return None
        if missing := [name for name, value in told.items() if not value]:
            what = f"single sign-on also needs {', '.join(missing)}"
            raise LaneflowError(Problem(OIDC_URL, 0, 0, what))
        url = told[OIDC_URL].rstrip("/")
        parts = urlsplit(url)
        near = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
            what = f'"{url}" is not the address of an identity provider'
            hint = "It is its issuer, such as https://login.example.org/practice."
            raise LaneflowError(Problem(OIDC_URL, 0, 0, what, hint))
        name = os.environ.get(OIDC_NAME, "").strip() or UNNAMED
        return cls(url, told[OIDC_CLIENT], told[OIDC_SECRET], name)


@dataclass(frozen=True, slots=True)
class Serving:
    """How pages are served.

    ``hosts`` are the names they are asked for by; with ``tls`` a proxy in front, which asks from
    the address ``proxy`` (``*``: from any), speaks TLS; ``second_factor``: nobody gets further than
    setting one up before they have one. Whoever holds ``metrics_token`` may read the metrics.
    """

    secret_key: str
    hosts: tuple[str, ...] = LOCAL
    tls: bool = False
    second_factor: bool = False
    single_sign_on: SingleSignOn | None = None
    proxy: str = HERE
    metrics_token: str = ""

    @classmethod
    def from_environment(cls, folder: Path | None = None) -> Serving:
        """As LANEFLOW_HOSTS, _TLS, _PROXY, _SECRET_KEY, _MFA, _METRICS_TOKEN and _OIDC_… say.

        Where no secret key is given, one is made and kept in ``folder`` for its owner alone;
        without a folder it lasts as long as the process. Raises LaneflowError for nonsense.
        """
        hosts = tuple(name.strip() for name in os.environ.get(HOSTS, "").split(",") if name.strip())
        tls = _chosen(TLS, "proxy", "a way to TLS")
        second_factor = _chosen(SECOND_FACTOR, "required", "a rule for second factors")
        key = _secret(SECRET_KEY, SHORTEST_KEY) or _kept_key(folder)
        single = SingleSignOn.from_environment()
        proxy = os.environ.get(PROXY, "").strip() or HERE
        token = _secret(METRICS_TOKEN, SHORTEST_TOKEN)
        return cls(key, hosts or LOCAL, tls, second_factor, single, proxy, token)


def _chosen(setting: str, word: str, what: str) -> bool:
    """Whether a setting says its one word; raises LaneflowError where it says another."""
    said = os.environ.get(setting, "")
    if said not in ("", word):
        hint = f'Say "{word}", or leave it out.'
        raise LaneflowError(Problem(setting, 0, 0, f'"{said}" is not {what}', hint))
    return bool(said)


def _secret(setting: str, shortest: int) -> str:
    """A secret out of the environment, "" where none is; raises LaneflowError for a short one."""
    said = os.environ.get(setting, "")
    if said and len(said) < shortest:
        what = f"a secret of {len(said)} characters can be guessed"
        raise LaneflowError(Problem(setting, 0, 0, what, f"Give it at least {shortest}."))
    return said


def _kept_key(folder: Path | None) -> str:
    """The key kept in ``folder``, made by whoever comes first and whole before anybody sees it."""
    if folder is None:
        return secrets.token_urlsafe(50)
    file = folder / "secret-key"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        handle, made = tempfile.mkstemp(dir=folder)  # for its owner alone
        with os.fdopen(handle, "w") as writing:
            writing.write(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(made, file)
        os.unlink(made)
    return file.read_text().strip()


def database(url: str | None = None) -> dict[str, Any]:
    """The entry of Django's DATABASES for a URL; None: LANEFLOW_DATABASE.

    Raises LaneflowError where the URL is missing, of another kind, or not to be understood.
    """
    url = url or os.environ.get(DATABASE, "")
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        return _sqlite(url)
    if scheme in ("postgresql", "postgres"):
        return _postgresql(url)
    what = f'"{scheme}" is no kind of database laneflow knows' if url else "no database is named"
    raise _nonsense(what)


def _sqlite(url: str) -> dict[str, Any]:
    path = url.removeprefix("sqlite:///")
    if path == url or not path or "?" in path or path == ":memory:" or path.endswith("/"):
        raise _nonsense("a SQLite database is a file, with three slashes before its path")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(Path(path).absolute()),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": ";".join(PRAGMAS),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    if find_spec("psycopg") is None:
        raise _nonsense(
            "PostgreSQL needs psycopg, which is not installed",
            "Install laneflow[postgresql].",
        )
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        # libpq quotes the part it cannot read, which may be the password: its text stays here.
        raise _nonsense("the PostgreSQL URL cannot be read") from error
    name = parts.pop("dbname", None)
    if not name:
        raise _nonsense("the PostgreSQL URL names no database after the host")
    named = {key: parts.pop(part, None) for key, part in _PARTS.items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        **{key: str(value) for key, value in named.items() if value is not None},
        "CONN_MAX_AGE": None,
        "OPTIONS": {"application_name": "laneflow", "prepare_threshold": 5, **parts},
    }


_PARTS = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}


def _nonsense(
    what: str, hint: str = "Write sqlite:///path/to/file or postgresql://user@host/database."
) -> LaneflowError:
    return LaneflowError(Problem(DATABASE, 0, 0, what, hint))
