from django.db import models
from django.utils import timezone


class InboxMessage(models.Model):
    """A message that a real gateway would have delivered. In clear, because the demo has invented people only."""

    to = models.CharField(max_length=254, db_index=True)
    channel = models.CharField(max_length=5)
    subject = models.CharField(max_length=255, blank=True, default="")
    text = models.TextField()
    html = models.TextField(blank=True, default="", db_default="")
    sent_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(channel__in=["sms", "email"]), name="inbox_channel_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
