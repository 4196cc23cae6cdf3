"""What an exception means to whoever sent the request; only a mistake of AlertHub's own is a 500."""

from __future__ import annotations

import pytest
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import UnreadablePostError

from routing import mishaps

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RequestDataTooBig(), 413),
        (SuspiciousOperation(), 400),
        (UnreadablePostError(), 400),
        (DataError("integer out of range"), 400),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), 400),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 400),
        (RecursionError(), 400),
        (IntegrityError(), 409),
        (ObjectDoesNotExist(), 409),
        (OperationalError("connection refused"), 503),
        (InterfaceError("the connection is closed"), 503),
        (ValueError("too many values to unpack"), 500),
        (KeyError("name"), 500),
        (None, 500),
    ],
    ids=repr,
)
def test_each_kind_has_its_status(error: BaseException | None, status: int) -> None:
    assert mishaps.judged(error).status == status


def test_what_a_field_says_is_said() -> None:
    found = mishaps.judged(ValidationError(["It is too long.", "It has no name."]))
    assert (found.status, found.sentence) == (400, "It is too long. It has no name.")


def test_who_is_told_to_come_again_is_told_when() -> None:
    assert mishaps.judged(OperationalError()).headers == {"Retry-After": "5"}


def test_where_it_came_from_is_said_without_what_was_sent() -> None:
    secret = "\ud800 s3cr3t"
    with pytest.raises(UnicodeEncodeError) as caught:
        secret.encode()
    said = mishaps.place(caught.value)
    assert "UnicodeEncodeError in test_where_it_came_from" in said
    assert "s3cr3t" not in said
