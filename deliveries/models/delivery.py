"""What is owed to a target, and how far it got."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from deliveries.models.notification import Conversation, Notification
from routing.models import Rule, Target


class Delivery(models.Model):
    """One message owed to one target. Its state and its reason are always up to date; it is never deleted.

    Names of target and rule are kept beside the keys, so that deleting either leaves history readable.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "sending"
        HELD = "held", "held"
        DELIVERED = "delivered", "delivered"
        REJECTED = "rejected", "rejected"
        EXPIRED = "expired", "expired"
        CANCELLED = "cancelled", "cancelled"

    OPEN = (State.WAITING, State.SENDING, State.HELD)

    class Kind(models.TextChoices):
        ALERT = "alert", "alert"
        TEST = "test", "test message"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ALERT)
    notification = models.ForeignKey(Notification, null=True, on_delete=models.PROTECT, related_name="deliveries")
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.BigIntegerField(null=True, help_text="Place in the conversation.")
    # No index of its own: without statistics PostgreSQL would take it for a claim and read the whole backlog.
    target = models.ForeignKey(Target, null=True, on_delete=models.SET_NULL, related_name="deliveries", db_index=False)
    target_name = models.CharField(max_length=100)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    rule_name = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, blank=True, help_text="firing or resolved.")
    severity = models.CharField(max_length=50, blank=True)
    title = models.CharField(max_length=300, blank=True)
    positions = models.JSONField(default=list, help_text="Places of its alerts in the notification's body.")
    resend_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="resends")
    asked_by = models.CharField(max_length=150, blank=True, help_text="Who asked for it, if a person did.")

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=30, blank=True, help_text="Why it is in this state: a closed set of words.")
    explanation = models.TextField(blank=True, help_text="The same for people.")
    plain = models.BooleanField(default=False, help_text="To be sent as short plain text.")
    tries = models.PositiveIntegerField(default=0, help_text="Attempts that counted for the retry schedule.")
    attempt_count = models.PositiveIntegerField(default=0)
    unknown_count = models.PositiveIntegerField(default=0, help_text="Attempts that may have reached the room unseen.")
    next_attempt_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="place_in_conversation"),
            # Order: at most one message of a conversation is on its way to a target.
            models.UniqueConstraint(
                fields=["target", "conversation"], condition=Q(state="sending"), name="one_sending_per_conversation"
            ),
        ]
        indexes = [
            # The pump: which targets have something due? And a claim: what is due for this target?
            models.Index(fields=["target", "next_attempt_at", "id"], condition=Q(state="waiting"), name="delivery_due"),
            # A claim: is there an earlier open delivery of the same conversation?
            models.Index(
                fields=["conversation", "target", "seq"],
                condition=Q(state__in=("waiting", "sending", "held")),
                name="delivery_ahead",
            ),
            # The pump: which leases have run out?
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="delivery_leased"),
            # The list filtered by state.
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
        ]

    def __str__(self) -> str:
        return f"D-{self.pk}"
