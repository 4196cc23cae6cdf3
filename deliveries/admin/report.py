"""The report's page: what to mend first, then its figures, each leading to its rows; and each part of it as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from deliveries import export
from deliveries.admin import report_chart
from deliveries.figures.percentiles import shown
from deliveries.figures.report import DAYS, Report, advice, remembered, tables
from deliveries.figures.report.advice import Advice
from deliveries.figures.report.values import NIGHT, Course, NameLine, RuleLine, SilenceLine, TargetLine
from routing.admin import marks
from routing.admin.forgiving import LONGEST_SEARCH
from routing.rules.matchers.matcher import written

PERMISSION = "deliveries.view_delivery"
_SHOWN = 10
_SECONDS_UNTIL_COUNTED = "5"


def view(request: HttpRequest) -> HttpResponse:
    """`days`: 7, 30 or 90."""
    days = _asked(request)
    context = admin.site.each_context(request) | {
        "title": "Report", "days": days, "choices": DAYS, "shown": _SHOWN,
    }  # fmt: skip
    found = _report(request, days)
    if found is None:
        answer = TemplateResponse(request, "deliveries/report_later.html", context)
        answer["Refresh"] = _SECONDS_UNTIL_COUNTED
        return answer
    return TemplateResponse(request, "deliveries/report.html", context | _told(found))


def as_csv(request: HttpRequest) -> HttpResponse:
    """`part` of the report (alerts if none is named), up to the thousand names it holds. What a spreadsheet could run is made harmless."""
    days, part = _asked(request), request.GET.get("part", "alerts")
    if part not in tables.COLUMNS:
        raise Http404
    if part == "silences" and not request.user.has_perm("routing.view_silence"):
        raise PermissionDenied
    found = _report(request, days)
    if found is None:
        return HttpResponse(
            "The report is being counted. Ask again in a few seconds.\n",
            "text/plain; charset=utf-8",
            503,
            headers={"Retry-After": _SECONDS_UNTIL_COUNTED},
        )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(tables.COLUMNS[part])
    writer.writerows([export.harmless(cell) for cell in row] for row in tables.rows(found, part))
    headers = {
        "Content-Disposition": f'attachment; filename="report-{part}-{days}-days.csv"', "Cache-Control": "no-store",
    }  # fmt: skip
    return HttpResponse(export.MARK + text.getvalue(), "text/csv; charset=utf-8", headers=headers)


def _asked(request: HttpRequest) -> int:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    days = request.GET.get("days", "")
    return next((each for each in DAYS if str(each) == days), DAYS[0])


def _report(request: HttpRequest, days: int) -> Report | None:
    """Without what the person may not see; None: it is being counted."""
    found = remembered.report(timezone.now(), days, timezone.get_current_timezone())
    if found is None or request.user.has_perm("routing.view_silence"):
        return found
    return found.without_silences()


def _told(found: Report) -> dict[str, Any]:
    most = max((line.told for line in found.names), default=0)
    by_night = sorted((line for line in found.names if line.at_night), key=lambda line: -line.at_night)
    flapping = sorted((line for line in found.names if line.flaps), key=lambda line: -line.course.firings)
    in_trouble = [line for line in found.targets if line.delivered or line.undelivered or line.pending]
    return {
        "report": found,
        "as_of": marks.moment(found.until, brief=True),
        "night": NIGHT,
        "advice": [(one, _of(one, found.days)) for one in advice.of(found)],
        "tiles": _tiles(found),
        "chart": report_chart.by_hour(found.hours, found.zone),
        "names": [_name(line, found.days, most) for line in found.names[:_SHOWN] if line.told],
        "rules": [_rule(line, found.days) for line in found.rules[:_SHOWN]],
        "nights": [_name(line, found.days, most) for line in by_night[:_SHOWN]],
        "flapping": [_name(line, found.days, most) for line in flapping[:_SHOWN]],
        "paces": [(marks.severity(line.severity), *_pace(line.course)) for line in found.severities],
        "targets": [_target(line, found.days) for line in in_trouble],
        "silences": [_silence(line) for line in found.silences[:_SHOWN]],
        "silent_hours": f"{sum(line.hours for line in found.silences):,.0f}",
    }


def _tiles(found: Report) -> list[tuple[str, str, str, str]]:
    """(label, figure, address, a word more) of what stands above the tables."""
    firings = sum(line.course.firings for line in found.severities)
    acknowledged = sum(line.course.acknowledged for line in found.severities)
    failed = sum(line.undelivered for line in found.targets)
    share = f"{found.at_night / found.told:.0%} of all" if found.told else ""
    return [
        ("firing messages told", f"{found.told:,}", _deliveries(found.days, status__exact="firing"),
         f"{found.told / found.days:,.0f} a day"),
        ("of them at night", f"{found.at_night:,}", _deliveries(found.days, status__exact="firing", hours="night"), share),
        ("times something fired", f"{firings:,}", "", f"{acknowledged:,} of them acknowledged"),
        ("undelivered", f"{failed:,}", _deliveries(found.days, told="failed"), "rejected or expired"),
    ]  # fmt: skip


def _deliveries(days: int, **filters: Any) -> str:
    return f"{reverse('admin:deliveries_delivery_changelist')}?{urlencode({'last': days * 24, **filters})}"


def _name(line: NameLine, days: int, most: int) -> dict[str, Any]:
    telling = {"alert": line.name, "status__exact": "firing"}
    return {
        "name": line.name or "(no alert name)",
        "page": _alerts(line.name),
        "told": f"{line.told:,}",
        "list": _deliveries(days, **telling) if line.name and line.told else "",
        "at_night": f"{line.at_night:,}",
        "share": f"{line.at_night / line.told:.0%}" if line.told else marks.NOTHING,
        "nights": _deliveries(days, **telling, hours="night") if line.name and line.at_night else "",
        "bar": report_chart.bar(line.told - line.at_night, line.at_night, most),
        "rooms": line.rooms,
        "firings": f"{line.course.firings:,}",
        "alerts": f"{line.course.alerts:,}",
        "lasted": shown(line.course.to_resolve.median),
        "acknowledged": f"{line.course.acknowledged:,}",
    }


def _alerts(name: str) -> str:
    """The alerts of that name, whatever their state; empty for a name that no search takes."""
    asked = written("alertname", "=", name)
    if not name or len(asked) > LONGEST_SEARCH or '"' in name or "\\" in name:
        return ""
    return f"{reverse('admin:deliveries_alert_changelist')}?{urlencode({'status': 'all', 'q': asked})}"


def _rule(line: RuleLine, days: int) -> dict[str, Any]:
    page, rows = "", ""
    if line.rule_id is not None:
        page = reverse("admin:routing_rule_change", args=[line.rule_id])
        rows = _deliveries(days, rule__id__exact=line.rule_id, status__exact="firing")
    share = f"{line.at_night / line.told:.0%}" if line.told else marks.NOTHING
    return {"line": line, "page": page, "list": rows, "told": f"{line.told:,}", "share": share}


def _target(line: TargetLine, days: int) -> dict[str, Any]:
    page, rows = "", dict.fromkeys(("yes", "failed", "open"), "")
    if line.target_id is not None:
        page = reverse("admin:routing_target_change", args=[line.target_id])
        rows = {told: _deliveries(days, target__id__exact=line.target_id, told=told) for told in rows}
    return {
        "line": line,
        "page": page,
        "figures": [
            ("delivered", f"{line.delivered:,}", rows["yes"] if line.delivered else "", ""),
            ("undelivered", f"{line.undelivered:,}", rows["failed"] if line.undelivered else "", "ah-report-bad"),
            ("pending", f"{line.pending:,}", rows["open"] if line.pending else "", ""),
        ],
        "p95": shown(line.p95),
        "pace": _pace(line.course),
    }


def _pace(course: Course) -> Sequence[str]:
    """Firings, share acknowledged, times to acknowledge, times to resolve."""
    share = course.share_acknowledged
    return (
        f"{course.firings:,}",
        marks.NOTHING if share is None else f"{share:.0%}",
        _times(course.to_acknowledge.median, course.to_acknowledge.p90),
        _times(course.to_resolve.median, course.to_resolve.p90),
    )


def _times(median: float | None, p90: float | None) -> str:
    return marks.NOTHING if median is None else f"{shown(median)} · {shown(p90)}"


def _silence(line: SilenceLine) -> dict[str, Any]:
    return {
        "line": line,
        "page": reverse("admin:routing_silence_change", args=[line.silence_id]),
        "until": marks.moment(line.ends_at, brief=True),
        "hours": f"{line.hours:,.0f}",
    }


def _of(one: Advice, days: int) -> str:
    """Where it leads: the page of a rule, a target or a silence; the messages of an alert; the alerts of a severity."""
    match one.kind:
        case "alert":
            return _deliveries(days, alert=one.key, status__exact="firing") if one.key else ""
        case "severity":
            asked = urlencode({"status": "all", "severity": one.key or ""})
            return f"{reverse('admin:deliveries_alert_changelist')}?{asked}"
    return reverse(f"admin:routing_{one.kind}_change", args=[one.key])
