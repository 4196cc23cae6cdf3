"""How gunicorn serves AlertHub: a worker in which only whole requests take a thread, so that slow clients hold none."""

from alerthub.serving.worker import Worker as Worker
