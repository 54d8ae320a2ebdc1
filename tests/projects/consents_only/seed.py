"""What the shop asks, and people who agreed to advice before its wording changed."""

import letters
from django.contrib.auth import get_user_model

from consents.domain.collection_points import open_collection_point
from consents.domain.notice_tokens import read_notice, sign_notice
from consents.domain.purposes import NoticeText, publish_purpose, publish_version
from consents.domain.questions import questions_at, record_answers
from consents.domain.subjects import subject_for_account
from consents.models import Purpose, PurposeVersion

PEOPLE = ["dilnoza", "timur", "aziza", "bekzod", "malika", "somchai"]
PASSWORD = "correct horse battery"
WORDS = NoticeText("Advice", "To suggest books by what you bought.", "Suggestions are the same for all.")


def seed():
    letters.publish()
    publish_purpose("advice", scope="per_client", texts={"en": WORDS}, data_items=["purchases"])
    desk = open_collection_point(name="desk", recipient="bookshop", channel="web", purposes=["advice"])
    for name in PEOPLE:
        agree_to_all(get_user_model().objects.create_user(name, password=PASSWORD), desk)
    publish_new_advice()
    open_collection_point(name="welcome", recipient="bookshop", channel="web", purposes=["letters", "advice"])


def agree_to_all(account, point):
    """As the page of `point` does when every question is answered with yes."""
    page = {"point": point, "account_id": account.pk, "binding": "seed"}
    asked = questions_at(point, None, locale="en").asked
    shown = read_notice(sign_notice(notices=[question.shown for question in asked], **page), **page)
    agreed = {question.text.version_id for question in asked}
    record_answers(subject_for_account(account), point=point, shown=shown, agreed=agreed)


def publish_new_advice():
    """A version that says everything that a version can say."""
    draft = PurposeVersion.objects.create(
        purpose=Purpose.objects.get(name="advice"),
        number=2,
        data_items=["purchases"],
        optional_data_items=["year of birth"],
        recipients=["Reading Lab LLC"],
        third_countries=["KZ"],
        retention="P2Y",
    )
    text = draft.texts.model(version=draft, locale="en", title=WORDS.title)
    text.text = "To suggest books and readings by what you bought and when you were born."
    text.consequence, text.withdrawal = WORDS.consequence, "Suggestions stop within the hour."
    text.sha256 = text.digest()
    text.save()
    publish_version(draft)
