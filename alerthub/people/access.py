"""What ends with a password or a person: API tokens and sessions.

Sessions end with the password by Django itself, which keeps a hash of it in each. Tokens of a deactivated user are
refused by what they are (`ApiToken.standing`).
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from simple_history.models import HistoricalRecords

from routing.models import ApiToken
from routing.models.access import STOPPED, VALID


class EndsTokens:
    """One of Django's password validators: they are told when a password was changed, wherever that is done."""

    def validate(self, password: str, user: Any = None) -> None:
        """Any password will do."""

    def get_help_text(self) -> str:
        return "With a changed password the person's sessions and own API tokens end; tokens of machines stay."

    def password_changed(self, password: str, user: Any = None) -> None:
        if user is not None and user.pk is not None:
            end_own_tokens(user)


def end_own_tokens(user: Any) -> int:
    """End them for good, and keep who changed the password. Returns how many."""
    own: QuerySet[Any] = ApiToken.objects.filter(user=user, machine=False, ended_at=None)
    return own.update(ended_at=timezone.now(), ended_why=_why(user)[:300])


def usable_tokens(user: Any, *, although_deactivated: bool = False) -> list[str]:
    """The names of a person's API tokens that open something now, or would if the person were active."""
    now, fine = timezone.now(), {VALID, STOPPED} if although_deactivated else {VALID}
    rows = ApiToken.objects.filter(user=user).select_related("user").order_by("name")
    return [row.name for row in rows if row.standing(now)[0] in fine]


def after_password(user: Any) -> str:
    """What to say to who changed it."""
    left = usable_tokens(user)
    names = f"Tokens of machines stay: {', '.join(left)}. Delete those nobody needs." if left else "None is left."
    return f"The sessions and own API tokens of {user.get_username()} ended with the old password. {names}"


def end_sessions(user: Any) -> int:
    """Returns how many; a deactivated user's would open again when the user is active again."""
    open_ones = Session.objects.filter(expire_date__gt=timezone.now())
    keys = [one.pk for one in open_ones.iterator() if one.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def _why(user: Any) -> str:
    request = getattr(HistoricalRecords.context, "request", None)
    by = getattr(request, "user", None)
    named = user.get_username()
    if by is None or not by.is_authenticated:
        return f"The password of {named} was changed."
    return f"{named} changed the password." if by == user else f"{by.get_username()} set a new password for {named}."
