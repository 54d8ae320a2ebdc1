from freedom_id.domain.account_erasures import carry_out_erasure, due_erasures
from freedom_id.models import AccountErasure


def erase_what_is_due() -> int:
    """As the worker does; how many accounts it erased."""
    due = due_erasures()
    for erasure_id in due:
        carry_out_erasure(erasure_id)
    return AccountErasure.objects.filter(pk__in=due, state="done").count()
