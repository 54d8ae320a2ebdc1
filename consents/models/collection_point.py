import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.enums import Channel, PointStatus
from consents.models.purpose import Purpose, PurposeVersion


class CollectionPoint(models.Model):
    """A place where consent is asked, for one recipient, and the purposes it may ask."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    recipient = models.CharField(
        _("recipient"), max_length=255, help_text=_("Who may use the data: a stable reference, such as a client id.")
    )
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    status = models.CharField(_("status"), max_length=10, choices=PointStatus.choices, default=PointStatus.OPEN)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    allowed_origins = models.JSONField(
        _("allowed origins"),
        default=list,
        blank=True,
        help_text=_("Where a person may return to: https://host[:port]."),
    )
    purposes = models.ManyToManyField(Purpose, related_name="collection_points", verbose_name=_("purposes"), blank=True)

    class Meta:
        verbose_name = _("collection point")
        verbose_name_plural = _("collection points")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "name"], name="consents_point_name_unique"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="consents_point_channel_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=PointStatus.values), name="consents_point_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.recipient})"

    @property
    def pinned(self) -> dict[uuid.UUID, uuid.UUID]:
        """The ids of the versions pinned here by purpose id; a query, unless `pins` are prefetched."""
        return {pin.purpose_id: pin.purpose_version_id for pin in self.pins.all()}


class PinnedVersion(models.Model):
    """A point asks this version of the purpose although another is published: a printed form, a shipped app."""

    point = models.ForeignKey(
        CollectionPoint,
        on_delete=models.CASCADE,
        related_name="pins",
        verbose_name=_("collection point"),
        db_index=False,
    )
    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="+", verbose_name=_("purpose"), db_index=False
    )
    purpose_version = models.ForeignKey(
        PurposeVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("version"), db_index=False
    )

    class Meta:
        verbose_name = _("pinned version")
        verbose_name_plural = _("pinned versions")
        constraints = [models.UniqueConstraint(fields=["point", "purpose"], name="consents_pin_one_per_purpose")]

    def __str__(self) -> str:
        return str(self.purpose_version)
