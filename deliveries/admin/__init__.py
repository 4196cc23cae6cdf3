"""The audit trail, to be read; and what sending adds to the pages of targets."""

from __future__ import annotations

from deliveries.admin.alert import AlertAdmin
from deliveries.admin.dead import DeadLetterAdmin
from deliveries.admin.delivery import DeliveryAdmin
from deliveries.admin.impact import ImpactRuleAdmin
from deliveries.admin.notification import NotificationAdmin
from deliveries.admin.rejected import RejectedRequestAdmin
from deliveries.admin.server import SendingServerAdmin
from deliveries.admin.silence import CoveringSilenceAdmin
from deliveries.admin.target import SendingTargetAdmin
from deliveries.admin.template import TemplateAdmin
from deliveries.admin.trouble import TroubleAdmin

__all__ = [
    "AlertAdmin",
    "CoveringSilenceAdmin",
    "DeadLetterAdmin",
    "DeliveryAdmin",
    "ImpactRuleAdmin",
    "NotificationAdmin",
    "RejectedRequestAdmin",
    "SendingServerAdmin",
    "SendingTargetAdmin",
    "TemplateAdmin",
    "TroubleAdmin",
]
