"""Erase what is past its time. Proof (the ledger, the journal) stays; spent machinery goes."""

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from consents.domain.idempotency import purge_answered_keys
from freedom_id.conf import conf
from freedom_id.domain.closing import erase_closed_accounts
from freedom_id.domain.notices import GIVEN_UP
from freedom_id.domain.profile_requests import expire_profile_requests
from freedom_id.models import (
    AccessToken,
    Allowance,
    AuthorizationRequest,
    BrowserSignIn,
    Device,
    FederatedId,
    Grant,
    Notice,
    OneTimeCode,
    PasskeyChallenge,
    SignUp,
    TokenFamily,
    TwoStepChallenge,
)

ENDED_FAMILIES_KEPT = timedelta(days=7)
CODES_KEPT = timedelta(days=1)
ACCESS_TOKENS_KEPT = timedelta(hours=1)
CHALLENGES_KEPT = timedelta(days=1)
SIGN_UPS_KEPT = timedelta(days=1)
SIGN_INS_KEPT = timedelta(days=2)  # beyond the longest family: a session lives 12 hours, and gives codes until then
DEVICES_KEPT = timedelta(days=90)


def purge_expired() -> int:
    """Delete expired requests, codes, challenges, claims, sign-ups, notices, limits, answered keys, token families, and
    forgotten devices; returns the number of rows. Closed accounts whose time is over are erased. Idempotent.

    Codes and ended families stay a while, so that a replay is still known as one.
    """
    now = timezone.now()
    its_family = TokenFamily.objects.filter(pk=OuterRef("family_id"))
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    erase_closed_accounts()
    deleted = expire_profile_requests() + purge_answered_keys()
    for rows in (
        AuthorizationRequest.objects.filter(expires_at__lte=now - CODES_KEPT),
        OneTimeCode.objects.filter(expires_at__lte=now - CODES_KEPT),
        SignUp.objects.filter(created_at__lte=now - SIGN_UPS_KEPT),
        TwoStepChallenge.objects.filter(expires_at__lte=now - CHALLENGES_KEPT),
        FederatedId.objects.filter(nonce_expires_at__lte=now - CHALLENGES_KEPT),
        PasskeyChallenge.objects.filter(expires_at__lte=now),
        BrowserSignIn.objects.filter(started_at__lte=now - conf.refresh_token_absolute - SIGN_INS_KEPT),
        Device.objects.filter(signed_out_at__lte=now - DEVICES_KEPT, trusted_at__isnull=True),
        Notice.objects.filter(created_at__lte=now - GIVEN_UP),
        Allowance.objects.filter(window_ends_at__lte=now),
        TokenFamily.objects.filter(expires_at__lte=now),
        TokenFamily.objects.filter(ended_at__lte=now - ENDED_FAMILIES_KEPT),
        AccessToken.objects.filter(expires__lte=now - ACCESS_TOKENS_KEPT),
        Grant.objects.filter(~Exists(its_family), expires__lte=now - CODES_KEPT),  # after the families that held them
    ):
        deleted += rows.delete()[0]
    return deleted
