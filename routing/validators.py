"""What a value of a row must be: each raises ValidationError with a sentence for whoever entered it.

Migrations name these functions and nothing else of the code, so they keep their names and their place.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from routing.inputs import visible
from routing.rules import matchers
from routing.rules.severity import LABELS

_MOST_LABELS = 10
_LONGEST_LABEL = 100


def check_line(text: str) -> None:
    """Raises ValidationError for a name with what nobody sees in it."""
    if fault := visible.fault_of_name(text):
        raise ValidationError(fault, code="invisible")


def check_prose(text: str) -> None:
    """Raises ValidationError for lines of text with control characters or changes of direction."""
    if fault := visible.fault_of_prose(text):
        raise ValidationError(fault, code="invisible")


def check_matchers(text: str) -> None:
    """Raises ValidationError that names the place of the mistake."""
    try:
        matchers.entered(text)
    except matchers.MatcherError as error:
        raise ValidationError(str(error), code="matcher") from None


def check_base_url(url: str) -> None:
    """Raises ValidationError that says what is wrong with the address of a server."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise ValidationError("This is not an address: write it as https://chat.example.com.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise ValidationError("The address must start with https:// (or http://) and name a host.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError("Leave user names, passwords and everything after ? or # out of the address.")
    if "/hooks/" in parts.path or "/api/" in f"{parts.path}/" or any(character.isspace() for character in url):
        raise ValidationError("Give the address of the server itself, as people open it in a browser.")


def check_file(path: str) -> None:
    """Raises ValidationError unless `path` is a readable PEM file with at least one certificate."""
    if not Path(path).is_absolute():
        raise ValidationError("Give the whole path, starting with /.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # OpenSSL would wait for ever for somebody to write into a pipe.
        if not Path(path).is_file():
            raise FileNotFoundError
        context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError):
        raise ValidationError("This file cannot be read as PEM certificates on this machine.") from None
    if not context.cert_store_stats()["x509"]:
        raise ValidationError("This file holds no certificate.")


def default_severity_labels() -> list[str]:
    return list(LABELS)


def check_severity_labels(value: object) -> None:
    """Raises ValidationError for anything but one to ten names of labels."""
    names = value if isinstance(value, list) else []
    if not 1 <= len(names) <= _MOST_LABELS or not all(isinstance(name, str) and name.strip() for name in names):
        raise ValidationError(f"Name 1 to {_MOST_LABELS} labels, for example severity, level, priority.")
    if len(set(names)) < len(names):
        raise ValidationError("A label is named twice: once is enough.")
    if any(len(name) > _LONGEST_LABEL for name in names):
        raise ValidationError(f"The name of a label has at most {_LONGEST_LABEL} characters.")
    for name in names:
        check_line(name)
