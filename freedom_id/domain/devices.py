"""The browsers and apps of a person: recognised at a sign-in, trusted by one another, signed out for good.

A device is known by a secret of its own (a browser's cookie, an app's `device_key`), never by what it says of itself.
Every act here holds the account's row, so that trust is judged and given in one order.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from consents.domain.evidence import truncated_ip
from freedom_id.domain.authorizations import end_family, end_sign_in, sign_out_families
from freedom_id.domain.events import record_event
from freedom_id.domain.notices import queue_device_notice
from freedom_id.domain.statements import read_amr
from freedom_id.enums import EndReason, EventAction
from freedom_id.errors import FreedomIdError
from freedom_id.models import Account, Authorization, BrowserSignIn, Device, Grant, TokenFamily
from freedom_id.sealing import digest

FRESH = timedelta(minutes=5)
REMEMBERED = timedelta(days=30)  # how long trust spares a browser the second factor


class SecondFactorNeeded(FreedomIdError):
    code = None
    error = "access_denied"
    http_status = 403
    message = "A trusted device has to do this."


class DeviceUnknown(FreedomIdError):
    code = None
    error = "invalid_request"
    http_status = 404
    message = "The account has no such device."


class DeviceKnown(FreedomIdError):
    code = None
    error = "invalid_request"
    http_status = 409
    message = "This sign-in belongs to a device already."


@dataclass(frozen=True)
class DeviceFacts:
    """What a device says of itself, the address that it was seen at, and the language that it spoke."""

    model: str
    model_name: str
    ip: str
    locale: str


@dataclass(frozen=True)
class Asking:
    """Who asks for an act: a device of the account by a sign-in of this moment, or an operator (staff of a client)."""

    ip: str
    device: Device | None = None
    authenticated_at: datetime | None = None
    operator: bool = False


def draw_device_key() -> str:
    """A secret by which a device is known again: 256 random bits."""
    return secrets.token_urlsafe(32)


def record_sign_in(
    account: Account,
    sign_in_id: UUID,
    *,
    key: str,
    facts: DeviceFacts,
    amr: Sequence[str] = (),
    stepped_up: bool = False,
    proven_at: datetime | None = None,
) -> Device:
    """A person signed in at the browser that holds `key`, by `amr` (RFC 8176); `stepped_up` says that she showed two
    proofs, `proven_at` when she proved to be herself, if not now. A browser that the account did not know is told of,
    unless it is the first."""
    with transaction.atomic():
        hold_account(account.pk)
        known = Device.objects.filter(account=account).exists()
        device, is_new = Device.objects.get_or_create(account=account, key=_key_digest(account, key), client=None)
        device.browser = browser_digest(key)
        _see(device, facts, name=device.model_name or facts.model_name)
        now = timezone.now()
        BrowserSignIn.objects.create(
            pk=sign_in_id,
            device=device,
            started_at=proven_at or now,
            amr=list(amr),
            stepped_up_at=now if stepped_up else None,
        )
        if is_new and known:
            record_event(account, EventAction.NEW_DEVICE, ip=facts.ip)
            queue_device_notice(account, str(device))
    return device


def end_browser_sign_in(sign_in_id: UUID) -> None:
    """The browser's session ended: so do its codes and token families. The device stays known, and trusted."""
    now = timezone.now()
    with transaction.atomic():
        device = device_of_sign_in(sign_in_id)
        if device:
            hold_account(device.account_id)
            BrowserSignIn.objects.filter(pk=sign_in_id, ended_at__isnull=True).update(ended_at=now)
            if not device.sign_ins.filter(ended_at__isnull=True).exists():
                Device.objects.filter(pk=device.pk).update(signed_out_at=now)
        end_sign_in(str(sign_in_id))


def has_ended(sign_in_id: UUID | str) -> bool:
    """Whether this browser session was ended, perhaps from another device."""
    return BrowserSignIn.objects.filter(pk=sign_in_id, ended_at__isnull=False).exists()


def amr_of(sign_in_id: UUID, *, at: datetime) -> list[str]:
    """How the person had proven to be herself at this sign-in (RFC 8176) by then; nothing for one that is long gone."""
    return read_amr(sign_in_id, at)


def signed_in_at(family: TokenFamily) -> datetime:
    """When the person signed in for these tokens as a whole: a sign-in that was raised since is as old as it was."""
    if family.sign_in_id is None:
        return family.authenticated_at
    raised = BrowserSignIn.objects.filter(pk=family.sign_in_id, raised_at__isnull=False)
    started: datetime | None = raised.values_list("started_at", flat=True).first()
    return min(started or family.authenticated_at, family.authenticated_at)


def device_of_sign_in(sign_in_id: UUID) -> Device | None:
    return Device.objects.filter(sign_ins=sign_in_id).first()


def device_of(family: TokenFamily | None) -> Device | None:
    """The app that registered with this family, else the browser that it came from."""
    if family is None:
        return None
    app = Device.objects.filter(family=family).first()
    return app or (device_of_sign_in(family.sign_in_id) if family.sign_in_id else None)


