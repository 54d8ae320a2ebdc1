"""From a stranger's wish to a live partner: an application is begun, sent, checked, reviewed, accepted into the
sandbox, and goes live by two members of staff. Each step is a compare-and-set on the state, with the mail that tells of
it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from freedom_id.domain.client_registration import NewClient, redirect_uri_problem, register_client
from freedom_id.domain.client_secrets import end_secrets
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.partner_links import PartnerLink, row_of_token
from freedom_id.domain.partner_messages import queue_partner_message
from freedom_id.domain.rate_limits import APPLICATIONS_PER_ADDRESS, APPLICATIONS_PER_IP, spend_allowance
from freedom_id.domain.rfc7517_public_keys import public_keys_problem
from freedom_id.domain.sandbox_persons import dismiss_test_persons, make_test_persons
from freedom_id.domain.secret_handover import open_handover
from freedom_id.enums import (
    ApplicationState,
    ClientAuthentication,
    ClientStage,
    ClientStatus,
    PartnerMessageKind,
    Platform,
)
from freedom_id.errors import InvalidFields
from freedom_id.grants import GRANTS, SCOPES
from freedom_id.models import Account, ApplicationComment, PartnerApplication, PartnerClient
from freedom_id.tasks import task_check_application

MOST_ADDRESSES = 10
LONGEST_ADDRESS = 2000
LONGEST_REASON = 300
WITH_THE_APPLICANT = (ApplicationState.DRAFT, ApplicationState.CHANGES_ASKED)
APPS = (Platform.ANDROID, Platform.IOS)


class StepTaken(Exception):
    """The application is no longer where this step begins, or the step is not this person's."""


@dataclass(frozen=True)
class Stated:
    """What the applicant says of the service. `purposes` maps the code of a grant to the reason for it in words,
    `required_grants` are those of them without which it cannot serve; `logo` is a PNG from `clean_logo`, None keeps the
    one before."""

    name: str
    legal_name: str
    website: str
    contact_name: str
    platforms: Sequence[str]
    purposes: Mapping[str, str]
    required_grants: Sequence[str]
    redirect_uris: Sequence[str]
    policy_url: str
    terms_url: str = ""
    jwks: Mapping[str, Any] | None = None
    android_package: str = ""
    android_fingerprints: str = ""
    apple_app_ids: str = ""
    logo: bytes | None = field(default=None, repr=False)


def begin_application(*, name: str, contact_name: str, contact: Identifier, language: str, ip: str) -> None:
    """Keep a draft and mail its private address to the contact, who proves by opening it that the mailbox is hers.
    Raises RateLimited."""
    spend_allowance(APPLICATIONS_PER_IP, ip)
    spend_allowance(APPLICATIONS_PER_ADDRESS, contact.index)
    with transaction.atomic():
        application = PartnerApplication.objects.create(
            name=name, contact_name=contact_name, contact_email=contact.value, language=language
        )
        queue_partner_message(application, PartnerMessageKind.BEGUN)


def application_of(token: str) -> PartnerApplication | None:
    """The application of a private address."""
    row_id = row_of_token(PartnerLink.APPLICATION, token)
    return PartnerApplication.objects.select_related("client").filter(pk=row_id).first() if row_id else None


def send_application(application: PartnerApplication, stated: Stated, *, answer: str = "") -> None:
    """The applicant sends it, for the first time or after changes were asked for; `answer` is what she says to the
    reviewers. The worker checks it next. Raises InvalidFields by the names of `Stated` (list items as
    `redirect_uris.1`), StepTaken when it is not hers to change now."""
    if errors := application_errors(stated, has_logo=bool(application.logo)):
        raise InvalidFields(errors)
    facts = asdict(stated) | {"redirect_uris": " ".join(stated.redirect_uris)}
    if stated.logo is None:
        del facts["logo"]
    now = timezone.now()
    with transaction.atomic():
        sent_at = application.sent_at or now
        _move(
            application, *WITH_THE_APPLICANT, to=ApplicationState.CHECKING, sent_at=sent_at, checks_due_at=now, **facts
        )
        if answer:
            ApplicationComment.objects.create(application=application, text=answer)
        queue_partner_message(application, PartnerMessageKind.RECEIVED)
        dispatch_on_commit(task_check_application, application_id=str(application.pk))


