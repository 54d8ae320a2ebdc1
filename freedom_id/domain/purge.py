"""Erase what is past its time. Proof (the ledger, the journal) stays; spent machinery goes."""

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from consents.domain.idempotency import purge_answered_keys
from freedom_id.conf import conf
from freedom_id.domain.account_erasures import queue_closed_accounts
from freedom_id.domain.copy_requests import expire_copies
from freedom_id.domain.profile_requests import expire_profile_requests
from freedom_id.domain.staff_exports import expire_exports
from freedom_id.domain.usage_counts import NOTHING_TO_SEND, delete_counted
from freedom_id.enums import AccountErasureState, ApplicationState, Usage
from freedom_id.models import (
    AccessToken,
    AccountErasure,
    Allowance,
    AuthorizationRequest,
    BackchannelLogout,
    BrowserSignIn,
    BulkAct,
    Device,
    DeviceSignIn,
    FactorRecovery,
    FederatedId,
    Grant,
    Notice,
    OneTimeCode,
    PartnerApplication,
    PartnerMessage,
    PasskeyChallenge,
    SignUp,
    SpentAssertion,
    TokenFamily,
    TwoStepChallenge,
)

ENDED_FAMILIES_KEPT = timedelta(days=7)
CODES_KEPT = timedelta(days=1)
REQUESTS_KEPT = timedelta(days=7)  # so that staff can explain a sign-in of this week
ACCESS_TOKENS_KEPT = timedelta(hours=1)
CHALLENGES_KEPT = timedelta(days=1)
SIGN_UPS_KEPT = timedelta(days=1)
SIGN_INS_KEPT = timedelta(days=2)  # beyond the longest family: a session lives 12 hours, and gives codes until then
LOGOUTS_KEPT = timedelta(days=7)
WINDOWS_KEPT = timedelta(hours=1)  # the row of the sweeps says when the last one was
DEVICES_KEPT = timedelta(days=90)
RECOVERIES_KEPT = timedelta(days=90)
NOTICES_KEPT = timedelta(days=30)  # so that the person can look up what she was told
DRAFTS_KEPT = timedelta(days=7)
CAME_TO_NOTHING = (ApplicationState.REFUSED, ApplicationState.CHANGES_ASKED)
APPLICATIONS_KEPT = timedelta(days=180)
BULK_ACTS_KEPT = timedelta(days=90)
ERASURES_KEPT = timedelta(days=90)


def purge_expired() -> int:
    """Delete expired requests, codes, challenges, claims, assertions, sign-ups, notices, logouts, limits, answered
    keys, recoveries, token families, applications that came to nothing, and forgotten devices; returns the number of
    rows. What is in personal copies is erased after 7 days. Idempotent.

    Codes and ended families stay a while, so that a replay is still known as one.
    """
    now = timezone.now()
    its_family = TokenFamily.objects.filter(pk=OuterRef("family_id"))
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    queue_closed_accounts()
    deleted = expire_profile_requests() + expire_copies() + expire_exports() + purge_answered_keys()
    deleted += _purge_counted(now)
    for rows in (
        SignUp.objects.filter(created_at__lte=now - SIGN_UPS_KEPT),
        TwoStepChallenge.objects.filter(expires_at__lte=now - CHALLENGES_KEPT),
        DeviceSignIn.objects.filter(expires_at__lte=now - CHALLENGES_KEPT),
        FactorRecovery.objects.filter(closed_at__lte=now - RECOVERIES_KEPT),
        FederatedId.objects.filter(nonce_expires_at__lte=now - CHALLENGES_KEPT),
        PasskeyChallenge.objects.filter(expires_at__lte=now),
        BrowserSignIn.objects.filter(started_at__lte=now - conf.refresh_token_absolute - SIGN_INS_KEPT),
        Device.objects.filter(signed_out_at__lte=now - DEVICES_KEPT, trusted_at__isnull=True),
        BackchannelLogout.objects.filter(finished_at__lte=now - LOGOUTS_KEPT),
        Notice.objects.filter(created_at__lte=now - NOTICES_KEPT),
        PartnerMessage.objects.filter(created_at__lte=now - NOTICES_KEPT),
        PartnerApplication.objects.filter(state=ApplicationState.DRAFT, created_at__lte=now - DRAFTS_KEPT),
        PartnerApplication.objects.filter(state__in=CAME_TO_NOTHING, state_since__lte=now - APPLICATIONS_KEPT),
        BulkAct.objects.filter(finished_at__lte=now - BULK_ACTS_KEPT),
        AccountErasure.objects.filter(state=AccountErasureState.DONE, finished_at__lte=now - ERASURES_KEPT),
        Allowance.objects.filter(window_ends_at__lte=now - WINDOWS_KEPT),
        SpentAssertion.objects.filter(expires_at__lte=now),
        AccessToken.objects.filter(expires__lte=now - ACCESS_TOKENS_KEPT),
        Grant.objects.filter(~Exists(its_family), expires__lte=now - CODES_KEPT),  # after the families that held them
    ):
        deleted += rows.delete()[0]
    return deleted


def _purge_counted(now: datetime) -> int:
    """What stays of these rows is how many they were. Of a family that came of another one nothing does: no code was
    exchanged for it."""
    gone = Q(expires_at__lte=now)
    families = TokenFamily.objects.filter(gone | Q(ended_at__lte=now - ENDED_FAMILIES_KEPT))
    of_sign_ups = Q(sign_up__in=SignUp.objects.filter(created_at__lte=now - SIGN_UPS_KEPT))  # they go with these
    codes = OneTimeCode.objects.filter(Q(expires_at__lte=now - CODES_KEPT) | of_sign_ups)
    return (
        delete_counted(AuthorizationRequest.objects.filter(expires_at__lte=now - REQUESTS_KEPT), Usage.REQUEST)
        + delete_counted(codes, Usage.CODE, but=NOTHING_TO_SEND)
        + delete_counted(families, Usage.TOKENS, but=Q(source__isnull=False))
    )
