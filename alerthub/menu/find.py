"""The search over all of AlertHub, opened by Ctrl+K: pages, what one can do, rules, targets, alerts, D-12, N-5 and S-1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from alerthub.menu import items
from deliveries.admin import answer
from deliveries.models import Alert, Delivery, Notification
from routing.admin.forgiving import LONGEST_SEARCH
from routing.models import Rule, Silence, Target

_MOST = 6
"""Of each kind: what is not among them is found by typing more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is found, or `count` of them: `note` says what it is, or how it stands."""

    title: str
    link: str
    note: str = ""
    count: int = 1


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """A part of a page: what `q` finds of what the person may see, or for nothing at all what one may begin with."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    kinds = [(kind, entries) for kind, entries in _kinds(request, asked) if entries]
    found = sum(len(entries) for _, entries in kinds)
    if asked and request.user.has_perm("deliveries.view_delivery"):
        kinds = _with_question(kinds, asked)
    return render(request, "alerthub/found.html", {"asked": asked, "kinds": kinds, "found": found})


def _kinds(request: HttpRequest, asked: str) -> Iterator[tuple[str, list[Entry]]]:
    yield "Number", _numbered(request, asked)
    yield "Pages", _pages(request, asked)
    yield "Do", _deeds(request, asked)
    if asked:
        yield (
            "Rules",
            [
                Entry(rule.name, _change("rule", rule.pk), "" if rule.enabled else "disabled")
                for rule in _named(request, Rule, asked).order_by("position", "id")[:_MOST]
            ],
        )
        yield (
            "Targets",
            [
                Entry(target.name, _change("target", target.pk), "" if target.enabled else "disabled")
                for target in _named(request, Target, asked).order_by("name")[:_MOST]
            ],
        )
        yield "Alerts", _alerts(request, asked)


def _with_question(kinds: list[tuple[str, list[Entry]]], asked: str) -> list[tuple[str, list[Entry]]]:
    """The way to the answer page: before all else where several alerts are meant, else after what was found."""
    link = f"{reverse('why')}?{urlencode({'q': asked})}"
    alerts = [entry for kind, entries in kinds if kind == "Alerts" for entry in entries]
    if not alerts:
        return [*kinds, ("Elsewhere", [Entry(f"Look for “{asked}” in labels and in what was refused", link)])]
    question = ("Answer", [Entry(f"Why did “{asked}” arrive, or not?", link)])
    are_several = sum(entry.count for entry in alerts) > 1
    return [question, *kinds] if are_several and kinds[0][0] != "Number" else [*kinds, question]


def _numbered(request: HttpRequest, asked: str) -> list[Entry]:
    row = answer.row_of(request, asked)
    match row:
        case Delivery():
            note = f"{row.title} to {row.target_name}"
        case Notification():
            note = f"notification from {row.source_name}"
        case Silence():
            note = row.comment
        case _:
            return []
    return [Entry(str(row), answer.page_of(row), note)]


def _pages(request: HttpRequest, asked: str) -> list[Entry]:
    seen = list(items.seen_by(request))
    if not asked:
        return [Entry(item.title, item.link) for item in (seen[0][1] if seen else ())][:_MOST]
    fitting = [
        (_place(item.title, asked), Entry(item.title, item.link, group.title))
        for group, some in seen
        for item in some
        if _fits(asked, item.title, item.others)
    ]
    return [entry for _, entry in sorted(fitting, key=lambda pair: pair[0])][:_MOST]


def _deeds(request: HttpRequest, asked: str) -> list[Entry]:
    every = (item for group in items.MENU for item in group.items if item.is_added_by(request))
    return [Entry(item.adds, item.new) for item in every if not asked or _fits(asked, item.adds, item.others)][:_MOST]


def _place(title: str, asked: str) -> bool:
    """What has the words in its title comes before what is only also called so."""
    return not _fits(asked, title)


def _fits(asked: str, *texts: str) -> bool:
    """Whether each word that was typed begins one of theirs."""
    words = " ".join(texts).casefold().split()
    return all(any(word.startswith(typed) for word in words) for typed in asked.casefold().split())


def _named(request: HttpRequest, model: type[Rule] | type[Target], asked: str) -> QuerySet[Any]:
    may = admin.site.get_model_admin(model).has_view_permission(request)
    rows: QuerySet[Any] = model.objects.all()
    return rows.filter(name__icontains=asked) if may else rows.none()


def _alerts(request: HttpRequest, asked: str) -> list[Entry]:
    """By name, what fires first."""
    if not admin.site.get_model_admin(Alert).has_view_permission(request):
        return []
    names: Iterable[tuple[str, int, int, int]] = (
        Alert.objects.filter(name__icontains=asked)
        .order_by()
        .values_list("name")
        .annotate(firing=Count("id", filter=Q(status="firing")), every=Count("id"), newest=Max("id"))
        .order_by("-firing", "-every", "name")[:_MOST]
    )
    return [
        Entry(name or "(no alert name)", _list_of(name, firing, every, newest), _stands(firing, every), every)
        for name, firing, every, newest in names
    ]


def _stands(firing: int, every: int) -> str:
    if firing:
        return f"{firing:,} firing"
    return "resolved" if every == 1 else f"{every:,} resolved"


def _list_of(name: str, firing: int, every: int, newest: int) -> str:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if every == 1 or len(quoted) > LONGEST_SEARCH:
        return reverse("admin:deliveries_alert_change", args=[newest])
    asked = {"q": quoted} | ({} if firing else {"status": "all"})
    return f"{reverse('admin:deliveries_alert_changelist')}?{urlencode(asked)}"


def _change(model: str, pk: int) -> str:
    return reverse(f"admin:routing_{model}_change", args=[pk])
