"""Where a client's people are asked: our page, and its own pages once it has a scope of the Identity door."""

import pytest
from django.conf import settings

from consents.domain.collection_points import points_of
from consents.domain.purposes import notices_for
from freedom_id.domain.asked_data import IDENTITY_DOOR, SIGN_IN_PAGE, open_points
from freedom_id.domain.client_status import close_client
from freedom_id.errors import InvalidFields
from freedom_id.grants import ASKED
from freedom_id.models import PartnerClient
from tests.factories.people import partner

pytestmark = pytest.mark.django_db


def asked(client: PartnerClient) -> dict[str, set[str]]:
    return {point.name: {purpose.name for purpose in point.purposes.all()} for point in points_of(client.client_id)}


def test_our_page_asks_for_the_connection_and_the_data() -> None:
    client, _secret = partner(grants=["read.phone"], required_grants=[], scopes=["openid", "email"])
    assert asked(client) == {SIGN_IN_PAGE: {"identity-provider", "read.phone", "read.email"}}


@pytest.mark.parametrize(
    ("scopes", "permission"), [(["openid", "consents"], {"consents"}), (["openid", "account"], set())]
)
def test_a_client_of_the_identity_door_has_a_point_of_its_own(scopes: list[str], permission: set[str]) -> None:
    client, _secret = partner(grants=[], required_grants=[], scopes=scopes, first_party=True)
    assert asked(client) == {
        SIGN_IN_PAGE: {"identity-provider", *permission},
        IDENTITY_DOOR: {"identity-provider"},
    }
    close_client(client)
    assert asked(client) == {}


def test_everything_that_is_asked_has_words_in_every_language() -> None:
    partner()
    for language, _name in settings.LANGUAGES:
        notices = notices_for(ASKED, locale=language)
        assert {name: notice.locale for name, notice in notices.items()} == dict.fromkeys(ASKED, language)


def test_opening_again_changes_nothing() -> None:
    client, _secret = partner(scopes=["openid", "consents"])
    before = asked(client)
    open_points(client)
    assert asked(client) == before


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"scopes": ["openid", "account"]}, "scopes"),
        ({"operator_scopes": ["accounts.own"]}, "operator_scopes.0"),
        ({"operator_scopes": ["account"]}, "operator_scopes.0"),
        ({"scopes": ["accounts.operate"]}, "scopes.0"),
        ({"client_type": "public", "operator_scopes": ["accounts.operate"]}, "operator_scopes"),
        ({"grants": ["consents"], "required_grants": []}, "grants.0"),
        ({"grants": ["identity-provider"], "required_grants": []}, "grants.0"),
    ],
)
def test_scopes_that_a_client_may_not_have(stated: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        partner(**stated)
    assert list(refused.value.errors) == [field]
