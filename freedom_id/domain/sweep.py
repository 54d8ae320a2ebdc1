"""Every 30 s: send again what is due and no worker took, erase profiles and end authorizations whose time is over, and
index new numbers. The rows are the truth, so sending twice does no harm."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from freedom_id.domain.account_erasures import due_erasures
from freedom_id.domain.authorizations import end_expired_authorizations
from freedom_id.domain.backchannel_logout import due_backchannel_logouts
from freedom_id.domain.bulk_acts import due_bulk_acts
from freedom_id.domain.copy_requests import due_copies
from freedom_id.domain.dispatch import Task, dispatch
from freedom_id.domain.factor_recovery import due_recoveries
from freedom_id.domain.notices import due_notices
from freedom_id.domain.number_references import index_new_numbers
from freedom_id.domain.one_time_codes import due_codes
from freedom_id.domain.partner_applications import due_checks
from freedom_id.domain.partner_messages import due_partner_messages
from freedom_id.domain.profile_requests import due_profile_requests, expire_profile_requests
from freedom_id.domain.pushes import due_pushes
from freedom_id.domain.rate_limits import Limit, spend_allowance, window_end
from freedom_id.domain.restore_journal import write_waiting
from freedom_id.domain.revoke_callbacks import due_revoke_callbacks
from freedom_id.domain.staff_exports import due_exports
from freedom_id.errors import RateLimited
from freedom_id.tasks import (
    task_carry_out_recovery,
    task_check_application,
    task_deliver_backchannel_logout,
    task_deliver_notice,
    task_deliver_one_time_code,
    task_deliver_partner_message,
    task_deliver_push,
    task_deliver_revoke_callback,
    task_erase_account,
    task_fulfil_profile_request,
    task_work_off_bulk_act,
    task_write_personal_copy,
    task_write_staff_export,
)

SWEEPS = Limit("sweeps", 1, timedelta(seconds=15))
# What is due, the task that does it, and as what the task takes the row's id.
DUE: list[tuple[Callable[[], list[str]], Task, str]] = [
    (due_codes, task_deliver_one_time_code, "code_id"),
    (due_profile_requests, task_fulfil_profile_request, "profile_request_id"),
    (due_revoke_callbacks, task_deliver_revoke_callback, "callback_id"),
    (due_backchannel_logouts, task_deliver_backchannel_logout, "callback_id"),
    (due_notices, task_deliver_notice, "notice_id"),
    (due_recoveries, task_carry_out_recovery, "recovery_id"),
    (due_pushes, task_deliver_push, "challenge_id"),
    (due_copies, task_write_personal_copy, "copy_id"),
    (due_bulk_acts, task_work_off_bulk_act, "bulk_act_id"),
    (due_exports, task_write_staff_export, "export_id"),
    (due_partner_messages, task_deliver_partner_message, "message_id"),
    (due_checks, task_check_application, "application_id"),
    (due_erasures, task_erase_account, "erasure_id"),
]


def sweep_in_turn() -> None:
    """What the worker does every 30 s: `sweep`, unless another worker did in the last 15 s. So several beats do no more
    work than one, and the row that counts says when a worker was last alive."""
    try:
        spend_allowance(SWEEPS, "worker")
    except RateLimited:
        return
    sweep()


def seconds_since_sweep() -> float | None:
    """How long ago a worker began the last sweep; None when that was hours ago, or never."""
    end = window_end(SWEEPS, "worker")
    return (timezone.now() - end + SWEEPS.window).total_seconds() if end else None


def sweep() -> None:
    write_waiting()
    expire_profile_requests()
    end_expired_authorizations()
    index_new_numbers()
    for due, task, argument in DUE:
        for row_id in due():
            dispatch(task, **{argument: row_id})
