"""New words of a grant while people agree to the old ones: afterwards nobody shares it by the old."""

import random
import time

import pytest
from django.db import transaction

from consents.domain.check import check_consents
from consents.domain.purposes import NoticeText, publish_purpose
from consents.domain.subjects import subject_for_account
from consents.enums import PurposeScope
from consents.errors import PurposeNotPublished
from freedom_id.domain.consent_requests import QuestionChanged
from freedom_id.models import Authorization
from tests.freedom_id.domain.acts import new_person, pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
]


def publish_new_words(text: str) -> None:
    publish_purpose("read.phone", scope=PurposeScope.PER_CLIENT, texts={"en": NoticeText(title="Phone", text=text)})


def shared_without_consent() -> list[tuple[int, str]]:
    """Grants of live authorizations that no check permits."""
    found = []
    for live in Authorization.objects.filter(ended_at=None).select_related("client"):
        subject = subject_for_account(live.account)
        checked = check_consents(subject, names=live.grants, scope_key=live.client.client_id)
        found += [(live.account_id, name) for name, decision in checked.items() if not decision.allowed]
    return found


def test_a_decision_in_flight_is_suspended_with_the_rest() -> None:
    a = pair()
    track = a.ask("read.firstname", "read.phone")
    with transaction.atomic():
        a.allow(track)
        published = until_it_waits(lambda: publish_new_words("For something else."))
    assert published.result(timeout=30) is None
    assert shared_without_consent() == []


def test_sixteen_people_agree_while_the_words_change() -> None:
    a = pair()
    agreed = 0
    for number in range(6):
        crowd = [new_person(a) for _ in range(16)]
        tracks = [a.ask("read.firstname", "read.phone") for a in crowd]

        def publish(number: int = number) -> None:
            time.sleep(random.uniform(0.05, 0.3) * (number + 1))  # the last rounds are for slow machines
            publish_new_words(f"words {number}")

        allows = [lambda a=a, track=track: a.allow(track) for a, track in zip(crowd, tracks, strict=True)]
        published, *codes = at_once([publish, *allows])
        assert published is None
        assert all(isinstance(code, str | QuestionChanged | PurposeNotPublished) for code in codes)
        agreed += sum(isinstance(code, str) for code in codes)
        assert shared_without_consent() == []
    assert agreed
