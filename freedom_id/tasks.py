"""Doors for the worker: each takes an id and delegates; the row decides whether there is anything to do."""

from celery import shared_task


@shared_task(name="freedom_id.deliver_one_time_code")
def task_deliver_one_time_code(*, code_id: str) -> None:
    from freedom_id.domain.one_time_codes import deliver_code  # noqa: PLC0415 -- leaf

    deliver_code(code_id)


@shared_task(name="freedom_id.deliver_push")
def task_deliver_push(*, challenge_id: str) -> None:
    from freedom_id.domain.pushes import deliver_push  # noqa: PLC0415 -- leaf

    deliver_push(challenge_id)


@shared_task(name="freedom_id.deliver_notice")
def task_deliver_notice(*, notice_id: str) -> None:
    from freedom_id.domain.notices import deliver_notice  # noqa: PLC0415 -- leaf

    deliver_notice(notice_id)


@shared_task(name="freedom_id.fulfil_profile_request")
def task_fulfil_profile_request(*, profile_request_id: str) -> None:
    from freedom_id.domain.profile_requests import fulfil_profile_request  # noqa: PLC0415 -- leaf

    fulfil_profile_request(profile_request_id)


@shared_task(name="freedom_id.write_personal_copy")
def task_write_personal_copy(*, copy_id: str) -> None:
    from freedom_id.domain.copy_requests import write_copy  # noqa: PLC0415 -- leaf

    write_copy(copy_id)


@shared_task(name="freedom_id.deliver_revoke_callback")
def task_deliver_revoke_callback(*, callback_id: str) -> None:
    from freedom_id.domain.revoke_callbacks import deliver_revoke_callback  # noqa: PLC0415 -- leaf

    deliver_revoke_callback(callback_id)


@shared_task(name="freedom_id.deliver_backchannel_logout")
def task_deliver_backchannel_logout(*, callback_id: str) -> None:
    from freedom_id.domain.backchannel_logout import deliver_backchannel_logout  # noqa: PLC0415 -- leaf

    deliver_backchannel_logout(callback_id)


@shared_task(name="freedom_id.work_off_bulk_act")
def task_work_off_bulk_act(*, bulk_act_id: str) -> None:
    from freedom_id.domain.bulk_acts import work_off_bulk_act  # noqa: PLC0415 -- leaf

    work_off_bulk_act(bulk_act_id)


@shared_task(name="freedom_id.write_staff_export")
def task_write_staff_export(*, export_id: str) -> None:
    from freedom_id.domain.staff_exports import write_export  # noqa: PLC0415 -- leaf

    write_export(export_id)


@shared_task(name="freedom_id.carry_out_recovery")
def task_carry_out_recovery(*, recovery_id: str) -> None:
    from freedom_id.domain.lost_factor import carry_out_recovery  # noqa: PLC0415 -- leaf

    carry_out_recovery(recovery_id)


@shared_task(name="freedom_id.deliver_partner_message")
def task_deliver_partner_message(*, message_id: str) -> None:
    from freedom_id.domain.partner_messages import deliver_partner_message  # noqa: PLC0415 -- leaf

    deliver_partner_message(message_id)


@shared_task(name="freedom_id.check_application")
def task_check_application(*, application_id: str) -> None:
    from freedom_id.domain.application_checks import check_application  # noqa: PLC0415 -- leaf

    check_application(application_id)


@shared_task(name="freedom_id.erase_account")
def task_erase_account(*, erasure_id: str) -> None:
    from freedom_id.domain.account_erasures import carry_out_erasure  # noqa: PLC0415 -- leaf

    carry_out_erasure(erasure_id)


@shared_task(name="freedom_id.sweep")
def task_sweep() -> None:
    from freedom_id.domain.sweep import sweep_in_turn  # noqa: PLC0415 -- leaf

    sweep_in_turn()


@shared_task(name="freedom_id.purge")
def task_purge() -> None:
    from freedom_id.domain.purge import purge_expired  # noqa: PLC0415 -- leaf

    purge_expired()


@shared_task(name="freedom_id.verify_ledger")
def task_verify_ledger() -> None:
    from consents.domain.verification.recorded import verify_daily  # noqa: PLC0415 -- leaf

    verify_daily()


@shared_task(name="freedom_id.rotate_signing_keys")
def task_rotate_signing_keys() -> None:
    from freedom_id.domain.signing_keys import rotate_signing_keys  # noqa: PLC0415 -- leaf

    rotate_signing_keys()


@shared_task(name="freedom_id.audit_checkpoint")
def task_audit_checkpoint() -> None:
    from freedom_id.domain.audit_verification import make_checkpoint  # noqa: PLC0415 -- leaf

    make_checkpoint()
