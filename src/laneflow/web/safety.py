"""Owns what protects pages beside their rights: cookies, TLS, headers, what may be sent at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict

from laneflow.settings import LOCAL, Serving

LARGEST_UPLOAD = 16 * 1024 * 1024
"""Bytes that may be sent to a page at once."""
LARGEST_FORM = 4 * 1024 * 1024
"""Bytes of a form without its files."""

PROBES = ("healthz", "readyz", "metrics")
"""Paths that this machine's own monitoring asks for, without TLS."""

HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        [
            *(
                f"{name}=()"
                for name in (
                    "accelerometer", "browsing-topics", "camera", "display-capture",
                    "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi",
                    "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
                )
            ),
            "clipboard-write=(self)",
            "publickey-credentials-create=(self)",
            "publickey-credentials-get=(self)",
        ]
    ),
    "X-Robots-Tag": "noindex, nofollow",
}  # fmt: skip


_NOBODY = ("'none'",)
_OURS = ("'self'",)


def values(serving: Serving) -> dict[str, Any]:
    """The Django settings, by name."""
    return {
        "CONTENT_SECURITY_POLICY": {"DIRECTIVES": _allowed(serving)},
        "ALLOWED_HOSTS": [*dict.fromkeys((*serving.hosts, *LOCAL))],
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in serving.hosts if serving.tls],
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        # Not in a cookie: what a message says of a patient stays here.
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": LARGEST_FORM,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 2_000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 1,
        "FILE_UPLOAD_PERMISSIONS": 0o600,
        **(_over_tls() if serving.tls else {}),
    }


def _allowed(serving: Serving) -> dict[str, Any]:
    """What a page may load and where its forms may go: here, and nowhere else."""
    # Chromium asks form-action of where a form's answer sends it on to, too.
    provider = (serving.single_sign_on.origin,) if serving.single_sign_on else ()
    return {
        "default-src": _NOBODY,
        "script-src": _OURS,
        "style-src": _OURS,
        "img-src": [*_OURS, "data:"],
        "connect-src": _OURS,
        "font-src": _OURS,
        "form-action": [*_OURS, *provider],
        "base-uri": _NOBODY,
        "frame-ancestors": _NOBODY,
    }


def _over_tls() -> dict[str, Any]:
    # Browsers keep a cookie with this beginning from every other host, and from plain HTTP.
    names = {"SESSION": "session", "CSRF": "csrf", "LANGUAGE": "language"}
    cookies = {f"{kind}_COOKIE_NAME": f"__Host-laneflow-{name}" for kind, name in names.items()}
    return {
        **cookies,
        **{f"{kind}_COOKIE_SECURE": True for kind in names},
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "SECURE_SSL_REDIRECT": True,
        "SECURE_REDIRECT_EXEMPT": [f"^{path}$" for path in PROBES],
        "SECURE_HSTS_SECONDS": 365 * 86_400,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        # Whether browsers come with the name built in is for whoever owns the whole domain to say.
        "SILENCED_SYSTEM_CHECKS": ["security.W021"],
    }


class Safety:
    """Adds the headers that Django does not, keeps pages out of caches, refuses what is too large.

    Style and scripts, which hold nothing of anybody's, are cached as whitenoise says.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        answer.headers.setdefault("Cache-Control", "no-store, private")
        return answer


class Sizes:
    """Refuses a request that says it is too large before any of it is looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        if not said.isdecimal() or int(said) > LARGEST_UPLOAD:
            raise RequestDataTooBig
        return self.get_response(request)


class Plain:
    """Refuses NUL in addresses and forms: no keyboard types it, and PostgreSQL keeps no such text.

    Files may hold what they like; whoever reads them sees to it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Before any page looks at them. Raises BadRequest."""
        if "\x00" in request.path or any(map(_has_nul, (request.GET, request.POST))):
            raise BadRequest("NUL in what was sent")


def _has_nul(form: QueryDict) -> bool:
    return any("\x00" in text for name, values in form.lists() for text in (name, *values))
