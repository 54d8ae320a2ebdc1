"""Two people and what the shop asks."""

import letters
from django.contrib.auth import get_user_model

from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, publish_purpose, publish_version
from consents.models import Purpose, PurposeVersion

User = get_user_model()
PASSWORD = "correct horse battery"


def seed():
    letters.publish()
    publish_advice()
    open_collection_point(name="welcome", recipient="bookshop", channel="web", purposes=["letters", "advice"])
    for name in ("dilnoza", "timur"):
        User.objects.create_user(name, password=PASSWORD)


def publish_advice():
    """A purpose that says everything that a purpose can say, in its second version."""
    words = NoticeText("Advice", "To suggest books by what you bought.", "Suggestions are the same for all.")
    publish_purpose("advice", scope="per_client", texts={"en": words}, data_items=["purchases"])
    draft = PurposeVersion.objects.create(
        purpose=Purpose.objects.get(name="advice"),
        number=2,
        data_items=["purchases"],
        optional_data_items=["year of birth"],
        recipients=["Reading Lab LLC"],
        retention="P2Y",
    )
    text = draft.texts.model(version=draft, locale="en", title=words.title, text=words.text)
    text.consequence, text.withdrawal = words.consequence, "Suggestions stop within the hour."
    text.sha256 = text.digest()
    text.save()
    publish_version(draft)


def publish_weekly_letter():
    """The letter comes more often and needs more: everybody is asked again."""
    publish_purpose(
        "letters",
        scope="global",
        texts={
            "en": NoticeText(
                letters.ENGLISH.title,
                "To send you one e-mail a week about new books and readings.",
                "You learn of new books and readings in the shop only.",
            ),
            "ru": NoticeText(letters.RUSSIAN.title, "Чтобы раз в неделю присылать вам письмо о новых книгах."),
        },
        data_items=["e-mail address", "city"],
    )
