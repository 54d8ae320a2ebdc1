import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import models
from django.utils.duration import duration_iso_string
from django.utils.translation import gettext_lazy as _

from consents.canonical_json import sha256_of
from consents.enums import LegalBasis, PurposeScope, VersionState


class Purpose(models.Model):
    """Why data is used. The name is what callers write, so neither it nor the scope ever changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    scope = models.CharField(_("scope"), max_length=20, choices=PurposeScope.choices)
    legal_basis = models.CharField(
        _("legal basis"), max_length=30, choices=LegalBasis.choices, default=LegalBasis.CONSENT
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="consents_purpose_named"),
            models.CheckConstraint(
                condition=models.Q(scope__in=PurposeScope.values), name="consents_purpose_scope_known"
            ),
            models.CheckConstraint(
                condition=models.Q(legal_basis__in=LegalBasis.values), name="consents_purpose_legal_basis_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PurposeVersion(models.Model):
    """What exactly is asked: data items, lifespan and the texts. Frozen by a trigger once it leaves draft."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="versions", verbose_name=_("purpose"), db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=20, choices=VersionState.choices, default=VersionState.DRAFT, editable=False
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    lifespan = models.DurationField(
        _("lifespan"), null=True, blank=True, help_text=_("Empty: the consent lasts until it is withdrawn.")
    )
    # Here and not on the purpose, so that the digest of an old version can always be computed again.
    data_items = models.JSONField(_("data items"), default=list, blank=True)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("purpose version")
        verbose_name_plural = _("purpose versions")
        constraints = [
            models.UniqueConstraint(fields=["purpose", "number"], name="consents_version_number_unique"),
            models.UniqueConstraint(
                fields=["purpose"],
                condition=models.Q(state=VersionState.PUBLISHED),
                name="consents_version_one_published",
            ),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="consents_version_number_from_one"),
            models.CheckConstraint(
                condition=models.Q(state__in=VersionState.values), name="consents_version_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state=VersionState.DRAFT, published_at=None)
                | (~models.Q(state=VersionState.DRAFT) & models.Q(published_at__isnull=False)),
                name="consents_version_published_at_when_published",
            ),
            models.CheckConstraint(
                condition=models.Q(state=VersionState.DRAFT) | ~models.Q(content_hash=""),
                name="consents_version_hashed_when_published",
            ),
            models.CheckConstraint(
                condition=models.Q(lifespan=None) | models.Q(lifespan__gt=timedelta(0)),
                name="consents_version_lifespan_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number} ({self.state})"

    def digest(self, texts: "Iterable[PurposeText]") -> str:
        """The content hash of this version with `texts`, whatever their order."""
        return sha256_of(
            {
                "texts": {text.locale: text.digest() for text in texts},
                "lifespan": None if self.lifespan is None else duration_iso_string(self.lifespan),
                "data_items": list(self.data_items),
            }
        )


class PurposeText(models.Model):
    """What the person reads, in one language. Frozen by a trigger with its version."""

    version = models.ForeignKey(
        PurposeVersion, on_delete=models.CASCADE, related_name="texts", verbose_name=_("version"), db_index=False
    )
    locale = models.CharField(_("locale"), max_length=35, help_text=_("A BCP 47 language tag, for example “en”."))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), help_text=_("Why, in one or two sentences."))
    consequence = models.TextField(_("consequence"), blank=True, help_text=_("What refusing means."))
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("purpose text")
        verbose_name_plural = _("purpose texts")
        constraints = [
            models.UniqueConstraint(fields=["version", "locale"], name="consents_text_locale_unique"),
            models.CheckConstraint(condition=~models.Q(locale=""), name="consents_text_locale_given"),
        ]

    def __str__(self) -> str:
        return self.locale

    def digest(self) -> str:
        """SHA-256 over what is shown; the ledger keeps it as the proof of what was read."""
        return sha256_of(
            {"locale": self.locale, "title": self.title, "text": self.text, "consequence": self.consequence}
        )
