import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_portal.settings")

app = Celery("identity_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "sweep": {"task": "freedom_id.sweep", "schedule": 30.0, "options": {"expires": 25}},
    "purge": {"task": "freedom_id.purge", "schedule": 3600.0, "options": {"expires": 3000}},
    "rotate": {"task": "freedom_id.rotate_signing_keys", "schedule": 600.0, "options": {"expires": 500}},
}
