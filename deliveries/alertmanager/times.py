"""Go's RFC 3339 times as aware UTC datetimes, including what datetime alone cannot take."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_ODD_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(?:[.,](\d{1,9})\d*)?\s*([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
# Year 1 is Go's "no time", 0000 and 9999 overflow as soon as someone shows them in another zone.
_ZERO = ("0001-01-01T", "0000-12-31T")  # the latter is how Go prints year 1 in a zone west of UTC
_FIRST_YEAR, _LAST_YEAR = 1970, 9998


def moment(value: Any, odd: str, flags: set[str]) -> datetime | None:
    """Aware UTC, or None for no time (missing, zero) and for what cannot be read; the latter adds the flag odd."""
    if value is None or value == "":
        return None
    if type(value) is not str or len(value) > 64:
        flags.add(odd)
        return None
    if value.startswith(_ZERO):
        return None
    try:
        found = datetime.fromisoformat(value) if value[10:11] == "T" else _odd_form(value)
    except ValueError:
        found = _odd_form(value)
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        flags.add(odd)
        return None
    if found.tzinfo is None:
        flags.add("time_without_zone")
        return found.replace(tzinfo=UTC)
    return found.astimezone(UTC)


def _odd_form(value: str) -> datetime | None:
    """Lower case t and z, a space for the T, a leap second: legal by RFC 3339 but not read by fromisoformat."""
    match = _ODD_FORM.fullmatch(value.strip())
    if match is None:
        return None
    day, clock, second, fraction, zone = match.groups(default="")
    leap = second == "60"
    micros = 0 if leap else int(f"{fraction:0<6.6}")
    try:
        found = datetime.fromisoformat(f"{day}T{clock}{'59' if leap else second}{zone.upper()}")
    except ValueError:
        return None
    return found + timedelta(seconds=int(leap), microseconds=micros)
