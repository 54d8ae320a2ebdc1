"""Every 30 s: send again what is due and no worker took, erase profiles whose time is over, and index new numbers. The
rows are the truth, so sending twice does no harm."""

from freedom_id.domain.dispatch import dispatch
from freedom_id.domain.notices import due_notices
from freedom_id.domain.number_references import index_new_numbers
from freedom_id.domain.one_time_codes import due_codes
from freedom_id.domain.profile_requests import due_profile_requests, expire_profile_requests
from freedom_id.domain.pushes import due_pushes
from freedom_id.domain.revoke_callbacks import due_revoke_callbacks
from freedom_id.tasks import (
    task_deliver_notice,
    task_deliver_one_time_code,
    task_deliver_push,
    task_deliver_revoke_callback,
    task_fulfil_profile_request,
)


def sweep() -> None:
    expire_profile_requests()
    for code_id in due_codes():
        dispatch(task_deliver_one_time_code, code_id=code_id)
    for profile_request_id in due_profile_requests():
        dispatch(task_fulfil_profile_request, profile_request_id=profile_request_id)
    for callback_id in due_revoke_callbacks():
        dispatch(task_deliver_revoke_callback, callback_id=callback_id)
    for notice_id in due_notices():
        dispatch(task_deliver_notice, notice_id=notice_id)
    index_new_numbers()
    for challenge_id in due_pushes():
        dispatch(task_deliver_push, challenge_id=challenge_id)