def application_errors(stated: Stated, *, has_logo: bool) -> dict[str, list[str]]:
    """What cannot be sent as it is, by field; {} when nothing."""
    errors = _errors_of_addresses(stated) | _errors_of_apps(stated)
    if not stated.platforms or set(stated.platforms) - set(Platform.values):
        errors["platforms"] = [_("Choose at least one.")]
    if not stated.purposes or set(stated.purposes) - set(GRANTS) or not all(stated.purposes.values()):
        errors["purposes"] = [_("Name at least one datum, with the reason why you need it.")]
    if set(stated.required_grants) - set(stated.purposes):
        errors["required_grants"] = [_("What you cannot do without needs a reason too.")]
    if stated.jwks is not None and (problem := public_keys_problem(stated.jwks)):
        errors["jwks"] = [problem]
    if stated.logo is None and not has_logo:
        errors["logo"] = [_("A logo is needed.")]
    return errors


def note(application: PartnerApplication, *, by: Account, text: str) -> None:
    """Staff says something to staff."""
    ApplicationComment.objects.create(application=application, author=by, internal=True, text=text)


def ask_for_changes(application: PartnerApplication, *, by: Account, text: str) -> None:
    """Give it back to the applicant, with what is to change. Raises StepTaken."""
    with transaction.atomic():
        _move(application, ApplicationState.IN_REVIEW, to=ApplicationState.CHANGES_ASKED)
        ApplicationComment.objects.create(application=application, author=by, text=text)
        queue_partner_message(application, PartnerMessageKind.CHANGES_ASKED)


def refuse_application(application: PartnerApplication, *, by: Account, text: str) -> None:
    """For good, with the reason. Raises StepTaken."""
    with transaction.atomic():
        _move(application, ApplicationState.IN_REVIEW, to=ApplicationState.REFUSED, reviewed_by=by)
        ApplicationComment.objects.create(application=application, author=by, text=text)
        queue_partner_message(application, PartnerMessageKind.REFUSED)


def accept_application(application: PartnerApplication, *, by: Account) -> None:
    """Register a client of it in the sandbox, with test persons; its contact gets the link to its secret. Raises
    StepTaken, InvalidFields."""
    with transaction.atomic():
        _require(
            len(_row(application, ApplicationState.IN_REVIEW).select_for_update(no_key=True).values("pk")), application
        )
        client = _register(application)
        _move(application, ApplicationState.IN_REVIEW, to=ApplicationState.SANDBOX, reviewed_by=by, client=client)
        make_test_persons(client)
        _hand_over(application, PartnerMessageKind.SANDBOX)


def register_directly(new: NewClient, *, contact_name: str, contact: Identifier, by: Account) -> PartnerClient:
    """Staff states a partner that did not apply. It begins as one that `by` accepted, and that she asked to go live:
    in the sandbox, with a link to its secret for the contact, and live by `go_live` of somebody else. Raises
    InvalidFields."""
    with transaction.atomic():
        client, _never_seen = register_client(replace(new, stage=ClientStage.SANDBOX))
        end_secrets(client)
        application = PartnerApplication.objects.create(
            state=ApplicationState.SANDBOX,
            name=client.name,
            legal_name=client.legal_name,
            website=client.website,
            redirect_uris=client.redirect_uris,
            contact_name=contact_name,
            contact_email=contact.value,
            sent_at=timezone.now(),
            reviewed_by=by,
            live_asked_by=by,
            client=client,
        )
        make_test_persons(client)
        _hand_over(application, PartnerMessageKind.SANDBOX)
    return client


def ask_to_go_live(application: PartnerApplication, *, by: Account) -> None:
    """One member of staff thinks that it is ready. Raises StepTaken."""
    asked = _row(application, ApplicationState.SANDBOX).filter(live_asked_by=None).update(live_asked_by=by)
    _require(asked, application)


def keep_in_sandbox(application: PartnerApplication) -> None:
    """Undo that: it is not ready yet. Raises StepTaken."""
    asked = _row(application, ApplicationState.SANDBOX).exclude(live_asked_by=None)
    _require(asked.update(live_asked_by=None), application)


def go_live(application: PartnerApplication, *, by: Account) -> None:
    """Another member of staff than who asked for it opens the partner for everybody: what belongs to the sandbox ends,
    and a new secret is handed over. Raises StepTaken, also when it is the same person or the partner is not active."""
    with transaction.atomic():
        client = _held_client(application)
        ready = _row(application, ApplicationState.SANDBOX).exclude(live_asked_by=by).exclude(live_asked_by=None)
        now = timezone.now()
        moved = ready.update(state=ApplicationState.LIVE, state_since=now, live_approved_by=by, live_at=now)
        _require(moved, application)
        PartnerClient.objects.filter(pk=client.pk).update(stage=ClientStage.LIVE, updated=now)
        client.stage = ClientStage.LIVE
        dismiss_test_persons(client)
        end_secrets(client)
        _hand_over(application, PartnerMessageKind.LIVE)


