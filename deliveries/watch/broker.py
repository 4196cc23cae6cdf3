"""The broker seen from outside of Celery: whether it can be asked, and how many hints lie in it unread."""

from __future__ import annotations

from typing import Any


class Unreachable(Exception):
    """The broker did not say. The text is the kind of error below, never what that said, which may hold a secret."""


def quick(options: dict[str, Any]) -> dict[str, Any]:
    """Transport options for who only asks whether the broker is there, and has no time."""
    hurry = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    asks = {"sentinel_kwargs": options["sentinel_kwargs"] | hurry} if "sentinel_kwargs" in options else {}
    return options | hurry | asks | {"max_retries": 0}


def kind(error: Exception) -> str:
    """What went wrong below: kombu, below Celery, calls it all OperationalError."""
    return type(error.__cause__ or error).__name__


class Broker:
    """A connection of its own to the broker of a Celery app, made when it is needed and kept. For one thread."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._connection: Any = None

    def waiting(self) -> int:
        """How many hints lie there unread. Raises Unreachable."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            queue = self._app.amqp.queues[self._app.conf.task_default_queue]
            # As Celery declares it: where it is not yet, it is made; where it is, its length comes back.
            found = self._connection.default_channel.queue_declare(
                queue=queue.name, durable=queue.durable, auto_delete=queue.auto_delete, arguments=queue.queue_arguments
            )
            return int(found.message_count)
        except Exception as error:
            # What brokers' libraries raise is no closed set.
            self.close()
            raise Unreachable(kind(error)) from error

    def _connect(self) -> Any:
        # It speaks too seldom for heartbeats, and notices at the next question that the other side is gone.
        options = quick(self._app.conf.broker_transport_options)
        connection = self._app.connection_for_read(heartbeat=0, transport_options=options)
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
        return connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.release()
            except Exception:  # noqa: S110
                pass  # it is thrown away