def is_named(device: Device, reference: str) -> bool:
    """Whether `reference` is our id of the device, or the one that its SDK drew."""
    return reference == str(device.pk) or (bool(reference) and _sdk_digest(reference) == device.sdk_id)


def device_named(account: Account, references: Sequence[str]) -> Device | None:
    """The device of the account that one of these ids names, the one seen last if several do."""
    ids = [digest(reference, "device-id") for reference in references if reference]
    return Device.objects.filter(account=account, sdk_id__in=ids).order_by("-last_seen").first()


def register_device(
    family: TokenFamily, *, facts: DeviceFacts, sdk_id: str, device_key: str, push_token: str
) -> tuple[Device, str]:
    """An app tells which device its tokens are on. Returns it with its key in clear, once, or "" if `device_key` is the
    key of a device of this account and client; the family that this one had before ends.

    Raises DeviceKnown when the family is another device's.
    """
    account = family.authorization.account
    with transaction.atomic():
        hold_account(account.pk)
        known = Device.objects.filter(
            account=account, client=family.authorization.client_id, key=_key_digest(account, device_key)
        ).first()
        holder = Device.objects.filter(family=family).first()
        if holder and holder != known:
            raise DeviceKnown
        key = "" if known else draw_device_key()
        device = known or Device(
            account=account, client_id=family.authorization.client_id, key=_key_digest(account, key)
        )
        _replace_family(device, family)
        device.sdk_id, device.push_token = _sdk_digest(sdk_id), push_token
        _see(device, facts, name=facts.model_name)
    return device, key


def change_device(account: Account, device_id: UUID, *, name: str | None, trusted: bool | None, by: Asking) -> Device:
    """Rename a device, or give or take its trust; None leaves as it is.

    Trust is given by a trusted device of the account; while there is none, to itself by a device that signed in at most
    five minutes ago. It is taken by a trusted device or an operator. Raises DeviceUnknown, SecondFactorNeeded.
    """
    with transaction.atomic():
        hold_account(account.pk)
        device = _own(account, device_id)
        if trusted and device.trusted_at is None:
            _require_may_trust(device, by)
            give_trust(device, ip=by.ip)
        elif trusted is False and device.trusted_at is not None:
            if not (by.operator or _is_trusted(by.device)):
                raise SecondFactorNeeded
            _take_trust(device, by)
        if name is not None:
            device.model_name = name
            device.save(update_fields=["model_name"])
    return device


def give_trust(device: Device, *, ip: str) -> None:
    """Trust the device; the caller holds the account and has judged that it may."""
    device.trusted_at = timezone.now()
    device.save(update_fields=["trusted_at"])
    record_event(device.account_id, EventAction.DEVICE_TRUSTED, ip=ip)


def is_remembered(account: Account, key: str) -> bool:
    """Whether the browser that holds `key` became trusted in the last 30 days: it is spared the second factor."""
    since = timezone.now() - REMEMBERED
    return _browsers(account, key).filter(trusted_at__gt=since).exists()


def may_be_remembered(account: Account, key: str) -> bool:
    """Whether a second factor would make the browser that holds `key` trusted: it is already, or nothing else is."""
    trusted = Device.objects.filter(account=account, trusted_at__isnull=False)
    return not trusted.exists() or trusted.filter(pk__in=_browsers(account, key)).exists()


def remember_browser(account: Account, key: str, *, ip: str) -> None:
    """The person just showed a second factor in the browser that holds `key`, and wants it trusted: it is so from now
    on, or anew, unless only another trusted device may say so."""
    with transaction.atomic():
        hold_account(account.pk)
        device = _browsers(account, key).first()
        if device and may_be_remembered(account, key):
            give_trust(device, ip=ip)


def sign_out_device(account: Account, device_id: UUID, *, by: Asking) -> None:
    """End everything that is signed in on one device: sessions, codes and token families, at once. If a trusted device
    or an operator asks, the device is not trusted any more either. Raises DeviceUnknown."""
    with transaction.atomic():
        hold_account(account.pk)
        device = _own(account, device_id)
        _end_everything_on(device)
        if device.trusted_at is not None and (by.operator or _is_trusted(by.device)):
            _take_trust(device, by)
        record_event(account, EventAction.DEVICE_SIGNED_OUT, ip=by.ip)


def sign_out_device_by_staff(device: Device) -> None:
    """Support ends everything that is signed in on one device; its trust stays."""
    with transaction.atomic():
        hold_account(device.account_id)
        _end_everything_on(device)
        record_event(device.account_id, EventAction.SIGNED_OUT_BY_STAFF)


def mark_all_signed_out(account: Account, *, but: TokenFamily | None = None) -> None:
    """Everything of the account was signed out, `but` these tokens; trust stays, so that nobody becomes the first
    trusted device by it."""
    now = timezone.now()
    devices = Device.objects.filter(account=account, signed_out_at__isnull=True)
    (devices.exclude(family=but) if but else devices).update(signed_out_at=now, push_token="")
    Device.objects.filter(account=account).exclude(browser="").update(browser="")
    BrowserSignIn.objects.filter(device__account=account, ended_at__isnull=True).update(ended_at=now)


