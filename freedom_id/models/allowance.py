from django.db import models
from django.utils.translation import gettext_lazy as _


class Allowance(models.Model):
    """How often a limited act was done in the current window; counted in one statement, exact under any race."""

    key = models.CharField(max_length=128, primary_key=True)
    spent = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField()

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        indexes = [models.Index(fields=["window_ends_at"], name="allowance_window_ends")]

    def __str__(self) -> str:
        return self.key
