"""What sending adds to the pages of targets: the test message, how the lane stands, what deleting does to deliveries."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from deliveries import outbox, sender
from deliveries.admin import standing, words
from deliveries.admin.checking import CheckConnection
from deliveries.models import Delivery
from routing.admin import TargetAdmin, marks
from routing.models import Target


class SendingTargetAdmin(CheckConnection, TargetAdmin):
    list_display = [*TargetAdmin.list_display, "lane_shown"]
    list_select_related = ["lane", "server"]
    actions_detail = ["send_test", "check_connection"]
    readonly_fields = ["open_deliveries", "paused", "last_delivered", "last_error"]

    def get_fieldsets(self, request: HttpRequest, obj: Target | None = None) -> Any:
        now = ("How it goes", {"fields": ["open_deliveries", "paused", "last_delivered", "last_error"]})
        return [now, *super().get_fieldsets(request, obj)] if obj else super().get_fieldsets(request, obj)

    @action(
        description="Send test message", url_path="test", icon="send", variant=ActionVariant.PRIMARY,
        permissions=["change"],
    )  # fmt: skip
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A POST sends and leads back here, where `?delivery=` tells what came of it: reloading sends nothing."""
        target = self.get_object(request, object_id)
        if target is None:
            raise Http404
        if request.method == "POST":
            sent = self._send(request, target)
            here = reverse("admin:routing_target_send_test", args=[target.pk])
            return HttpResponseRedirect(f"{here}?delivery={sent.pk}")
        now = timezone.now()
        test = self._asked_for(request, target)
        context = self.admin_site.each_context(request) | {
            "title": f"Test message to {target}",
            "opts": self.opts,
            "original": target,
            "test": test,
            "result": standing.of(test, now) if test else None,
            "attempt": test.attempts.order_by("-number").first() if test else None,
            "state": words.state(test) if test else "",
        }
        return TemplateResponse(request, "deliveries/target_test.html", context)

    def _send(self, request: HttpRequest, target: Target) -> Delivery:
        test = outbox.owe_test(target, asked_by=request.user.get_username(), now=timezone.now())
        client = sender.new_client()
        try:
            sender.send_now(test, client, clock=sender.utc_now, worker="admin")
        finally:
            client.close()
        return test

    def _asked_for(self, request: HttpRequest, target: Target) -> Delivery | None:
        number = request.GET.get("delivery", "")
        if not number.isdecimal() or len(number) > 18:
            return None
        return Delivery.objects.filter(pk=int(number), target=target, kind=Delivery.Kind.TEST).first()

    def consequence(self, target: Target) -> str:
        still = target.deliveries.filter(state__in=Delivery.OPEN).count()
        if not still:
            return f"{super().consequence(target)} No delivery waits for it."
        ends = "1 delivery still waits: it ends" if still == 1 else f"{still} deliveries still wait: they end"
        return f"{super().consequence(target)} {ends} as cancelled, with that reason. Nothing leaves the trail."

    def delete_model(self, request: HttpRequest, obj: Target) -> None:
        super().delete_model(request, obj)
        outbox.close_orphans(timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> None:
        super().delete_queryset(request, queryset)
        outbox.close_orphans(timezone.now())

    @display(description="Lane")
    def lane_shown(self, target: Target) -> SafeString | str:
        """Compactly: trouble first."""
        lane = getattr(target, "lane", None)
        if lane is None:
            return marks.badge("not used yet", "plain")
        if lane.failures:
            return marks.badge("in trouble", "red", lane.last_error)
        if lane.paused_until and lane.paused_until > timezone.now():
            return marks.badge("paused", "orange", "Its rate limit is used up.")
        return marks.badge("ok", "green") if lane.last_delivered_at else marks.badge("not used yet", "plain")

    @display(description="Open deliveries")
    def open_deliveries(self, target: Target) -> SafeString:
        still = target.deliveries.filter(state__in=Delivery.OPEN).count()
        address = reverse("admin:deliveries_delivery_changelist")
        return format_html(
            '<a class="ah-link" href="{}?target__id__exact={}">{} waiting or under way</a>', address, target.pk, still
        )

    @display(description="Paused until")
    def paused(self, target: Target) -> SafeString | str:
        lane = getattr(target, "lane", None)
        until = lane.paused_until if lane else None
        if lane is None or until is None or until <= timezone.now():
            return "not paused"
        why = "the last attempts failed" if lane.failures else "its rate limit is used up"
        return format_html("{}: {}", marks.moment(until), why)

    @display(description="Last delivered")
    def last_delivered(self, target: Target) -> SafeString | str:
        lane = getattr(target, "lane", None)
        return marks.moment(lane.last_delivered_at) if lane else marks.NOTHING

    @display(description="Last error")
    def last_error(self, target: Target) -> SafeString | str:
        lane = getattr(target, "lane", None)
        if lane is None or not lane.last_error:
            return "none"
        return format_html("{} {}", marks.moment(lane.last_error_at), lane.last_error)


# Routing knows nothing of deliveries, so its page is replaced from here; `routing` is loaded first.
admin.site.unregister(Target)
admin.site.register(Target, SendingTargetAdmin)
