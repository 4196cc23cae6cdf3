"""What a user may do in the REST API: Django's model permissions, reading included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import DjangoModelPermissions
from rest_framework.request import Request

if TYPE_CHECKING:
    # REST framework's views import this module, which the settings name.
    from rest_framework.views import APIView

_VIEW = ["%(app_label)s.view_%(model_name)s"]


class ModelPermissions(DjangoModelPermissions):
    """A view may name what an extra action needs in `action_permissions`: {"resend": "deliveries.change_delivery"}."""

    perms_map = DjangoModelPermissions.perms_map | {"GET": _VIEW, "HEAD": _VIEW, "OPTIONS": _VIEW}

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if getattr(view, "_ignore_model_permissions", False):
            return True
        missing = [each for each in self._needed(request, view) if not request.user.has_perm(each)]
        self.message = f"This needs the permission {' and '.join(missing)}, which {request.user} does not have."
        return not missing

    def _needed(self, request: Request, view: APIView) -> list[str]:
        named = getattr(view, "action_permissions", {}).get(getattr(view, "action", None))
        return [named] if named else self.get_required_permissions(str(request.method), self._queryset(view).model)
