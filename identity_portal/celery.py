import logging
import os
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun, worker_init

from freedom_id.request_id import NONE, adopt_request_id, current_request_id
from identity_portal.tracing import begin_tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_portal.settings")

app = Celery("identity_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_scheduler = "identity_portal.beat:OneBeat"
app.conf.beat_schedule = {
    "sweep": {"task": "freedom_id.sweep", "schedule": 30.0, "options": {"expires": 25}},
    "purge": {"task": "freedom_id.purge", "schedule": 3600.0, "options": {"expires": 3000}},
    "verify": {"task": "freedom_id.verify_ledger", "schedule": 3600.0, "options": {"expires": 3000}},
    "rotate": {"task": "freedom_id.rotate_signing_keys", "schedule": 600.0, "options": {"expires": 500}},
    "audit": {"task": "freedom_id.audit_checkpoint", "schedule": 3600.0, "options": {"expires": 3000}},
}


@setup_logging.connect
def keep_logging(loglevel: int, **_kwargs: Any) -> None:
    """The worker logs as LOGGING says; Celery, which would put its own in the place, speaks at its --loglevel."""
    logging.getLogger("celery").setLevel(loglevel)


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_kwargs: Any) -> None:
    headers["request_id"] = current_request_id()


@task_prerun.connect
def take_request_id(task: Any, **_kwargs: Any) -> None:
    adopt_request_id(task.request.get("request_id") or NONE)


@task_postrun.connect
def leave_request_id(**_kwargs: Any) -> None:
    adopt_request_id(NONE)


@worker_init.connect
def trace_tasks(**_kwargs: Any) -> None:
    begin_tracing()
