"""What is owed to a target, and how far it got."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from deliveries.models.notification import Conversation, Notification
from deliveries.rocketchat import message_ids
from routing.models import Rule, Target
from routing.rules.severity import ORDER

# True of every delivery. Lists say it and may so use the index by target; claims do not, and so never can.
LISTED = Q(id__gt=0)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> DeliveryQuerySet:
        """What waits and may be sent now, as far as it alone says; its lane may be paused or in trouble."""
        return self.filter(state=Delivery.State.WAITING, next_attempt_at__lte=now)

    def open(self) -> DeliveryQuerySet:
        """What has not ended: a merged one too, until what carries it is in the room."""
        return self.filter(ended_at=None)

    def dead(self) -> DeliveryQuerySet:
        """What ended badly or is held, until somebody sends it again or gives it up."""
        return self.filter(state__in=Delivery.DEAD, settled=False)

    def free(self, *, of: tuple[str, ...] = (), no_key: bool = False) -> DeliveryQuerySet:
        """Those that nobody else holds, locked until the transaction ends; SQLite, with its one writer, locks none.

        `of=("self",)` where rows of other tables come along.
        """
        return self.select_for_update(skip_locked=True, of=of, no_key=no_key)


class Delivery(models.Model):
    """One message owed to one target. Its state and its reason are always up to date; it is never deleted.

    It is open until `ended_at`: a merged one too, until what carries it is in the room. Names of target and rule are kept beside the keys, so that deleting either leaves history readable.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "sending"
        HELD = "held", "held"
        DELIVERED = "delivered", "delivered"
        MERGED = "merged", "merged"
        REJECTED = "rejected", "rejected"
        EXPIRED = "expired", "expired"
        CANCELLED = "cancelled", "cancelled"

        @property
        def said(self) -> str:
            """What pages call it: "waiting" is a word of the database and of the API, where it cannot change any more."""
            return "pending" if self.value == "waiting" else str(self.label)

    OPEN = (State.WAITING, State.SENDING, State.HELD)
    # Ended badly, or cannot go on without a person.
    DEAD = (State.HELD, State.REJECTED, State.EXPIRED)

    class Kind(models.TextChoices):
        ALERT = "alert", "alert"
        TEST = "test", "test message"
        DIGEST = "digest", "digest"
        NOTICE = "notice", "AlertHub's own words"
        EXPIRY = "expiry", "line about what expired"
        PROBE = "probe", "line that shows whether the room takes any"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ALERT)
    notification = models.ForeignKey(Notification, null=True, on_delete=models.PROTECT, related_name="deliveries")
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.BigIntegerField(null=True, help_text="Place in the conversation.")
    # No index of the key's own, see delivery_by_target.
    target = models.ForeignKey(Target, null=True, on_delete=models.SET_NULL, related_name="deliveries", db_index=False)
    target_name = models.CharField(max_length=100)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="deliveries", db_index=False)
    rule_name = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, blank=True, help_text="firing or resolved.")
    severity = models.CharField(max_length=50, blank=True)
    title = models.CharField(max_length=300, blank=True)
    positions = models.JSONField(default=list, help_text="Places of its alerts in the notification's body.")
    resend_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="resends")
    carried_by = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="carried",
        db_index=False,
        help_text="What tells of it in its place: a digest, the resolved message, or the line about what expired.",
    )
    episode = models.PositiveBigIntegerField(default=0, help_text="The conversation's episode it belongs to.")
    note = models.TextField(blank=True, help_text="What AlertHub itself says in it.")
    settled = models.BooleanField(
        default=False, help_text="Somebody sent it again or gave it up: no dead letter any more."
    )
    asked_by = models.CharField(max_length=150, blank=True, help_text="Who asked for it, if a person did.")

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=30, blank=True, help_text="Why it is in this state: a closed set of words.")
    explanation = models.TextField(blank=True, help_text="The same for people.")
    plain = models.BooleanField(default=False, help_text="To be sent as short plain text.")
    alone = models.BooleanField(
        default=False, help_text="To be sent as a message of its own: its thread or its edit was refused."
    )
    refused_after = models.PositiveBigIntegerField(
        null=True,
        help_text="How many messages its target had taken when it first refused this one's plain text; null: it has not.",
    )
    fell_back = models.BooleanField(default=False, help_text="The fallback target got a copy.")
    tries = models.PositiveIntegerField(default=0, help_text="Attempts that counted for the retry schedule.")
    attempt_count = models.PositiveIntegerField(default=0)
    unknown_count = models.PositiveIntegerField(default=0, help_text="Attempts that may have reached the room unseen.")
    in_doubt = models.BooleanField(
        default=False, help_text="The room may have been told already, and nothing but a mark can say so."
    )
    # The default of the column is for a process of an older version that runs beside this one while it is replaced.
    message_id = models.CharField(
        max_length=17,
        default=message_ids.new,
        db_default="",
        help_text="The id of its message in Rocket.Chat, where it is posted through a server.",
    )
    next_attempt_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

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
            # A claim takes what was never tried before what was: fresh alerts do not queue behind retries.
            models.Index(
                fields=["target", "next_attempt_at", "id"],
                condition=Q(state="waiting", attempt_count=0),
                name="delivery_fresh",
            ),
            # A claim: is there an earlier open delivery of the same conversation?
            models.Index(
                fields=["conversation", "target", "seq"],
                condition=Q(ended_at=None),
                name="delivery_ahead",
            ),
            # Recording a digest: what does it carry? Its page: the same.
            models.Index(fields=["carried_by"], condition=Q(carried_by__isnull=False), name="delivery_carried"),
            # The pump: what is held for a target? And a target's page: how many?
            models.Index(fields=["target", "id"], condition=Q(state="held"), name="delivery_held"),
            # Dead letters.
            models.Index(
                fields=["-id"],
                condition=Q(state__in=("held", "rejected", "expired"), settled=False),
                name="delivery_dead",
            ),
            # The pump: which leases have run out?
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="delivery_leased"),
            # The first page: what was owed in the last day?
            models.Index(fields=["created_at"], name="delivery_by_time"),
            # The list filtered by rule; which rules told somebody lately?
            models.Index(fields=["rule", "-id"], name="delivery_by_rule"),
            # The list filtered by target. For whoever asks as lists do only: without statistics PostgreSQL would take
            # it for a claim, too, and read the whole history of the target.
            models.Index(fields=["target", "-id"], condition=LISTED, name="delivery_by_target"),
            # The list filtered by kind: all but a few tell of alerts.
            models.Index(fields=["kind", "-id"], condition=~Q(kind="alert"), name="delivery_odd_kind"),
            # The list filtered by severity; by any that is not usual.
            models.Index(fields=["severity", "-id"], name="delivery_by_severity"),
            models.Index(fields=["-id"], condition=~Q(severity__in=(*ORDER, "")), name="delivery_odd_severity"),
            # The list filtered by state; /metrics: how many ended in which?
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
        ]

    def __str__(self) -> str:
        return f"D-{self.pk}"

    @property
    def said(self) -> str:
        """Its state, as pages call it."""
        return self.State(self.state).said
