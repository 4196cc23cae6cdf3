"""The four roles people have, as groups whose permissions are set after every `migrate`.

They are set exactly: what a role may do is the same on every installation of one version. Groups of an installation's own,
made before there was no page for them or by a program, are left alone. Who is given the role Administrator on their page
becomes Django's superuser with it, and loses both together. Models that a version does not have are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission

VIEWER, RESPONDER, ROUTE_EDITOR, ADMINISTRATOR = "Viewer", "Responder", "Route editor", "Administrator"


@dataclass(frozen=True, slots=True)
class Role:
    """`permissions` as "app.codename"; None: all there are."""

    name: str
    sentence: str
    permissions: frozenset[str] | None


def _each(app: str, verbs: str, models: str) -> set[str]:
    return {f"{app}.{verb}_{model}" for verb in verbs.split() for model in models.split()}


_READS = _each(
    "routing",
    "view",
    "rule target rocketchatserver source ingesttoken severityalias silence timewindow timeinterval template walllink",
) | _each("deliveries", "view", "alert delivery deadletter notification rejectedrequest trouble attempt savedfilter")
# A token acts with its user's permissions, and everybody sees only their own.
_OWN = _each("routing", "view add change delete", "apitoken") | _each("deliveries", "add delete", "savedfilter")
# To change a saved filter is to share it.
_SHARES = {"deliveries.change_savedfilter"}
_RESPONDS = _each("routing", "add change", "silence") | {"deliveries.acknowledge_alert", "deliveries.change_delivery"}
_EDITS = _each("routing", "add change delete", "rule timewindow timeinterval severityalias template walllink") | {
    "routing.test_target"
}

ROLES = (
    Role(VIEWER, "Reads everything. Sees no secret and changes nothing.", frozenset(_READS | _OWN)),
    Role(
        RESPONDER,
        "Reads everything; silences and acknowledges alerts, sends deliveries again or gives them up.",
        frozenset(_READS | _OWN | _SHARES | _RESPONDS),
    ),
    Role(
        ROUTE_EDITOR,
        "Reads everything; edits rules, time windows, templates and severity words, tries rules, sends test messages, "
        "makes and revokes links to the wall.",
        frozenset(_READS | _OWN | _SHARES | _EDITS),
    ),
    Role(ADMINISTRATOR, "May do everything: also targets, servers, sources, users and tokens.", None),
)


def lay(using: str = "default", **__: Any) -> None:
    """Make the groups and set what they may do. Safe to repeat. Called by Django's post_migrate."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using).select_related("content_type")
    }
    for role in ROLES:
        group, _made = Group.objects.using(using).get_or_create(name=role.name)
        wanted = (
            known if role.permissions is None else {name: known[name] for name in role.permissions if name in known}
        )
        group.permissions.set(wanted.values())


def is_administrator(user: Any) -> bool:
    """Somebody who can log in and may do everything."""
    can_log_in = user.is_active and user.is_staff
    return can_log_in and (user.is_superuser or user.groups.filter(name=ADMINISTRATOR).exists())
