"""`manage.py shell -c "import seed"`: two people, what the shop asks, and what Dilnoza decided before."""

from datetime import timedelta

from django.contrib.auth import get_user_model

from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, publish_purpose, publish_version
from consents.models import PurposeVersion

User = get_user_model()


def publish_letters(**changed):
    """The monthly letter, and its wording with `changed`."""
    words = {
        "title": "Monthly letter",
        "text": "To send you one e-mail a month about new books.",
        "consequence": "You learn of new books in the shop only.",
    }
    in_russian = {
        "title": "Письмо раз в месяц",
        "text": "Чтобы раз в месяц присылать вам письмо о новых книгах.",
        "consequence": "О новых книгах вы узнаете только в магазине.",
    }
    in_thai = {"title": "จดหมายรายเดือน", "text": "เพื่อส่งอีเมลเกี่ยวกับหนังสือใหม่ให้คุณเดือนละครั้ง"}
    texts = {"en": words | changed.get("en", {}), "ru": in_russian, "th": in_thai | changed.get("th", {})}
    return publish_purpose(
        "letters",
        scope="global",
        texts={locale: NoticeText(**text) for locale, text in texts.items()},
        data_items=changed.get("data_items", ["e-mail address"]),
        lifespan=timedelta(days=365),
    )


def publish_advice():
    """Advice by what was read; with data that is used only if it was given."""
    version = publish_purpose(
        "advice",
        scope="per_client",
        texts={"en": NoticeText("Advice", "To suggest books by what you bought.", "Suggestions are the same for all.")},
        data_items=["purchases"],
    )
    draft = PurposeVersion.objects.create(
        purpose=version.purpose,
        number=version.number + 1,
        data_items=["purchases"],
        optional_data_items=["year of birth"],
        recipients=["Reading Lab LLC"],
        retention="P2Y",
    )
    draft.texts.create(
        locale="en",
        title="Advice",
        text="To suggest books by what you bought.",
        consequence="Suggestions are the same for all.",
        withdrawal="Suggestions stop within the hour.",
    )
    for text in draft.texts.all():
        text.sha256 = text.digest()
        text.save()
    return publish_version(draft)


def open_points():
    open_collection_point(name="welcome", recipient="bookshop", channel="web", purposes=["letters", "advice"])
    return open_collection_point(name="letters", recipient="bookshop", channel="web", purposes=["letters"])


publish_letters()
publish_advice()
open_points()
for name in ("dilnoza", "timur"):
    if not User.objects.filter(username=name).exists():
        User.objects.create_user(name, password="correct horse battery")
