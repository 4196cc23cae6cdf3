"""The rule tester: what would become of an alert, rule by rule, and the message word for word. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from deliveries.admin import bubble, search, words
from deliveries.admin.notification import labels_beside_name
from deliveries.foresight import tryout
from deliveries.foresight.tryout import AlertTrial, Entry, MessageTrial, Unreadable
from deliveries.models import Notification
from routing import rulebook
from routing.admin import marks
from routing.models import Rule, Source
from routing.models.moment import check_moment
from routing.rules.explanation import GOES_ON, MUTED, NOT_NEEDED, NOT_REACHED, PASSED, TOOK, Line

PERMISSION = "routing.view_rule"
_OF_NOTIFICATIONS = "deliveries.view_notification"
_LINES_SHOWN = 40
_GROUPS_SHOWN = 20
_TONES = {TOOK: "green", GOES_ON: "green", MUTED: "orange", PASSED: "plain", NOT_REACHED: "plain", NOT_NEEDED: "plain"}


class TesterForm(forms.Form):
    """One of three: labels, the number of a stored notification, or a body."""

    labels = forms.CharField(
        required=False,
        max_length=20_000,
        help_text='One a line: alertname="DiskFull", severity="critical".',
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5, "class": "ah-mono", "spellcheck": "false"}),
    )
    status = forms.ChoiceField(
        required=False,
        choices=[("firing", "firing"), ("resolved", "resolved")],
        initial="firing",
        widget=UnfoldAdminRadioSelectWidget,
    )
    notification = forms.CharField(
        label="or a stored notification",
        required=False,
        max_length=30,
        help_text="Its number, for example N-12.",
        widget=UnfoldAdminTextInputWidget,
    )
    body = forms.CharField(
        label="or what Alertmanager would post",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5, "class": "ah-mono", "spellcheck": "false"}),
    )
    source = forms.ModelChoiceField(
        Source.objects.all(),
        label="Posted by",
        required=False,
        empty_label="any source",
        help_text="A source says which labels hold the severity.",
        widget=UnfoldAdminSelectWidget,
    )
    at = forms.DateTimeField(
        label="As if it were",
        required=False,
        validators=[check_moment],
        help_text="Empty: now. A day and a time, for example 2026-12-24 03:00, to see what silences and windows do then.",
        widget=UnfoldAdminTextInputWidget,
    )


@dataclass(frozen=True, slots=True)
class _Alike:
    """Alerts that went the same way; `first` shows it."""

    first: AlertTrial
    severity: Any
    names: list[str]
    count: int
    lines: list[tuple[Line, Any]]
    more_lines: int
    passed: int
    told: list[tuple[Line, str]]


def view(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    asked = any(given.get(name) for name in ("labels", "notification", "body"))
    form = TesterForm({"status": "firing"} | given.dict()) if asked else TesterForm(initial={"status": "firing"})
    context = admin.site.each_context(request) | {"title": "Rule tester", "form": form}
    if asked and form.is_valid():
        now = form.cleaned_data["at"] or timezone.now()
        try:
            context |= _result(_entry(request, form, now), now)
        except Unreadable as error:
            form.add_error(None, str(error))
    return TemplateResponse(request, "deliveries/tester.html", context)


def _entry(request: HttpRequest, form: TesterForm, now: datetime) -> Entry:
    labels, number, body = (form.cleaned_data[name] for name in ("labels", "notification", "body"))
    if sum(map(bool, (labels.strip(), number.strip(), body.strip()))) != 1:
        raise Unreadable("Give one of the three: labels, a notification, or a body.")
    if labels.strip():
        return tryout.of_labels(labels, form.cleaned_data["status"] or "firing", now, form.cleaned_data["source"])
    if body.strip():
        return tryout.of_body(body.encode(), source=form.cleaned_data["source"])
    if not request.user.has_perm(_OF_NOTIFICATIONS):
        raise Unreadable("You may not see notifications: write its labels instead.")
    wanted = search.number(number)
    stored = Notification.objects.filter(pk=wanted).first() if wanted is not None else None
    if stored is None:
        raise Unreadable(f"There is no notification {number.strip()}. The list of notifications has their numbers.")
    return tryout.of_notification(stored)


def _result(entry: Entry, now: datetime) -> dict[str, Any]:
    book = rulebook.current()
    trial = tryout.run(entry, book, now)
    return {
        "alike": list(_alike(trial.alerts, book.targets)),
        "alert_count": len(entry.payload.alerts),
        "tried_count": len(trial.alerts),
        "sendings": [(message, _bubble(message), words.status(message.status)) for message in trial.messages],
        "at": marks.moment(now),
        "off": list(Rule.objects.filter(enabled=False).in_order()[:_GROUPS_SHOWN]),
        "flags": [words.flag(flag) for flag in entry.payload.flags if flag != "group_key_computed"],
    }


def _alike(alerts: tuple[AlertTrial, ...], targets: Mapping[int, str]) -> Iterator[_Alike]:
    groups: dict[Any, list[AlertTrial]] = {}
    for trial in alerts:
        way = tuple((line.verdict, tuple(each.fits for each in line.conditions)) for line in trial.lines)
        key = trial.severity, trial.alert.status, trial.quiet and trial.quiet.silence_id, way, trial.fates
        groups.setdefault(key, []).append(trial)
    for members in list(groups.values())[:_GROUPS_SHOWN]:
        first = members[0]
        reached = [line for line in first.lines if line.verdict != NOT_REACHED]
        shown = reached[:_LINES_SHOWN]
        taken = [line for line in first.lines if line.verdict in (TOOK, GOES_ON, MUTED)]
        yield _Alike(
            first=first,
            severity=marks.severity(first.severity),
            names=[f"{one.alert.name or '(no alert name)'} {labels_beside_name(one.alert)}" for one in members[:5]],
            count=len(members),
            lines=[(line, marks.badge(line.verdict, _TONES[line.verdict])) for line in shown],
            more_lines=len(reached) - len(shown),
            passed=len(first.lines) - len(reached),
            told=[]
            if first.quiet
            else [(line, ", ".join(targets[each] for each in line.target_ids)) for line in taken],
        )


def _bubble(message: MessageTrial) -> bubble.Bubble | None:
    return bubble.of(message.body) if message.body is not None else None
