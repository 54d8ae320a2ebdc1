from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.enums import Counted
from consents.models.purpose import PurposeVersion
from consents.models.transaction import SCOPE_KEY_MAX_LENGTH


class DailyCount(models.Model):
    """How often something happened in a day (UTC), added in the transaction of what it counts.

    Spread over shards, so that decisions about one purpose do not queue on one row; a figure is their sum.
    """

    day = models.DateField(_("day"))
    purpose_version = models.ForeignKey(
        PurposeVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("version"), db_index=False
    )
    collection_point = models.CharField(_("collection point"), max_length=36, blank=True)
    scope_key = models.CharField(_("scope key"), max_length=SCOPE_KEY_MAX_LENGTH, blank=True)
    counted = models.CharField(_("counted"), max_length=10, choices=Counted.choices)
    shard = models.PositiveSmallIntegerField(_("shard"))
    number = models.PositiveBigIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("daily count")
        verbose_name_plural = _("daily counts")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "purpose_version", "collection_point", "scope_key", "counted", "shard"],
                name="consents_count_unique",
            ),
            models.CheckConstraint(condition=models.Q(counted__in=Counted.values), name="consents_count_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.counted}"


class Reports(DailyCount):
    """Stands for the reports in the admin and carries their rights; it has no table."""

    class Meta:
        proxy = True
        default_permissions = ()
        permissions = [("export_reports", _("Can export reports and the ledger"))]
        verbose_name = _("reports")
        verbose_name_plural = _("reports")
