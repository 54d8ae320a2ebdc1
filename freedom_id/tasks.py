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


@shared_task(name="freedom_id.deliver_revoke_callback")
def task_deliver_revoke_callback(*, callback_id: str) -> None:
    from freedom_id.domain.revoke_callbacks import deliver_revoke_callback  # noqa: PLC0415 -- leaf

    deliver_revoke_callback(callback_id)


@shared_task(name="freedom_id.sweep")
def task_sweep() -> None:
    from freedom_id.domain.sweep import sweep  # noqa: PLC0415 -- leaf

    sweep()


@shared_task(name="freedom_id.purge")
def task_purge() -> None:
    from freedom_id.domain.purge import purge_expired  # noqa: PLC0415 -- leaf

    purge_expired()


@shared_task(name="freedom_id.rotate_signing_keys")
def task_rotate_signing_keys() -> None:
    from freedom_id.domain.signing_keys import rotate_signing_keys  # noqa: PLC0415 -- leaf

    rotate_signing_keys()
