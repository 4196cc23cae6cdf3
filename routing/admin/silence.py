"""Silences: made in two clicks from an alert, extended, ended early, and kept for the trail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from routing.admin import lasting, marks, reason
from routing.admin.folding import fold
from routing.admin.moments import MomentField
from routing.admin.remembered import Remembered
from routing.changes import authorship, changing
from routing.models import Silence
from routing.models.moment import check_moment


class NewSilenceForm(forms.ModelForm):
    """From now for a usual length, unless one's own moments are given."""

    starts_at = MomentField(label="From", required=False, help_text="Empty: now.", validators=[check_moment])
    # Known already here, so that an address may choose one.
    lasts = forms.ChoiceField(
        label="How long", widget=lasting.Chips, initial="1h", choices=lambda: lasting.choices(timezone.now())
    )
    ends_at = MomentField(label="Until", required=False, validators=[check_moment])
    zone = lasting.ZoneField()

    class Meta:
        model = Silence
        fields: list[str] = []  # the admin names them, in its fieldsets

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = timezone.now()
        self.fields["lasts"].choices = lasting.choices(self._now)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "lasts" not in cleaned or "starts_at" not in cleaned or "ends_at" not in cleaned:
            return cleaned
        start = cleaned["starts_at"] or self._now
        # A time of one's own is meant, whatever chip was left chosen.
        chosen = lasting.CUSTOM if cleaned["ends_at"] else cleaned["lasts"]
        end = lasting.until(chosen, start, self._now, cleaned["ends_at"], cleaned["zone"])
        if end is None:
            self.add_error("ends_at", "Give the day and the time at which it ends.")
        elif end <= max(start, self._now):
            self.add_error("ends_at", "A silence has to end after it begins, and in time to come.")
        return cleaned | {"starts_at": start, "ends_at": end}


