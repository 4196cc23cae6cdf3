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

from deliveries import outbox
from deliveries.admin import lane, standing, words
from deliveries.admin.checking import CheckConnection
from deliveries.admin.linted import Linted
from deliveries.foresight import findings
from deliveries.foresight.findings import Findings
from deliveries.models import Delivery
from deliveries.send.testing import send_test
from deliveries.wake import nudge
from routing.admin import TargetAdmin
from routing.changes.changing import Values
from routing.models import Target


class SendingTargetAdmin(Linted, CheckConnection, TargetAdmin):
    list_display = [*TargetAdmin.list_display, "lane_shown"]
    list_select_related = ["lane", "server"]
    actions_detail = ["send_test", "try_now", "check_connection"]
    change_form_template = "deliveries/target.html"

    def findings(self, now: Any) -> Findings:
        return findings.of_targets()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("obj") is not None:
            context |= {"standing": lane.card(kwargs["obj"], timezone.now())}
        return super().render_change_form(request, context, *args, **kwargs)

    @action(
        description="Send test message", url_path="test", icon="send", variant=ActionVariant.PRIMARY,
        permissions=["send_test"],
    )  # fmt: skip
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A POST sends and leads back here, where `?delivery=` tells what came of it: reloading sends nothing."""
        target = self.get_object(request, object_id)
        if target is None:
            raise Http404
        if request.method == "POST":
            sent, outcome = send_test(target, asked_by=request.user.get_username(), worker="admin")
            if outcome is None:
                nudge.targets([target.pk])
            here = reverse("admin:routing_target_send_test", args=[target.pk])
            return HttpResponseRedirect(f"{here}?delivery={sent.pk}")
        now = timezone.now()
        test = self._asked_for(request, target)
        context = self.admin_site.each_context(request) | {
            "title": f"Test message to {target}",
            "opts": self.opts,
            "original": target,
            "test": test,
            "result": standing.of(test, now, test.attempts.order_by("-number").first()) if test else None,
            "attempt": test.attempts.order_by("-number").first() if test else None,
            "state": words.state(test) if test else "",
        }
        return TemplateResponse(request, "deliveries/target_test.html", context)

    def _asked_for(self, request: HttpRequest, target: Target) -> Delivery | None:
        number = request.GET.get("delivery", "")
        if not number.isdecimal() or len(number) > 18:
            return None
        return Delivery.objects.filter(pk=int(number), target=target, kind=Delivery.Kind.TEST).first()

    @action(description="Try now", url_path="try-now", icon="bolt", permissions=["try_now"])
    def try_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Looking asks; a POST lets a target in trouble be tried at once, with one delivery."""
        target = self.get_object(request, object_id)
        if target is None:
            raise Http404
        now = timezone.now()
        if request.method == "POST":
            if outbox.try_now(target.pk, now):
                nudge.targets([target.pk])
                self.message_user(request, f"{target} is tried now: reload in a moment to see what came of it.")
            else:
                self.message_user(request, f"{target} works again, so there was nothing to try.")
            page = reverse("admin:routing_target_change", args=[target.pk])
            return HttpResponseRedirect(reverse("admin:index") if request.POST.get("back") == "home" else page)
        context = self.admin_site.each_context(request) | {
            "title": f"Try {target} now", "opts": self.opts, "original": target, "stands": lane.sentence(target, now),
            "is_owed": target.deliveries.filter(state__in=Delivery.OPEN).exists(),
        }  # fmt: skip
        return TemplateResponse(request, "deliveries/try_now.html", context)

    def has_send_test_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("routing.test_target")

    def has_try_now_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """For who may send deliveries again, while it is in trouble."""
        target = self.get_object(request, str(object_id)) if object_id is not None else None
        row = lane.of(target) if target is not None and target.enabled else None
        in_trouble = row is not None and row.trouble_since is not None
        return in_trouble and request.user.has_perm("deliveries.change_delivery")

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

    def now_is(self, request: HttpRequest, row: Target, before: Values | None) -> SafeString | str:
        """With the way to try it, for who may."""
        said = super().now_is(request, row, before)
        if not said or not self.has_send_test_permission(request):
            return said
        test = reverse("admin:routing_target_send_test", args=[row.pk])
        return format_html('{} It was not tried yet: <a class="ah-link" href="{}">Send test message</a>', said, test)

    @display(description="How it goes")
    def lane_shown(self, target: Target) -> SafeString:
        return lane.badge(target, timezone.now())


# Routing knows nothing of deliveries, so its page is replaced from here; `routing` is loaded first.
admin.site.unregister(Target)
admin.site.register(Target, SendingTargetAdmin)
