"""The monthly letter: what people are asked, and who may be written to."""

from datetime import timedelta

from consents.domain.check import check_consents
from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, publish_purpose
from consents.domain.subjects import find_subject

ENGLISH = NoticeText(
    title="Monthly letter",
    text="To send you one e-mail a month about new books.",
    consequence="You learn of new books in the shop only.",
)
RUSSIAN = NoticeText(
    title="Письмо раз в месяц",
    text="Чтобы раз в месяц присылать вам письмо о новых книгах.",
    consequence="О новых книгах вы узнаете только в магазине.",
)


def publish():
    """Called at every deployment: what did not change is not published again."""
    publish_purpose(
        "letters",
        scope="global",
        texts={"en": ENGLISH, "ru": RUSSIAN},
        data_items=["e-mail address"],
        lifespan=timedelta(days=365),
    )
    open_collection_point(name="letters", recipient="bookshop", channel="web", purposes=["letters"])


def may_write_to(account):
    """Asked before every letter, and never remembered."""
    subject = find_subject(account.pk)
    return check_consents(subject, names=["letters"], scope_key="bookshop")["letters"].allowed
