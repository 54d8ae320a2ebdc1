import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import Door, ResponseMode


class AuthorizationRequest(models.Model):
    """What a client asked for, kept on the server: a Link, which is a pushed request (RFC 9126), or a plain one.

    `expected` is the Freedom ID of the person whom the client named (`id_token_hint`).

    The browser carries `id` only (`track_id`). One decision per request: `decided_at` is set by compare-and-set.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="+")
    door = models.CharField(max_length=10, choices=Door)
    redirect_uri = models.TextField()
    response_mode = models.CharField(
        max_length=9, choices=ResponseMode, default=ResponseMode.QUERY, db_default=ResponseMode.QUERY
    )
    scope = models.TextField(blank=True, default="")
    grants = models.JSONField(default=list)
    state = models.CharField(max_length=512, blank=True, default="")
    nonce = models.CharField(max_length=255, blank=True, default="")
    prompt = models.CharField(max_length=64, blank=True, default="")
    max_age = models.PositiveIntegerField(null=True, blank=True)
    expected = models.UUIDField(null=True, blank=True)
    code_challenge = models.CharField(max_length=43, blank=True, default="")
    locale = models.CharField(max_length=8, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("authorization request")
        verbose_name_plural = _("authorization requests")
        indexes = [models.Index(fields=["expires_at"], name="authrequest_expires")]
        constraints = [
            models.CheckConstraint(condition=models.Q(door__in=Door.values), name="authrequest_door_is_known"),
            models.CheckConstraint(
                condition=models.Q(response_mode__in=ResponseMode.values), name="authrequest_response_mode_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="authrequest_lives_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"request of client {self.client_id}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None and timezone.now() < self.expires_at
