"""What a partner may ask its people for, and where they are asked: its collection points and scopes."""

from django.conf import settings
from django.utils import translation

from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, notices_for, publish_purpose
from consents.enums import Channel, PurposeScope
from freedom_id.domain.profile_requests import fail_open_requests
from freedom_id.grants import ACCOUNT, ASKED, CONSENTS, GRANTS, IDENTITY_PROVIDER, PROFILE, SCOPES
from freedom_id.models import Authorization, PartnerClient

SIGN_IN_PAGE = "sign-in"
IDENTITY_DOOR = "identity-v4"


def open_points(client: PartnerClient) -> None:
    """Open (or adjust) where the client's people are asked: our sign-in page, for exactly its purposes, and its own
    pages through the Identity door, for what staff lets it ask there."""
    publish_grant_purposes()
    asked = {IDENTITY_PROVIDER, *askable_grants(client)}
    open_collection_point(name=SIGN_IN_PAGE, recipient=client.client_id, channel=Channel.WEB, purposes=asked)
    if {CONSENTS, ACCOUNT} & {*client.scopes}:
        open_collection_point(
            name=IDENTITY_DOOR,
            recipient=client.client_id,
            channel=Channel.API,
            purposes=[IDENTITY_PROVIDER],
            keep_others=True,
        )


def adjust_asked_data(client: PartnerClient) -> None:
    """After a change of `grants` or `scopes`: adjust what its people can be asked, and stop releasing what it may not
    ask for any more. Call it in the transaction of the change."""
    open_points(client)
    allowed = askable_grants(client)
    for live in Authorization.objects.select_for_update().filter(client=client, ended_at__isnull=True):
        if set(live.grants) - allowed:
            live.grants = {code: entry for code, entry in live.grants.items() if code in allowed}
            live.save(update_fields=["grants"])
            if PROFILE not in allowed:
                fail_open_requests(live, "no longer allowed")


def askable_grants(client: PartnerClient) -> set[str]:
    return {*client.grants, *(grant for scope in client.scopes for grant in SCOPES.get(scope, ()))}


def publish_grant_purposes() -> None:
    """Publish whatever the consent page asks and is not published yet as a consent purpose, with its text in every
    language of the site.

    A published text is left alone: a new wording is a new version, which asks everybody again, so staff decides that.
    """
    published = notices_for(list(ASKED), locale=settings.LANGUAGE_CODE)
    for code, grant in ASKED.items():
        if code in published:
            continue
        texts = {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                texts[language] = NoticeText(title=str(grant.title), text=str(grant.text))
        data_items = [grant.field] if code in GRANTS else []
        publish_purpose(code, scope=PurposeScope.PER_CLIENT, texts=texts, data_items=data_items)


def allowed_scopes(client: PartnerClient) -> list[str]:
    """The scopes that the client may name (RFC 6749 §3.3): its own and, by their codes, its grants; `account` only a
    client of the group."""
    allowed = {*client.scopes, *client.grants}
    return [scope for scope in SCOPES if scope in allowed and (scope != ACCOUNT or client.first_party)]
