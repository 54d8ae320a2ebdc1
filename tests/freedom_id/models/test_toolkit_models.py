"""The swapped models stand for the toolkit's own: a field of a coming release that we lack shows here."""

import pytest
from django.db import models
from oauth2_provider import models as toolkit

from freedom_id.models import AccessToken, DeviceGrant, Grant, IDToken, PartnerClient, RefreshToken

PAIRS = [
    (toolkit.AbstractApplication, PartnerClient),
    (toolkit.AbstractGrant, Grant),
    (toolkit.AbstractAccessToken, AccessToken),
    (toolkit.AbstractRefreshToken, RefreshToken),
    (toolkit.AbstractIDToken, IDToken),
    (toolkit.AbstractDeviceGrant, DeviceGrant),
]


@pytest.mark.parametrize(("theirs", "ours"), PAIRS, ids=lambda model: model.__name__)
def test_every_field_of_the_toolkit_is_carried_with_its_kind(theirs: type[models.Model], ours: type) -> None:
    for field in theirs._meta.local_fields:
        own = ours._meta.get_field(field.name)
        assert own.get_internal_type() == field.get_internal_type(), field.name


@pytest.mark.parametrize(("theirs", "ours"), PAIRS, ids=lambda model: model.__name__)
def test_the_toolkit_uses_ours(theirs: type[models.Model], ours: type) -> None:
    kind = theirs.__name__.removeprefix("Abstract")
    getter = {
        "Application": toolkit.get_application_model,
        "Grant": toolkit.get_grant_model,
        "AccessToken": toolkit.get_access_token_model,
        "RefreshToken": toolkit.get_refresh_token_model,
        "IDToken": toolkit.get_id_token_model,
        "DeviceGrant": toolkit.get_device_grant_model,
    }[kind]
    assert getter() is ours


def test_our_columns_of_the_toolkit_are_no_longer_nullable_where_a_family_is_needed() -> None:
    for model in (AccessToken, RefreshToken):
        assert not model._meta.get_field("family").null
