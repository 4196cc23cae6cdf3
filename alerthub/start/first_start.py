"""What the first start makes: the admin, a source with its token, the first targets and rules. Later starts make nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from alerthub import env
from alerthub.sandbox import RestAccount
from routing.changes.authorship import because
from routing.changes.history import complete
from routing.inputs import bounds
from routing.models import ApiToken, RocketChatServer, Rule, Rulebook, Source, Target
from routing.models.source import REPEAT_MARGIN
from routing.rules.severity import USUAL_LABELS

SOURCE = "alertmanager"
SEVERITIES = ("critical", "warning", "info")
# Its room is told of AlertHub's own troubles from the first minute; people move that to another room if they like.
_HEARS_TROUBLES = "info"


@dataclass(slots=True)
class Made:
    """What was made now. Secrets are here only if AlertHub made them up: they are shown once and never again."""

    anything: bool = False
    admin: str = ""
    admin_password: str = ""
    source: str = ""
    source_token: str = ""
    targets: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


@because("first start", by="AlertHub")
@transaction.atomic
def prepare(
    now: datetime, sandbox_hooks: Mapping[str, str] | None = None, sandbox_account: RestAccount | None = None
) -> Made:
    """Make what the environment describes, if this is the first start; `sandbox_hooks` stand in for missing addresses,
    and `sandbox_account` becomes a server to try REST targets with.

    Raises ValidationError for a ROCKETCHAT_..._URL that cannot be one.
    """
    Rulebook.objects.get_or_create(pk=1)
    book = Rulebook.objects.select_for_update().get(pk=1)
    Rule.objects.fallback()
    made = Made()
    if book.prepared_at is not None:
        return made
    made.anything = True
    admin = _admin(made)
    _source(made)
    _routes(made, sandbox_hooks or {})
    if sandbox_account is not None:
        _server(sandbox_account)
    if token := env.token("ALERTHUB_API_TOKEN"):
        _api_token(admin, token)
    book.refresh_from_db()
    book.prepared_at = now
    book.save(update_fields=["prepared_at"])
    return made


def _admin(made: Made) -> User:
    users = User.objects
    name = env.text("ALERTHUB_ADMIN_USER", "admin")
    found = users.filter(username=name).first()
    if found is not None:
        return found
    given = env.text("ALERTHUB_ADMIN_PASSWORD")
    made.admin, made.admin_password = name, "" if given else secrets.token_urlsafe(12)
    return users.create_superuser(username=name, email="", password=given or made.admin_password)


def _source(made: Made) -> None:
    if Source.objects.exists():
        return
    within = bounds.REPEAT_INTERVAL_SECONDS
    repeats = env.number("ALERTMANAGER_REPEAT_INTERVAL", 14_400, least=within.least, most=within.most)
    source = Source(name=SOURCE, severity_labels=list(USUAL_LABELS), repeat_interval=repeats)
    # Nothing is closed that this sender is still going to repeat.
    source.close_after = max(source.close_after, 2 * (repeats + REPEAT_MARGIN))
    source.save()
    given = env.token("ALERTMANAGER_TOKEN")
    token = source.new_token("first start", given)
    made.source, made.source_token = source.name, "" if given else token


def _routes(made: Made, sandbox_hooks: Mapping[str, str]) -> None:
    """A target whose address is not known yet is made disabled: it holds what it is owed until somebody enters it."""
    if Target.objects.exists():
        return
    _quiet_rule()
    calls, seconds = env.rate("ROCKETCHAT_RATE_LIMIT", "10/60")
    for place, severity in enumerate(SEVERITIES, start=1):
        url = env.text(f"ROCKETCHAT_{severity.upper()}_URL") or sandbox_hooks.get(severity, "")
        target = Target(name=severity, rate_limit_calls=calls, rate_limit_seconds=seconds, enabled=bool(url))
        target.hears_troubles = severity == _HEARS_TROUBLES
        if url:
            target.set_webhook_url(url)
            made.targets[severity] = target.masked_url
        else:
            made.missing.append(severity)
        target.save()
        rule = Rule.objects.create(name=severity.capitalize(), position=place * 10, severities=[severity])
        rule.targets.add(target)
        complete(rule)
        if severity == "info":
            fallback = Rule.objects.fallback()
            fallback.targets.add(target)
            complete(fallback)


def _quiet_rule() -> None:
    """Alerts that are no trouble: Watchdog always fires, InfoInhibitor only mutes others in Alertmanager."""
    rule = Rule.objects.create(
        name="Watchdog and the like", position=5, matchers='alertname=~"Watchdog|InfoInhibitor"', records_only=True
    )
    complete(rule)


def _server(account: RestAccount) -> None:
    server = RocketChatServer(name="sandbox", base_url=account.base_url, user_id=account.user_id)
    server.set_token(account.token)
    server.save()


def _api_token(admin: User, token: str) -> None:
    row = ApiToken(user=admin, name="first start", machine=True)
    row.keep(token)
    row.save()
