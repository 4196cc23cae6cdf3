"""What people type into a search box of the trail, as conditions: `D-12`, `team="db"`, an alert's name, a fingerprint."""

from __future__ import annotations

import json
import re
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.text import smart_split, unescape_string_literal

from deliveries.models import Alert, Delivery, Occurrence
from routing.admin.forgiving import check_search
from routing.models import Target

_NUMBER = re.compile(r"(?:[DN]-?)?(\d{1,18})", re.IGNORECASE)
_LABEL = re.compile(r'([\w:.\-/]+)="?([^"]*)"?')


def number(term: str) -> int | None:
    """12 for `D-12`, `d12` and `12`."""
    match = _NUMBER.fullmatch(term.strip())
    return int(match[1]) if match else None


def terms(text: str) -> list[str]:
    """The words of a search; quotes keep words together. Raises Unreadable for more than a search may have."""
    check_search(text)
    words = []
    for word in smart_split(text):
        if word.startswith(('"', "'")) and word[0] == word[-1] and len(word) > 1:
            word = unescape_string_literal(word)
        words.append(word.replace("\0", ""))
    return [word for word in words if word]


def alerts(term: str) -> QuerySet[Alert]:
    """Alerts whose name, fingerprint or label text fits."""
    label = _LABEL.fullmatch(term)
    wanted = f"{_quoted(label[1])}: {_quoted(label[2])}" if label else term
    found = Q(labels_text__icontains=wanted)
    if not label:
        # SQLite keeps JSON as it was written, where é is \u00e9; PostgreSQL keeps the letter.
        found |= Q(labels_text__icontains=json.dumps(term)[1:-1])
        found |= Q(name__icontains=term) | Q(fingerprint__istartswith=term)
    else:
        found |= Q(labels_text__icontains=f"{json.dumps(label[1])}: {json.dumps(label[2])}")
    return Alert.objects.annotate(labels_text=Cast("labels", TextField())).filter(found)


def deliveries_of(term: str) -> QuerySet[Occurrence, Any]:
    """Ids of the deliveries that carry such alerts."""
    return (
        Occurrence.objects.filter(alert__in=alerts(term).values("pk"), delivery__isnull=False)
        .order_by()
        .values("delivery_id")
    )


def elsewhere(term: str) -> Q:
    """For a word that no alert has: titles AlertHub gave by itself, and targets by the names they have or had.

    The title of any other delivery is made of its alerts' names. Everything here is answered by an index.
    """
    named = Target.objects.filter(name__icontains=term).values_list("pk", flat=True)
    once_named = Target.history.filter(name__icontains=term).values_list("id", flat=True)
    return (
        (~Q(kind=Delivery.Kind.ALERT) & Q(title__icontains=term))
        | Q(target__in={*named, *once_named})
        | Q(target=None, target_name__icontains=term)
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
