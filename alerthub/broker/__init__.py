"""How Celery speaks to the broker, the embedded one too."""
