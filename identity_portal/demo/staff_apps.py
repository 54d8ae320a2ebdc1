"""The authenticator apps of the demo's staff: nobody holds the phone, so the demo shows what is on its screen."""

from dataclasses import dataclass

from django.utils import timezone

from freedom_id.domain.rfc6238_totp import STEP_SECONDS, code_of_step, draw_secret
from freedom_id.enums import ProofType
from freedom_id.models import Account, Authenticator


@dataclass(frozen=True)
class ShownCode:
    """`who` is whose app it is, by first name and role; `used` says that a sign-in used this code up."""

    who: str
    code: str
    used: bool


def seed_app(account: Account) -> str:
    """Set up an app for the account, unless it has one; the secret, for programs and for an app of the visitor's."""
    app, _made = Authenticator.objects.get_or_create(
        account=account, type=ProofType.TOTP, defaults={"secret": draw_secret(), "verified_at": timezone.now()}
    )
    return str(app.secret)


def shown_codes() -> list[ShownCode]:
    """What the app of each member of staff shows now."""
    step = _step()
    apps = Authenticator.objects.filter(type=ProofType.TOTP, account__is_staff=True)
    return [
        ShownCode(_who(app.account), code_of_step(app.secret, step), (app.last_step or 0) >= step)
        for app in apps.prefetch_related("account__groups").order_by("account_id")
    ]


def seconds_left() -> int:
    """How long these codes are shown."""
    return STEP_SECONDS - int(timezone.now().timestamp()) % STEP_SECONDS


def _who(account: Account) -> str:
    return ", ".join([account.firstname, *(group.name for group in account.groups.all())])


def _step() -> int:
    return int(timezone.now().timestamp()) // STEP_SECONDS