class StateFilter(RadioFilter):
    title = "status"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "silent now"), ("pending", "to come"), ("over", "over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Silence]) -> QuerySet[Silence]:
        now, rows = timezone.now(), Silence.objects.all()
        chosen = {"active": rows.active(now), "pending": rows.pending(now), "over": rows.over(now)}.get(
            str(self.value())
        )
        return queryset if chosen is None else queryset.filter(pk__in=chosen.values("pk"))


@admin.register(Silence)
class SilenceAdmin(Remembered):
    loses_rows = False
    list_display = ["number", "stands", "matching", "until_shown", "author", "why"]
    list_filter = [StateFilter]
    search_fields = ["matchers", "comment", "author"]
    list_before_template = "routing/silences_before.html"
    warn_unsaved_form = True
    actions_detail = ["extend", "end_now", "silence_again"]

    def asks_why(self, obj: Any) -> bool:
        """A new one says so in its comment."""
        return obj is not None

    def get_form(self, request: HttpRequest, obj: Silence | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewSilenceForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Silence | None = None) -> Any:
        if obj is None:
            parts = [
                ("Which alerts: all of this must hold", {"fields": ["matchers"]}),
                ("When", {"fields": ["lasts", "ends_at", "zone"]}),
                ("Why", {"fields": ["comment"]}),
            ]
            # Whoever comes from alerts has only the reason to say: it stands first, so it has the focus.
            return [*(parts[::-1] if request.GET.get("matchers") else parts), fold("Begin later", "starts_at")]
        shown = ["stands", "author", "starts_at", "ends_at"]
        return [(None, {"fields": shown}), ("Which alerts", {"fields": ["matchers", "comment"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Silence | None = None) -> Any:
        return ["stands", "author"] if obj else []

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "matchers":
            kwargs["widget"] = UnfoldAdminTextareaWidget(
                attrs={"rows": 4, "class": "ah-mono", "spellcheck": "false", "autocapitalize": "off"}
            )
        if db_field.name == "comment":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": "New disks go in, ann"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Silence, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user.get_username()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is ended instead: the trail of what it kept back names it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that is over is history."""
        is_over = isinstance(obj, Silence) and obj.ends_at <= timezone.now()
        return super().has_change_permission(request, obj) and not is_over

    def has_lengthen_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        silence = self.get_object(request, str(object_id)) if object_id is not None else None
        return silence is not None and self.has_change_permission(request, silence)

    def has_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        silence = self.get_object(request, str(object_id)) if object_id is not None else None
        return silence is not None and silence.ends_at <= timezone.now() and self.has_add_permission(request)

    @action(description="Extend", url_path="extend", icon="more_time", permissions=["lengthen"])
    def extend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        silence = self._asked(request, object_id)
        now = timezone.now()
        form = lasting.LastingForm(request.POST or None, now=now)
        if request.method == "POST" and form.is_valid() and not reason.is_missing(request.POST):
            return self._end(request, silence, form.cleaned_data["until"], "It lasts")
        return self._page(request, silence, f"How long shall {silence} last?", form=form)

    @action(
        description="End now", url_path="end", icon="notifications_active", variant=ActionVariant.PRIMARY,
        permissions=["lengthen"],
    )  # fmt: skip
    def end_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        silence = self._asked(request, object_id)
        if request.method == "POST" and not reason.is_missing(request.POST):
            return self._end(request, silence, timezone.now(), "It ended")
        return self._page(request, silence, f"End {silence} now?")

    @action(description="Silence again", url_path="again", icon="notifications_paused", permissions=["again"])
    def silence_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        silence = self._asked(request, object_id)
        prefilled = urlencode({"matchers": silence.matchers, "comment": silence.comment})
        return HttpResponseRedirect(f"{reverse('admin:routing_silence_add')}?{prefilled}")

    def _asked(self, request: HttpRequest, object_id: str) -> Silence:
        silence = self.get_object(request, object_id)
        if silence is None:
            raise Http404
        return silence

    def _page(self, request: HttpRequest, silence: Silence, title: str, form: Any = None) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "until": marks.moment(silence.ends_at, brief=True),
            "title": title, "opts": self.opts, "original": silence, "form": form, "stands": self.stands(silence),
            "is_refused": request.method == "POST" and reason.is_missing(request.POST),
        } | reason.context()  # fmt: skip
        return TemplateResponse(request, "routing/silence_until.html", context)

    def _end(self, request: HttpRequest, silence: Silence, at: Any, words: str) -> HttpResponse:
        with transaction.atomic(), authorship.because(reason.given(request.POST)):
            silence = changing.locked(Silence, silence.pk) or silence
            before = changing.values(silence)
            silence.starts_at, silence.ends_at = min(silence.starts_at, at), at
            changing.save(silence, before)
        self.log_change(request, silence, f"{words} until {at:%Y-%m-%d %H:%M} UTC.")
        tail = (
            "What still fires is told in a moment."
            if words == "It ended"
            else format_html("Now it ends {}.", marks.moment(at, brief=True))
        )
        self.message_user(request, format_html("{}: {}", silence, tail))
        return HttpResponseRedirect(reverse("admin:routing_silence_change", args=[silence.pk]))

    @display(description="Number", ordering="id")
    def number(self, silence: Silence) -> str:
        return str(silence)

    @display(description="Status")
    def stands(self, silence: Silence) -> SafeString:
        return standing(silence)

    @display(description="Alerts with")
    def matching(self, silence: Silence) -> SafeString | str:
        return marks.code(silence.matchers)

    @display(description="Until", ordering="ends_at")
    def until_shown(self, silence: Silence) -> SafeString | str:
        return marks.moment(silence.ends_at, brief=True)

    @display(description="Why")
    def why(self, silence: Silence) -> str:
        return silence.comment


def standing(silence: Silence) -> SafeString:
    now = timezone.now()
    if silence.ends_at <= now:
        return marks.badge("over", "plain")
    if silence.starts_at > now:
        return format_html("{} {}", marks.badge("to come", "blue"), marks.moment(silence.starts_at, brief=True))
    return marks.badge("silent now", "orange")
