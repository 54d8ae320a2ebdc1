"""A person connected with a partner, by the same functions as in production, and every row that comes of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from freedom_id.domain.account_erasures import ERASED_AFTER
from freedom_id.domain.account_notes import write_note
from freedom_id.domain.authenticators import add_recovery_codes, add_totp
from freedom_id.domain.authorizations import end_family
from freedom_id.domain.client_secrets import rotate_secret
from freedom_id.domain.closing import end_account
from freedom_id.domain.consent_requests import SignIn, allow, question_for
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.devices import (
    Asking,
    DeviceFacts,
    change_device,
    draw_device_key,
    record_sign_in,
    register_device,
)
from freedom_id.domain.erasure_requests import ask_erasure
from freedom_id.domain.factor_recovery import open_recovery
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.links import ClientCredentials, LinkInput, create_link, open_request
from freedom_id.domain.one_time_codes import (
    CodeOutcome,
    CodeRequest,
    Recipient,
    ask_code,
    deliver_code,
    judge_code,
    request_code,
)
from freedom_id.domain.profile_requests import submit_profile_request
from freedom_id.domain.sign_ups import begin_sign_up
from freedom_id.domain.signing_keys import ensure_signing_key
from freedom_id.domain.tokens import exchange_code, live_access
from freedom_id.domain.two_step import Asked, ask_second_factor
from freedom_id.enums import CodePurpose, EndReason, ErasureOrigin, KeyState, ProfileState, TwoStepMethod
from freedom_id.grants import GRANTS
from freedom_id.models import (
    Account,
    BackchannelLogout,
    BridgePolicy,
    BulkAct,
    DeviceSecret,
    Grant,
    IDToken,
    OneTimeCode,
    PartnerClient,
    PersonalCopy,
    ProfileRequest,
    RecoveryCode,
    SigningKey,
    StaffExport,
    TokenFamily,
)
from freedom_id.sealing import token_digest
from identity_portal.demo.models import InboxMessage
from tests.factories.people import REDIRECT_URI, email_of, partner, person, phone_of

REVOKE_URI = "https://partner.example/revoked"
DAY = timedelta(days=1)
PARCEL = '{"firstname": "parcel-of-somebody"}'


@dataclass
class Connection:
    """`hidden`: values that no page may show, by what they are."""

    account: Account
    client: PartnerClient
    family: TokenFamily
    hidden: dict[str, str] = field(default_factory=dict)


def connect() -> Connection:
    """Link, consent, code, tokens, profile request, revoke callback, one-time code, ID token, key: one row of each."""
    account = person()
    client, former = partner(revoke_uris=[REVOKE_URI])
    digest_of_former, secret = client.client_secret, rotate_secret(client)
    BridgePolicy.objects.create(caller=client, audience=partner(name="Bridged")[0])
    credentials = ClientCredentials(client.client_id, secret, "127.0.0.1")
    code = _agree(account, credentials)
    tokens = exchange_code(credentials, code=code)
    submit_profile_request(live_access(tokens.access_token), uuid4())
    _agree(account, credentials)
    family = TokenFamily.objects.get(pk=tokens.id)
    hidden = {
        "secret": secret,
        "digest of the secret": client.client_secret,
        "callback key": client.callback_key,
        "former secret": former,
        "digest of the former secret": digest_of_former,
        "former callback key": client.previous_callback_key,
        "code": code,
        "access token": tokens.access_token,
        "refresh token": tokens.refresh_token,
        **_digests(family),
        **_one_time_code(account),
        **_sign_up(client, account),
        **_personal(account),
        **_others(account, client),
        **_devices(account, family),
        **_authenticators(account, client, family),
        **_copy(account),
        **_staff_work(account),
    }
    _work_on_many(account)
    _closed_account()
    return Connection(account, client, family, hidden)


def _copy(account: Account) -> dict[str, str]:
    """A copy of everything that is ready, once in a life of the account."""
    now, content = timezone.now(), "content-of-her-copy"
    PersonalCopy.objects.create(account=account, state="ready", content=content, ready_at=now, expires_at=now + DAY)
    return {"content of a copy": content}


def _staff_work(account: Account) -> dict[str, str]:
    """A note, whose words stand on its own page and the person's alone, and a request to erase that waits."""
    clerk = Account.objects.create_account(is_staff=True)
    write_note(account, "Called twice about a code.", author=clerk)
    ask_erasure(account, by=clerk, reason="letter 12")
    return {}


def _closed_account() -> None:
    """Somebody's, who is to be erased in thirty days."""
    closed = Account.objects.create_account()
    with transaction.atomic():
        end_account(closed, closes_at=timezone.now() + ERASED_AFTER, origin=ErasureOrigin.PERSON)


def _work_on_many(account: Account) -> None:
    """As staff, whose acts are entries of the audit, would ask for it."""
    BulkAct.objects.create(queue="notice", act="retry", chosen={"state": "waiting"}, requested_by=account, total=3)
    StaffExport.objects.create(kind="partners", form="csv", asked_by=account, expires_at=timezone.now() + DAY)


