"""E-mail as a way out, through the server that LANEFLOW_SMTP_URL names."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from laneflow.notify.message import Message, Result

TIMEOUT = 20
"""Seconds to wait for the mail server, so that a dead one holds nobody else up for long."""


def send(message: Message) -> Result:
    """Send one e-mail; the Result says why not where the server refuses it or does not answer.

    LANEFLOW_SMTP_URL is ``smtp://user:password@host:port`` (STARTTLS where the server offers it)
    or ``smtps://…`` (TLS from the start); LANEFLOW_MAIL_FROM is the sender's address.
    """
    url = os.environ.get("LANEFLOW_SMTP_URL", "")
    if not url:
        return Result(False, "LANEFLOW_SMTP_URL is not set")
    try:
        with _connected(url) as server:
            server.send_message(_mail(message))
    except smtplib.SMTPException as error:
        return Result(False, f"the mail server refused: {type(error).__name__}")
    return Result(True, "email")


def _mail(message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = os.environ.get("LANEFLOW_MAIL_FROM", "laneflow@localhost")
    mail["To"] = message.address.removeprefix("email:")
    mail["Subject"] = message.subject
    mail["Message-ID"] = f"<{message.id}@laneflow>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, secure = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT, context=secure
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=secure)
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
