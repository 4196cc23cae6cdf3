"""Links to the wall: made here, seen once, revoked at once. What they show is in deliveries.admin.wall."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from routing.access import tokens
from routing.admin import marks
from routing.admin.seen_once import SeenOnce
from routing.inputs import local
from routing.models import WallLink
from routing.models.wall import REVOKED, VALID


@admin.register(WallLink)
class WallLinkAdmin(SeenOnce):
    secret_prefix = tokens.WALL_PREFIX
    list_display = ["name", "ends_with", "standing", "made", "last_used"]
    search_fields = ["name"]
    actions = ["revoke_chosen"]
    actions_detail = ["revoke"]
    list_before_template = "routing/wall_links_before.html"

    def get_fields(self, request: HttpRequest, obj: WallLink | None = None) -> list[str]:
        return ["name", "ends_with", "standing", "expires_at", "made", "last_used"] if obj else ["name", "expires_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: WallLink | None = None) -> list[str]:
        if obj is None:
            return []
        return ["ends_with", "standing", "made", "last_used", *(["expires_at"] if obj.revoked_at else [])]

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            obj.made_by = request.user.get_username()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The answer to the POST that made it: reloading or going back does not show it again."""
        context = self.admin_site.each_context(request) | {
            "opts": self.opts, "original": obj, "title": f"New link {obj.name}", "link": obj,
            "address": f"{settings.PUBLIC_URL}/wall/{obj.secret}/",
            "only_here": settings.PUBLIC_URL if local.is_of_this_machine(settings.PUBLIC_URL) else "",
        }  # fmt: skip
        answer = TemplateResponse(request, "routing/wall_once.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    @action(description="Revoke", permissions=["change"])
    def revoke_chosen(self, request: HttpRequest, queryset: QuerySet[WallLink]) -> None:
        self.message_user(request, _said(_revoke(request, queryset)))

    @action(description="Revoke", url_path="revoke", icon="block", permissions=["revoke"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks first; then it shows nothing any more, at once."""
        link = self.get_object(request, object_id)
        if link is None:
            raise Http404
        if request.method == "POST":
            self.message_user(request, _said(_revoke(request, WallLink.objects.filter(pk=link.pk))), messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:routing_walllink_changelist"))
        context = self.admin_site.each_context(request) | {
            "opts": self.opts, "original": link, "title": f"Revoke {link.name}",
        }  # fmt: skip
        return TemplateResponse(request, "routing/wall_revoke.html", context)

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """For one that is not revoked yet; one that is not there is the page's to say."""
        if not self.has_change_permission(request) or object_id is None:
            return False
        link = self.get_object(request, str(object_id))
        return link is None or link.revoked_at is None

    @display(description="Ends with")
    def ends_with(self, link: WallLink) -> SafeString | str:
        return marks.code(f"…{link.hint}")

    @display(description="Status")
    def standing(self, link: WallLink) -> SafeString:
        state = link.standing(timezone.now())
        shown = marks.badge(state, "green" if state == VALID else "plain")
        if state != REVOKED:
            return shown
        at = marks.moment(link.revoked_at, brief=True)
        return format_html("{} {} by {}", shown, at, link.revoked_by)

    @display(description="Made", ordering="created_at")
    def made(self, link: WallLink) -> SafeString | str:
        return format_html("{} by {}", marks.moment(link.created_at, brief=True), link.made_by or "nobody known")

    @display(description="Last used", ordering="last_used_at")
    def last_used(self, link: WallLink) -> SafeString | str:
        return marks.moment(link.last_used_at) if link.last_used_at else "never"


def _revoke(request: HttpRequest, links: QuerySet[WallLink]) -> int:
    """How many were not revoked before."""
    by = request.user.get_username()
    return links.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by)


def _said(count: int) -> str:
    if not count:
        return "It was revoked before."
    return f"{count} link{'s show' if count > 1 else ' shows'} nothing any more."
