from django.db import models
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import Usage


class UsageCount(models.Model):
    """How often something happened on a day (UTC): what rows said before they were purged, and errors, which have none.

    `partner` is a client id, "" for our own pages; what `label` and `outcome` are stands beside each kind of `Usage`.
    Spread over shards, so that a partner whose every call fails does not queue on one row; a figure is their sum.
    """

    day = models.DateField(_("day"))
    kind = models.CharField(_("counted"), max_length=8, choices=Usage)
    partner = models.CharField(_("partner"), max_length=255, blank=True)
    label = models.CharField(max_length=16, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, blank=True)
    locale = models.CharField(_("language"), max_length=8, blank=True)
    shard = models.PositiveSmallIntegerField()
    number = models.PositiveBigIntegerField(_("number"))

    class Meta:
        verbose_name = _("usage count")
        verbose_name_plural = _("usage counts")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "kind", "partner", "label", "outcome", "country", "locale", "shard"],
                name="usagecount_once_per_cell",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Usage.values), name="usagecount_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"