def _devices(account: Account, family: TokenFamily) -> dict[str, str]:
    """A browser, an app that is trusted, and a push that waits."""
    facts = DeviceFacts("Pixel", "Pixel 9", "10.1.2.3", "en")
    browser = record_sign_in(account, uuid4(), key=draw_device_key(), facts=facts)
    app, key = register_device(family, facts=facts, sdk_id="sdk-1", device_key="", push_token="push-token-1")
    by = Asking("10.1.2.3", app, timezone.now())
    change_device(account, app.pk, name=None, trusted=True, by=by)
    client = family.authorization.client
    asked = Asked(account, client, client, None, browser, "Chrome", "Chrome, Windows", "Pay", "10.1.2.3", "en")
    ask_second_factor(asked, TwoStepMethod.NOTIFICATION)
    return {
        "device key": key,
        "digest of a device": browser.key,
        "push token": "push-token-1",
        "id of the SDK": app.sdk_id,
    }


def _authenticators(account: Account, client: PartnerClient, family: TokenFamily) -> dict[str, str]:
    """An app, a sheet of codes, and the notices that tell of the sheet."""
    _step_up(account, client)
    act = PersonsAct(account, client, family, "10.1.2.3")
    _app, address = add_totp(act)
    sheet, codes = add_recovery_codes(act)
    open_recovery(account, ip="10.1.2.3")
    return {
        "secret of the app": parse_qs(urlsplit(address).query)["secret"][0],
        "recovery code": codes[0],
        "digest of a recovery code": RecoveryCode.objects.filter(authenticator=sheet)[0].digest,
    }


def _step_up(account: Account, client: PartnerClient) -> None:
    mailbox = parse_identifier(email_of(account))
    asked = CodeRequest(f"10.0.1.{account.pk % 256}", purpose=CodePurpose.STEP_UP, client=client)
    code = ask_code(Recipient(account, mailbox.channel, mailbox.value, mailbox.index), asked)
    deliver_code(str(code.pk))
    digits = InboxMessage.objects.latest("pk").text.rpartition("#")[2]
    assert judge_code(OneTimeCode.objects.filter(pk=code.pk), digits)[0] is CodeOutcome.RIGHT


def end(connection: Connection) -> None:
    end_family(connection.family, reason=EndReason.SIGNED_OUT)


def _agree(account: Account, credentials: ClientCredentials) -> str:
    link = create_link(credentials, LinkInput(REDIRECT_URI, list(GRANTS), state="state-of-partner"))
    track_id = parse_qs(urlsplit(link).query)["track_id"][0]
    question = question_for(open_request(track_id), account, locale="en")
    return allow(
        track_id, SignIn(account, uuid4(), timezone.now(), "10.1.2.3"), ticked=list(GRANTS), shown=question.shown
    )


def _digests(family: TokenFamily) -> dict[str, str]:
    return {
        "digest of the access token": family.access_tokens.get().token_checksum,
        "digest of the refresh token": family.refresh_tokens.get().token_checksum,
        "digest of the code": Grant.objects.get(family_id=family.pk).code,
        "state of the partner": "state-of-partner",
        "digest of the device secret": _device_secret(family),
    }


def _device_secret(family: TokenFamily) -> str:
    digest = token_digest(str(uuid4()))
    DeviceSecret.objects.create(family=family, digest=digest, expires_at=family.expires_at)
    return digest


def _one_time_code(account: Account) -> dict[str, str]:
    challenge = request_code(parse_identifier(phone_of(account)), ip=f"10.0.0.{account.pk % 256}", locale="en")
    deliver_code(str(challenge))
    row = OneTimeCode.objects.get(pk=challenge)
    return {"digest of the one-time code": row.digest, "look-up digest": row.address_index}


def _sign_up(client: PartnerClient, account: Account) -> dict[str, str]:
    mailbox, name = f"new{account.pk}@mail.example", "Name-of-somebody-new"
    begin_sign_up(client, parse_identifier(mailbox), {"firstname": name}, ip=f"10.1.0.{account.pk % 256}")
    return {"address of a sign-up": mailbox, "name of a sign-up": name}


def _personal(account: Account) -> dict[str, str]:
    values = {f"credential {c.pk}": c.value for c in account.credentials.all()}
    phone = phone_of(account)
    return values | {
        "e-mail": email_of(account),
        "phone without plus": phone.removeprefix("+"),
        "last name": account.lastname,
        "first name": account.firstname,
        "patronymic": account.patronymic,
        "identifier": account.identifier,
        "date of birth": "May 17, 1994",
        "password hash": account.password,
    }


def _others(account: Account, client: PartnerClient) -> dict[str, str]:
    ProfileRequest.objects.filter(authorization__account=account).update(
        state=ProfileState.COMPLETED, finished_at=timezone.now(), parcel=PARCEL
    )
    IDToken.objects.create(user=account, application=client, expires=timezone.now() + timedelta(minutes=5))
    BackchannelLogout.objects.create(client=client, account=account, sid=uuid4(), url=REVOKE_URI)
    key = ensure_signing_key()
    ended = {"activated_at": key.created_at, "retired_at": key.created_at, "state": KeyState.RETIRED}
    SigningKey.objects.create(kid=str(uuid4()), public_jwk=key.public_jwk, private_jwk="{}", **ended)
    return {"parcel": "parcel-of-somebody", "private key": '"d"', "private half": key.private_jwk}
