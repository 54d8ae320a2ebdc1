import secrets
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import AccountStatus, Gender
from freedom_id.models.fields import SealedTextField
from freedom_id.sealing import blind_index

SSOID_FLOOR = 10_000_000
SSOID_CEILING = 10**15


def draw_ssoid() -> int:
    """A random account number of 8 to 15 digits: it tells neither order nor count."""
    return SSOID_FLOOR + secrets.randbelow(SSOID_CEILING - SSOID_FLOOR)


def name_index(name: str) -> str | None:
    """The digest by which a name is found, whatever its case and white space; None without one."""
    words = " ".join(name.split())
    return blind_index(words, "name") if words else None


class AccountManager(BaseUserManager["Account"]):
    def create_account(self, **fields: Any) -> "Account":
        """Create an account with an unusable password; draws another SSOID in the rare case that one is taken."""
        password = fields.pop("password", None)
        for _attempt in range(3):
            account = self.model(id=draw_ssoid(), **fields)
            account.firstname_index, account.lastname_index = map(name_index, (account.firstname, account.lastname))
            account.set_password(password)
            try:
                with transaction.atomic():
                    account.save(force_insert=True)
            except IntegrityError:
                if not self.filter(pk=account.pk).exists():
                    raise
            else:
                return account
        raise IntegrityError("no free account number was drawn in three tries")


class Account(AbstractBaseUser, PermissionsMixin):
    """A person. `id` is the SSOID of the Identity door, `freedom_id` the subject of the other two; her passkeys call
    her `passkey_handle`, 64 random bytes that are drawn with the first one. `firstname_index` and `lastname_index` are
    keyed digests by which staff finds a name; an account from before they were has them by `index_names`."""

    id = models.BigIntegerField(_("SSOID"), primary_key=True, default=draw_ssoid, editable=False)
    freedom_id = models.UUIDField(_("Freedom ID"), unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=AccountStatus, default=AccountStatus.ACTIVE)
    firstname = SealedTextField(_("first name"), blank=True, default="")
    lastname = SealedTextField(_("last name"), blank=True, default="")
    firstname_index = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 -- not yet
    lastname_index = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 -- not yet
    patronymic = SealedTextField(_("patronymic"), blank=True, default="")
    identifier = SealedTextField(_("national identifier"), blank=True, default="")
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, blank=True, default="")
    country = models.CharField(_("citizenship (ISO 3166-1 alpha-3)"), max_length=3, blank=True, default="")
    nationality = models.CharField(_("nationality"), max_length=64, blank=True, default="")
    locale = models.CharField(_("language"), max_length=8, blank=True, default="")
    is_staff = models.BooleanField(_("may enter the admin"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    closes_at = models.DateTimeField(_("to be erased"), null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    passkey_handle = models.BinaryField(max_length=64, null=True, blank=True, editable=False)
    signed_out_at = models.DateTimeField(_("signed out everywhere"), null=True, blank=True, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "freedom_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        swappable = "AUTH_USER_MODEL"
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions = [
            ("block_account", "Can block and unblock accounts"),
            ("logout_account", "Can sign people out"),
            ("unmask_account", "Can see a value unmasked, with a reason"),
            ("annotate_account", "Can write notes about people"),
            ("recover_account", "Can open the removal of a lost app"),
            ("copy_account", "Can ask for a person's copy of everything"),
            ("erase_account", "Can ask for an erasure and approve another's"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="account_newest_first"),
            models.Index(
                fields=["lastname_index", "firstname_index"],
                condition=models.Q(lastname_index__isnull=False),
                name="account_by_name",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(id__gte=SSOID_FLOOR), name="account_ssoid_has_eight_digits"),
            models.CheckConstraint(condition=models.Q(status__in=AccountStatus.values), name="account_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(country="") | models.Q(country__regex=r"^[A-Z]{3}$"),
                name="account_country_is_alpha3",
            ),
            models.CheckConstraint(
                condition=models.Q(closes_at__isnull=True) | models.Q(status=AccountStatus.CLOSED),
                name="account_erasure_follows_closing",
            ),
            models.UniqueConstraint(fields=["passkey_handle"], name="account_passkey_handle_is_unique"),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(closes_at__isnull=False),
                name="account_erased_was_to_be",
            ),
        ]

    def __str__(self) -> str:
        return f"SSOID {self.pk}"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Django's name for: may sign in."""
        return self.status == AccountStatus.ACTIVE

    def get_short_name(self) -> str:
        return self.firstname or str(self.pk)