def send_secret_link(application: PartnerApplication) -> None:
    """Mail the contact a link to a new secret; an earlier link ends. Raises StepTaken where there is no secret."""
    if application.client is None or application.client.token_endpoint_auth_method != ClientAuthentication.SECRET:
        raise StepTaken
    with transaction.atomic():
        queue_partner_message(application, PartnerMessageKind.NEW_SECRET, open_handover(application.client))


def claim_checks(application_id: str, *, until_seconds: int) -> PartnerApplication | None:
    """For the worker: the application, if its checks are due and no other worker makes them for so many seconds."""
    now = timezone.now()
    lease = now + timedelta(seconds=until_seconds)
    due = PartnerApplication.objects.filter(pk=application_id, checks_due_at__lte=now)
    claimed = due.update(checks_due_at=lease)
    return PartnerApplication.objects.filter(pk=application_id, checks_due_at=lease).first() if claimed else None


def finish_checks(application: PartnerApplication) -> bool:
    """A person reads it next; False when another worker was quicker."""
    found = _row(application, ApplicationState.CHECKING).filter(checks_due_at=application.checks_due_at)
    moved = found.update(state=ApplicationState.IN_REVIEW, state_since=timezone.now(), checks_due_at=None)
    return bool(moved)


def due_checks() -> list[str]:
    """Ids of applications whose checks no worker makes."""
    due = PartnerApplication.objects.filter(checks_due_at__lte=timezone.now())
    return [str(pk) for pk in due.values_list("pk", flat=True)[:100]]


def _move(application: PartnerApplication, *come_from: ApplicationState, to: ApplicationState, **also: Any) -> None:
    moving = {"state": to, "state_since": timezone.now(), "checks_due_at": None} | also
    _require(_row(application, *come_from).update(**moving), application)


def _row(application: PartnerApplication, *states: ApplicationState) -> Any:
    return PartnerApplication.objects.filter(pk=application.pk, state__in=states)


def _require(changed: int, application: PartnerApplication) -> None:
    application.refresh_from_db()
    if not changed:
        raise StepTaken


def _held_client(application: PartnerApplication) -> PartnerClient:
    found = PartnerClient.objects.select_for_update(no_key=True).filter(status=ClientStatus.ACTIVE)
    client = found.filter(application=application).first()
    if client is None:
        raise StepTaken
    return client


def _hand_over(application: PartnerApplication, kind: PartnerMessageKind) -> None:
    """A public client has no secret to take."""
    client = application.client
    has_secret = client is not None and client.token_endpoint_auth_method == ClientAuthentication.SECRET
    queue_partner_message(application, kind, open_handover(client) if client and has_secret else None)


def _register(application: PartnerApplication) -> PartnerClient:
    grants = [code for code in GRANTS if code in application.purposes]
    native = any(platform in APPS for platform in application.platforms)
    new = NewClient(
        name=application.name,
        redirect_uris=application.redirect_uris.split(),
        grants=grants,
        required_grants=[code for code in grants if code in application.required_grants],
        client_type="confidential" if Platform.WEB in application.platforms else "public",
        native=native,
        scopes=[scope for scope in NewClient.scopes if set(SCOPES[scope]) <= set(grants)],
        jwks=application.jwks,
        legal_name=application.legal_name,
        website=application.website,
        stage=ClientStage.SANDBOX,
    )
    client, _never_seen = register_client(new)
    for name in ("logo", "android_package", "android_fingerprints", "apple_app_ids"):
        setattr(client, name, getattr(application, name))
    client.save(update_fields=["logo", "android_package", "android_fingerprints", "apple_app_ids"])
    end_secrets(client)
    return client


def _errors_of_addresses(stated: Stated) -> dict[str, list[str]]:
    if not 1 <= len(stated.redirect_uris) <= MOST_ADDRESSES:
        return {"redirect_uris": [_("Name 1 to %(number)d addresses.") % {"number": MOST_ADDRESSES}]}
    native = any(platform in APPS for platform in stated.platforms)
    words = _("Use a plain https address without #, or for an app an address in a scheme of its own.")
    return {
        f"redirect_uris.{index}": [words]
        for index, uri in enumerate(stated.redirect_uris)
        if len(uri) > LONGEST_ADDRESS or redirect_uri_problem(uri, native=native)
    }


def _errors_of_apps(stated: Stated) -> dict[str, list[str]]:
    errors = {}
    if (Platform.ANDROID in stated.platforms) != bool(stated.android_package):
        errors["android_package"] = [_("An Android app has a package name, and nothing else has one.")]
    if bool(stated.android_package) != bool(stated.android_fingerprints):
        errors["android_fingerprints"] = [_("A package and its certificates belong together.")]
    if (Platform.IOS in stated.platforms) != bool(stated.apple_app_ids):
        errors["apple_app_ids"] = [_("An iOS app has an app id, and nothing else has one.")]
    return errors
