"""The working state of delivering: how each lane stands, which messages have threads, which workers live."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from deliveries.models.notification import Conversation
from routing.models import RocketChatServer, Target


def mark_of(target: Target) -> str:
    """Another one for another address, token or room of the target's; nothing can be read out of it."""
    server = target.server
    account = [server.base_url, server.user_id, server.token_sealed] if server else []
    return hashlib.sha256(json.dumps([target.webhook_sealed, target.channel, *account]).encode()).hexdigest()


class Lane(models.Model):
    """How sending to one target stands. Claiming locks this row, so its budget is shared by all workers."""

    target = models.OneToOneField(Target, on_delete=models.CASCADE, primary_key=True, related_name="lane")
    paused_until = models.DateTimeField(
        null=True, help_text="Nothing is sent before: Rocket.Chat said so, or the budget."
    )
    calls = models.JSONField(default=list, help_text="Epoch seconds of the calls inside the rate limit's period.")
    taken = models.PositiveBigIntegerField(default=0, db_default=0, help_text="Deliveries that went well, ever.")
    streak = models.PositiveIntegerField(default=0, help_text="Deliveries in a row that went well.")
    failures = models.PositiveIntegerField(default=0, help_text="Attempts in a row that failed.")
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    last_delivered_at = models.DateTimeField(null=True)
    delivered_to = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="A mark of where the last delivery that went well led; empty: from before it was kept.",
    )
    opened_at = models.DateTimeField(null=True, help_text="Since when the circuit is open; null: it is closed.")
    suspect_since = models.DateTimeField(
        null=True, help_text="Since when what it answers may mean that a person must mend it; null: it does not."
    )
    refusals = models.PositiveIntegerField(default=0, db_default=0, help_text="How often in a row it answered so.")
    broken_at = models.DateTimeField(null=True, help_text="Since when a person must mend the target; null: it works.")
    broken_reason = models.CharField(max_length=30, blank=True, help_text="A word of reasons.Reason.")
    probe_at = models.DateTimeField(
        null=True, help_text="When one delivery may try whether a target in trouble works again."
    )
    change_tried_at = models.DateTimeField(
        null=True, help_text="The change of a target in trouble, or of its server, that was tried last."
    )
    no_digest_until = models.DateTimeField(null=True, help_text="A digest was refused: nothing is merged before.")
    room_id = models.CharField(max_length=100, blank=True, help_text="Rocket.Chat's id of the room.")
    room_of = models.CharField(max_length=250, blank=True, help_text="What the id was resolved for.")

    def __str__(self) -> str:
        return f"lane of target {self.pk}"

    @property
    def trouble_since(self) -> datetime | None:
        """Since when it is asked with one delivery at a time, be it for a moment's trouble or a lasting one."""
        return self.broken_at or self.suspect_since or self.opened_at

    @property
    def opens_at(self) -> datetime | None:
        """From when something may be sent to it; None: nothing of its own keeps it back. See `waits_for_change`, too."""
        moments = [moment for moment in (self.paused_until, self.probe_at) if moment is not None]
        return max(moments, default=None)

    @property
    def is_proven(self) -> bool:
        """Something arrived where its target leads now."""
        return self.last_delivered_at is not None and self.delivered_to in ("", mark_of(self.target))

    @property
    def waits_for_change(self) -> bool:
        """Broken, and asked again only when somebody changed the target or its server."""
        return self.broken_at is not None and self.probe_at is None

    @property
    def unhealthy_since(self) -> datetime | None:
        """Since when it takes no messages, whether a person must mend it or it may mend itself; None if it does."""
        moments = [moment for moment in (self.broken_at, self.opened_at) if moment is not None]
        return min(moments, default=None)


class ServerLane(models.Model):
    """How calling one server as its bot account stands: the budget all its rooms share."""

    server = models.OneToOneField(RocketChatServer, on_delete=models.CASCADE, primary_key=True, related_name="lane")
    paused_until = models.DateTimeField(
        null=True, help_text="Nothing is sent before: Rocket.Chat said so, or the budget."
    )
    calls = models.JSONField(default=list, help_text="Epoch seconds of the calls inside the rate limit's period.")

    def __str__(self) -> str:
        return f"lane of server {self.pk}"


class Thread(models.Model):
    """The message of a room that one episode of a conversation began with: updates join its thread or edit it.

    `rule_id` keeps apart what two rules tell the same room of one group; it is kept when the rule goes.
    """

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    episode = models.PositiveBigIntegerField()
    rule_id = models.BigIntegerField()
    message_id = models.CharField(max_length=60)
    room_id = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target", "conversation", "episode", "rule_id"], name="one_thread_an_episode"
            )
        ]

    def __str__(self) -> str:
        return self.message_id


class WorkerQuerySet(models.QuerySet["Worker"]):
    def living(self, now: datetime) -> WorkerQuerySet:
        """Those that said lately that they live."""
        return self.filter(seen_at__gte=now - timedelta(seconds=settings.WORKER_MISSING_AFTER_SECONDS))


class Worker(models.Model):
    """A worker process that lives, by its own word: written by its pump without the broker."""

    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    hint_read_at = models.DateTimeField(null=True, help_text="When it last read a hint; null: none yet.")
    deaf_since = models.DateTimeField(
        null=True, help_text="Since when it reads no hints though it should; null: it does."
    )
    deaf_why = models.CharField(max_length=10, blank=True, help_text="A word of hints.Why.")

    objects = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
