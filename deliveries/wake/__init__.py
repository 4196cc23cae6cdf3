"""What makes work go on: the pump of each worker, Celery's tasks, the hints that wake them. The only room that knows Celery."""
