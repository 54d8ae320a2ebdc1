from celery import shared_task
from django.conf import settings

ANSWER = "worker.answer"


@shared_task(name="demo.answer")
def task_answer(*, question: str) -> None:
    """Show the demo's start that messages reach a worker on this very `VAR_DIR`."""
    (settings.VAR_DIR / ANSWER).write_text(question)
