import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import models
from django.utils.duration import duration_iso_string
from django.utils.translation import gettext_lazy as _

from consents.canonical_json import sha256_of
from consents.enums import CarryOver, ChangeKind, LegalBasis, LifespanAnchor, Mechanism, PurposeScope, VersionState

UNPUBLISHED = [VersionState.DRAFT, VersionState.IN_REVIEW]


class Acceptance(models.Model):
    """Which versions a person may have agreed to for the consent to count under the version published now.

    From number `accepts_from` without limit; from `carried_from` until `carried_until`, or when that is empty, as long
    as the consent has an end of its own and has not reached it.
    """

    accepts_from = models.PositiveIntegerField(_("accepts consents from version"), null=True, editable=False)
    carried_from = models.PositiveIntegerField(_("carries consents from version"), null=True, editable=False)
    carried_until = models.DateTimeField(_("carries them until"), null=True, editable=False)

    class Meta:
        abstract = True


class Purpose(Acceptance):
    """Why data is used. The name is what callers write, so neither it nor the scope ever changes.

    The acceptance is a copy of the published version's, so that a check joins one table less.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    scope = models.CharField(_("scope"), max_length=20, choices=PurposeScope.choices)
    legal_basis = models.CharField(
        _("legal basis"), max_length=30, choices=LegalBasis.choices, default=LegalBasis.CONSENT
    )
    mechanism = models.CharField(_("mechanism"), max_length=20, choices=Mechanism.choices, default=Mechanism.OPT_IN)
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
            models.CheckConstraint(
                condition=models.Q(mechanism__in=Mechanism.values), name="consents_purpose_mechanism_known"
            ),
            models.CheckConstraint(
                condition=models.Q(mechanism=Mechanism.OPT_IN)
                | ~models.Q(legal_basis__in=[LegalBasis.CONSENT, LegalBasis.EXPLICIT_CONSENT]),
                name="consents_purpose_consent_is_opt_in",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PurposeVersion(Acceptance):
    """What exactly is asked: data items, lifespan, who gets the data, and the texts. Frozen by a trigger once it leaves
    draft; a review sends it back to draft or publishes it."""

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
    lifespan_months = models.PositiveSmallIntegerField(
        _("lifespan in months"), null=True, blank=True, help_text=_("Calendar months, instead of a lifespan.")
    )
    lifespan_anchor = models.CharField(
        _("lifespan counts from"), max_length=20, choices=LifespanAnchor.choices, default=LifespanAnchor.LAST_YES
    )
    # Here and not on the purpose, so that the digest of an old version can always be computed again.
    data_items = models.JSONField(_("data items"), default=list, blank=True)
    optional_data_items = models.JSONField(_("optional data items"), default=list, blank=True)
    recipients = models.JSONField(
        _("recipients"), default=list, blank=True, help_text=_("Third parties that get the data, by name.")
    )
    third_countries = models.JSONField(
        _("third countries"), default=list, blank=True, help_text=_("ISO 3166 codes of countries the data goes to.")
    )
    made_public = models.BooleanField(_("made public"), default=False)
    retention = models.CharField(
        _("retention"), max_length=200, blank=True, help_text=_("How long the data is kept, such as “P5Y”.")
    )
    jurisdiction = models.CharField(_("jurisdiction"), max_length=100, blank=True)
    change_kind = models.CharField(
        _("kind of change"), max_length=20, choices=ChangeKind.choices, default=ChangeKind.MATERIAL
    )
    carry_over = models.CharField(
        _("consents to the former version"), max_length=20, choices=CarryOver.choices, default=CarryOver.NONE
    )
    grace = models.DurationField(_("grace period"), null=True, blank=True)
    # Staff by a stable reference; empty where a deployment published it.
    submitted_by = models.CharField(_("submitted by"), max_length=255, blank=True, editable=False)
    published_by = models.CharField(_("published by"), max_length=255, blank=True, editable=False)
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
                condition=models.Q(state__in=UNPUBLISHED, published_at=None)
                | (~models.Q(state__in=UNPUBLISHED) & models.Q(published_at__isnull=False)),
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
            models.CheckConstraint(
                condition=models.Q(lifespan_months=None) | models.Q(lifespan_months__gte=1, lifespan=None),
                name="consents_version_one_lifespan",
            ),
            models.CheckConstraint(
                condition=models.Q(lifespan_anchor__in=LifespanAnchor.values), name="consents_version_anchor_known"
            ),
            models.CheckConstraint(
                condition=models.Q(change_kind=ChangeKind.MATERIAL, carry_over__in=CarryOver.values)
                | models.Q(change_kind__in=[ChangeKind.EDITORIAL, ChangeKind.TRANSLATION], carry_over=CarryOver.FULL),
                name="consents_version_change_known",
            ),
            models.CheckConstraint(
                condition=models.Q(carry_over=CarryOver.GRACE, grace__gt=timedelta(0))
                | (~models.Q(carry_over=CarryOver.GRACE) & models.Q(grace=None)),
                name="consents_version_grace_has_a_length",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=UNPUBLISHED, accepts_from=None)
                | (
                    ~models.Q(state__in=UNPUBLISHED)
                    & models.Q(accepts_from__gte=1, accepts_from__lte=models.F("number"))
                ),
                name="consents_version_accepts_when_published",
            ),
            models.CheckConstraint(
                condition=models.Q(carried_from=None, carried_until=None)
                | models.Q(carried_from__gte=1, carried_from__lt=models.F("accepts_from")),
                name="consents_version_carries_older",
            ),
            models.CheckConstraint(
                condition=models.Q(submitted_by="") | ~models.Q(published_by=models.F("submitted_by")),
                name="consents_version_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number} ({self.state})"

    def digest(self, texts: "Iterable[PurposeText]") -> str:
        """The content hash of this version with `texts`, whatever their order. What is empty is left out, but for the
        three members that a version always had."""
        facts = {
            "lifespan_months": self.lifespan_months,
            "lifespan_anchor": self.lifespan_anchor if self.lifespan_anchor != LifespanAnchor.LAST_YES else None,
            "optional_data_items": list(self.optional_data_items),
            "recipients": list(self.recipients),
            "third_countries": list(self.third_countries),
            "made_public": self.made_public,
            "retention": self.retention,
            "jurisdiction": self.jurisdiction,
        }
        return sha256_of(
            {
                "texts": {text.locale: text.digest() for text in texts},
                "lifespan": None if self.lifespan is None else duration_iso_string(self.lifespan),
                "data_items": list(self.data_items),
                **{name: value for name, value in facts.items() if value},
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
    withdrawal = models.TextField(_("withdrawal"), blank=True, help_text=_("What withdrawing means, and how."))
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
        words = {"locale": self.locale, "title": self.title, "text": self.text, "consequence": self.consequence}
        return sha256_of({**words, "withdrawal": self.withdrawal} if self.withdrawal else words)
