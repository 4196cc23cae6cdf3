"""Making tokens: the form, and the one page on which a new token is seen, which no cache and no session keeps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from routing.admin import marks
from routing.admin.moments import MomentField
from routing.inputs import local
from routing.models import ApiToken, IngestToken
from routing.models.access import ENDED, STOPPED
from routing.models.token import Token

_TRY = (
    '{"version":"4","status":"firing","receiver":"alerthub","groupKey":"try","alerts":[{"status":"firing",'
    '"labels":{"alertname":"TryAlertHub","severity":"info"},"annotations":{"summary":"A first alert"}}]}'
)


class NewTokenForm(forms.ModelForm):
    class Meta:
        model = IngestToken
        fields = ["name", "expires_at"]
        widgets = {
            "name": UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
        }
        field_classes = {"expires_at": MomentField}


def standing(token: Token) -> SafeString:
    """Whether it opens the door now."""
    state, why = token.standing(timezone.now()) if isinstance(token, ApiToken) else ("", "")
    if state in (STOPPED, ENDED):
        return format_html("{} {}", marks.badge(state, "plain"), why)
    if token.expires_at is None:
        return marks.badge("valid", "green")
    if token.expires_at <= timezone.now():
        return marks.badge("expired", "plain")
    return marks.badge("ends soon" if (token.expires_at - timezone.now()).days < 7 else "valid", "green")


def try_line(secret: str) -> str:
    """The curl line that posts a first alert with an ingest token."""
    return (
        f"curl -i {settings.PUBLIC_URL}/webhook -H 'Authorization: Bearer {secret}' "
        f"-H 'Content-Type: application/json' -d '{_TRY}'"
    )


def shown_once(request: HttpRequest, context: dict[str, Any], secret: str, token: Token) -> HttpResponse:
    """The answer to the POST that made the token: reloading or going back does not show it again."""
    further: dict[str, Any] = {"secret": secret, "token": token, "title": f"New token {token.name}"}
    further["ends"] = marks.moment(token.expires_at, brief=True) if token.expires_at else ""
    further["only_here"] = settings.PUBLIC_URL if local.is_of_this_machine(settings.PUBLIC_URL) else ""
    if isinstance(token, IngestToken):
        further["receiver"] = receiver_lines(secret)
        further["curl"] = try_line(secret)
    else:
        further["curl"] = f"curl {settings.PUBLIC_URL}/api/v1/rules/ -H 'Authorization: Bearer {secret}'"
    response = TemplateResponse(request, "routing/token_once.html", context | further)
    response["Cache-Control"] = "no-store"
    return response


def receiver_lines(secret: str) -> str:
    """What alertmanager.yml needs so that Alertmanager posts here with that ingest token."""
    return (
        "receivers:\n"
        "  - name: alerthub\n"
        "    webhook_configs:\n"
        f"      - url: {settings.PUBLIC_URL}/webhook\n"
        "        send_resolved: true\n"
        "        http_config:\n"
        "          authorization:\n"
        "            type: Bearer\n"
        f"            credentials: {secret}\n"
    )
