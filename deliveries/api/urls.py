"""The one router of the REST API: what people edit and what happened."""

from __future__ import annotations

from deliveries.api import dead, foresight, report, templates, troubles, tryout, views
from deliveries.api.servers import CheckableServerViewSet
from routing.api.urls import SlashOrNot, add_to

router = SlashOrNot()
add_to(router, targets=views.TestableTargetViewSet, servers=CheckableServerViewSet)
router.register("notifications", views.NotificationViewSet)
router.register("alerts", views.AlertViewSet)
router.register("deliveries", views.DeliveryViewSet)
router.register("dead-letters", dead.DeadLetterViewSet, basename="dead-letter")
router.register("rejected-requests", views.RejectedRequestViewSet, basename="rejected-request")
router.register("troubles", troubles.TroubleViewSet)
router.register("templates", templates.TemplateViewSet)
router.register("tryout", tryout.TryoutViewSet, basename="tryout")
router.register("impact", foresight.ImpactViewSet, basename="impact")
router.register("findings", foresight.FindingViewSet, basename="finding")
router.register("report", report.ReportViewSet, basename="report")

root = router.get_api_root_view()
