"""What a person does to several alerts at once: to those ticked, or to whole groups of what fires."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from deliveries import acknowledging
from deliveries.admin import shared
from deliveries.figures.burning import By
from deliveries.models import Alert, Delivery, Occurrence
from routing.inputs import bounds

_MOST = 10_000
_AT_ONCE = 500
_MOST_READ = 2_000
_LONGEST_LABEL = 200


def by_of(word: str) -> By:
    """What an address says of groups: "name", "group", "label:team"; anything else is by name."""
    what, _, label = word.partition(":")
    if what == "label" and label and "\0" not in label and len(label) <= _LONGEST_LABEL:
        return By("label", label)
    return By("group") if word == "group" else By()


def of_groups(by: By, words: list[str], rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those of the groups that an address names; a name that no group can have names none."""
    found = rows.annotate(key=by.key)
    if by.what != "group":
        return found.filter(key__in=[word for word in words if "\0" not in word])
    wanted = Q(key__in=[int(word) for word in words if bounds.is_id(word)])
    return found.filter(wanted | Q(key=None) if "" in words else wanted)


def chosen(asked: QueryDict, rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Of `rows`, what fires and is ticked: `alert` has ids, `key` groups of `group`."""
    ids, firing = (
        [word for word in asked.getlist("alert") if bounds.is_id(word)],
        rows.filter(status="firing").order_by(),
    )
    grouped = of_groups(by_of(asked.get("group", "")), asked.getlist("key"), rows).order_by()
    return firing.filter(Q(pk__in=ids) | Q(pk__in=grouped.values("pk")))


def of_delivery(delivery: str) -> QuerySet[Alert]:
    """The alerts that this message tells, by itself or with others."""
    if not bounds.is_id(delivery):
        return Alert.objects.none()
    # Two steps: a digest may carry a resolved that carries its firing. Ids, as a condition would have all rows read.
    carried = list(
        Delivery.objects.filter(carried_by=int(delivery)).order_by("pk").values_list("pk", flat=True)[:_MOST_READ]
    )
    inside = Delivery.objects.filter(carried_by__in=carried).order_by("pk") if carried else Delivery.objects.none()
    deliveries = [int(delivery), *carried, *inside.values_list("pk", flat=True)[:_MOST_READ]]
    told = Occurrence.objects.filter(delivery__in=deliveries).order_by().values("alert")
    return Alert.objects.filter(pk__in=told)


def acknowledge(request: HttpRequest, rows: QuerySet[Alert]) -> HttpResponse:
    """What a POST chooses of `rows`; whoever calls asks first who may."""
    delivery = request.POST.get("delivery", "")
    found = of_delivery(delivery).filter(status="firing") if delivery else chosen(request.POST, rows)
    ids = list(found.order_by().values_list("pk", flat=True)[:_MOST])
    name, now = request.user.get_username(), timezone.now()
    some = [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]
    done = sum(acknowledging.acknowledge(each, by=name, now=now) for each in some)
    told = f"{done} alert{'s' if done != 1 else ''} acknowledged."
    if not ids:
        told = _nothing(request)
    elif done < len(ids):
        told += " The others were already, or fire no more."
    messages.success(request, told) if done else messages.warning(request, told)
    return HttpResponseRedirect(_back(request))


def silence(request: HttpRequest, rows: QuerySet[Alert]) -> HttpResponse:
    """Leads to the form of a new silence, with what the chosen of `rows` share filled in."""
    found = chosen(request.POST, rows)
    if request.method != "POST":
        # The link of a group: its key narrowed the rows.
        found = rows.filter(status="firing").order_by() if "key" in request.GET else rows.none()
    labels = list(found.values_list("labels", flat=True)[:_MOST])
    if not labels:
        messages.warning(request, _nothing(request))
        return HttpResponseRedirect(_back(request))
    matchers = shared.matchers(labels, _label(request))
    if not matchers:
        messages.warning(request, "What they have in common cannot be filled in for you: say yourself which alerts.")
    return HttpResponseRedirect(silence_url(matchers))


def _label(request: HttpRequest) -> str:
    """The label whose value makes the groups that were chosen; "" where single alerts or other groups were."""
    asked = request.POST if request.method == "POST" else request.GET
    if "key" not in asked or "alert" in asked:
        return ""
    by = by_of(asked.get("group", ""))
    # What has no name lacks this label; a name may come from others.
    return "alertname" if by.what == "name" and "" in asked.getlist("key") else by.label


def silence_url(matchers: list[str], **more: str) -> str:
    """The form of a new silence. `more` may say `lasts`, such as "4h"."""
    return f"{reverse('admin:routing_silence_add')}?{urlencode({'matchers': chr(10).join(matchers), **more})}"


def _nothing(request: HttpRequest) -> str:
    named = {"key", "alert", "delivery"} & {*request.POST, *request.GET}
    return "Nothing of it fires any more." if named else "Tick alerts first."


def _back(request: HttpRequest) -> str:
    """To the page it came from, if that is one of ours."""
    back: Any = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return back if is_ours else reverse("admin:deliveries_alert_changelist")