def forget_at_browser(device_id: UUID, *, key: str) -> None:
    """The sign-in page of the browser that holds `key` does not offer this account any more, until the person signs in
    there again. Nothing else changes; a device of another browser is left alone."""
    Device.objects.filter(pk=device_id, browser=browser_digest(key)).update(browser="")


def make_room(authorization: Authorization, *, limit: int, sign_in_id: UUID) -> None:
    """Before another sign-in at this client: end the oldest, device by device, until at most `limit` are left with it.
    A second sign-in in the same browser takes no place of its own. Call it with the account's row held."""
    now = timezone.now()
    families = TokenFamily.objects.filter(authorization=authorization, ended_at__isnull=True, expires_at__gt=now)
    codes = Grant.objects.filter(authorization=authorization, spent_at__isnull=True, expires__gt=now)
    held: list[tuple[datetime, UUID, TokenFamily | Grant]]
    held = [(row.created_at, row.sign_in_id or row.pk, row) for row in families]
    held += [(row.created, row.sign_in_id or row.family_id, row) for row in codes]
    places = _places([place for _since, place, _row in held] + [sign_in_id])
    kept = {places[sign_in_id]}
    for _since, place, row in sorted(held, key=lambda entry: entry[0], reverse=True):
        if len(kept | {places[place]}) <= limit:
            kept.add(places[place])
        elif isinstance(row, TokenFamily):
            end_family(row, reason=EndReason.DISPLACED)
        else:
            Grant.objects.filter(pk=row.pk, spent_at__isnull=True).update(spent_at=now, updated=now)


def hold_account(account_id: int) -> None:
    """Wait for other acts on the account's devices and decisions, until the end of the transaction."""
    Account.objects.select_for_update(no_key=True).only("pk").get(pk=account_id)


def _browsers(account: Account, key: str) -> QuerySet[Device]:
    return Device.objects.filter(account=account, key=_key_digest(account, key), client=None)


def _places(ids: list[UUID]) -> dict[UUID, UUID]:
    """The browser of each sign-in; what is not one stands for itself."""
    browsers = dict(BrowserSignIn.objects.filter(pk__in=ids).values_list("pk", "device"))
    return {id_: browsers.get(id_, id_) for id_ in ids}


def _own(account: Account, device_id: UUID) -> Device:
    device = Device.objects.filter(account=account, pk=device_id).first()
    if device is None:
        raise DeviceUnknown
    return device


def _see(device: Device, facts: DeviceFacts, *, name: str) -> None:
    device.model, device.model_name, device.locale = facts.model, name, facts.locale
    device.last_seen, device.last_ip, device.signed_out_at = timezone.now(), truncated_ip(facts.ip) or None, None
    device.save()


def _replace_family(device: Device, family: TokenFamily) -> None:
    former = device.family
    device.family = family
    if former and former != family:
        end_family(former, reason=EndReason.SIGNED_OUT)


def _require_may_trust(device: Device, by: Asking) -> None:
    if _is_trusted(by.device):
        return
    alone = not Device.objects.filter(account=device.account_id, trusted_at__isnull=False).exists()
    fresh = by.authenticated_at is not None and timezone.now() - by.authenticated_at <= FRESH
    if not (alone and fresh and by.device == device):
        raise SecondFactorNeeded


def _is_trusted(device: Device | None) -> bool:
    """Read anew: its trust may have been taken while this act waited."""
    return device is not None and Device.objects.filter(pk=device.pk, trusted_at__isnull=False).exists()


def _take_trust(device: Device, by: Asking) -> None:
    device.trusted_at = None
    device.save(update_fields=["trusted_at"])
    record_event(device.account_id, EventAction.DEVICE_DISTRUSTED, ip=by.ip)


def _end_everything_on(device: Device) -> None:
    """Codes first: an exchange that holds its code is waited for, and its family is among those that end."""
    now = timezone.now()
    sign_ins = list(device.sign_ins.values_list("pk", flat=True))
    device.sign_ins.filter(ended_at__isnull=True).update(ended_at=now)
    codes = Grant.objects.filter(authorization__account=device.account_id, sign_in_id__in=sign_ins)
    codes.filter(spent_at__isnull=True).update(spent_at=now, updated=now)
    its_own = Q(sign_in_id__in=sign_ins) | Q(pk=device.family_id)
    sign_out_families(TokenFamily.objects.filter(its_own), reason=EndReason.SIGNED_OUT)
    device.signed_out_at, device.push_token, device.browser = now, "", ""
    device.save(update_fields=["signed_out_at", "push_token", "browser"])


def _key_digest(account: Account, key: str) -> str:
    """Bound to the account: the same browser is another device to another person."""
    return digest(f"{account.pk}:{key}", "device")


def browser_digest(key: str) -> str:
    """By which the devices of one browser are found, whosever they are."""
    return digest(key, "browser")


def _sdk_digest(sdk_id: str) -> str:
    return digest(sdk_id, "device-id") if sdk_id else ""
