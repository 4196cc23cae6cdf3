"""Routes of the REST API: each address with and without the slash, never a redirect."""

from __future__ import annotations

from rest_framework.routers import DefaultRouter

from routing.api import views


class SlashOrNot(DefaultRouter):
    """A redirect would turn a POST into a GET."""

    include_format_suffixes = False
    include_root_view = False

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


def add_to(
    router: SlashOrNot, targets: type[views.TargetViewSet], servers: type[views.RocketChatServerViewSet]
) -> None:
    """Register what people edit, with the classes that can also send test messages and check connections."""
    router.register("sources", views.SourceViewSet)
    router.register(r"sources/(?P<source_id>[0-9]{1,18})/tokens", views.IngestTokenViewSet)
    router.register("targets", targets)
    router.register("servers", servers)
    router.register("rules", views.RuleViewSet)
    router.register("silences", views.SilenceViewSet)
    router.register("windows", views.TimeWindowViewSet)
    router.register("severity-words", views.SeverityWordViewSet, basename="severity-word")
    router.register("api-tokens", views.ApiTokenViewSet, basename="api-token")
