"""What the portal itself asks: three purposes that hold everywhere, one with two versions, one in review, one with a
draft. The words are the demo's own, so they stand here and in no catalogue."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, notices_for, publish_purpose
from consents.domain.review import draft_version, submit_for_review
from consents.enums import Channel, PurposeScope

Words = Mapping[str, tuple[str, str]]
POINT = ("privacy-choices", "identity-portal")
# language -> (consequence of refusing, how to withdraw), the same for all three
SHARED = {
    "en": ("Nothing else changes if you say no.", "You can stop any time in your privacy choices."),
    "ru": ("Если откажетесь, ничего другого не изменится.", "Отказаться можно в любое время в настройках приватности."),
    "uz": ("Rad etsangiz, boshqa hech narsa oʻzgarmaydi.", "Istalgan vaqtda maxfiylik sozlamalarida toʻxtating."),
    "kk": ("Бас тартсаңыз, басқа ештеңе өзгермейді.", "Кез келген уақытта құпиялық баптауларында тоқтатыңыз."),
    "th": ("หากปฏิเสธ สิ่งอื่นจะไม่เปลี่ยนแปลง", "หยุดได้ทุกเมื่อในตัวเลือกความเป็นส่วนตัว"),
}
DIRECT = {
    "en": ("Offers by message", "We send you offers by e-mail and SMS."),
    "ru": ("Предложения в сообщениях", "Мы присылаем предложения по e-mail и SMS."),
    "uz": ("Xabarlardagi takliflar", "Biz e-mail va SMS orqali takliflar yuboramiz."),
    "kk": ("Хабарламадағы ұсыныстар", "Біз e-mail және SMS арқылы ұсыныстар жібереміз."),
    "th": ("ข้อเสนอทางข้อความ", "เราส่งข้อเสนอทางอีเมลและ SMS"),
}
DIRECT_BEFORE = DIRECT | {"en": ("Offers by message", "We send you offers by e-mail.")}
PERSONAL = {
    "en": ("Offers that fit you", "We choose offers by what you used before."),
    "ru": ("Подходящие предложения", "Мы подбираем предложения по тому, чем вы пользовались."),
    "uz": ("Sizga mos takliflar", "Takliflarni avval foydalanganingizga qarab tanlaymiz."),
    "kk": ("Сізге сай ұсыныстар", "Ұсыныстарды бұрын пайдаланғаныңызға қарай таңдаймыз."),
    "th": ("ข้อเสนอที่เหมาะกับคุณ", "เราเลือกข้อเสนอจากสิ่งที่คุณเคยใช้"),
}
PERSONAL_NEXT = PERSONAL | {"en": ("Offers that fit you", "We choose offers by what you used and where you live.")}
SHARING = {
    "en": ("Sharing with our group", "Companies of our group see your contact data."),
    "ru": ("Передача внутри группы", "Компании нашей группы видят ваши контакты."),
    "uz": ("Guruh ichida ulashish", "Guruhimiz kompaniyalari aloqa maʼlumotlaringizni koʻradi."),
    "kk": ("Топ ішінде бөлісу", "Тобымыздың компаниялары байланыс деректеріңізді көреді."),
    "th": ("การแบ่งปันภายในกลุ่ม", "บริษัทในกลุ่มของเราเห็นข้อมูลติดต่อของคุณ"),
}
FACTS: dict[str, Any] = {"retention": "P2Y", "jurisdiction": "UZ", "lifespan_months": 24}


def seed_purposes(*, submitted_by: str) -> None:
    """Make them once; what a visitor did with them stays."""
    name, recipient = POINT
    if notices_for(["direct-marketing"], locale="en"):
        return
    contacts = {"data_items": ["email", "phone"], **FACTS}
    _publish("direct-marketing", DIRECT_BEFORE, {"data_items": ["email"], **FACTS})
    _publish("direct-marketing", DIRECT, contacts | {"carry_over": "grace", "grace": timedelta(days=30)})
    _publish("personalised-marketing", PERSONAL, {"data_items": ["use of services"], **FACTS})
    _publish("data-sharing", SHARING, contacts | {"recipients": ["Aral Market LLC"], "third_countries": ["KZ"]})
    used = {"data_items": ["use of services", "address"], **FACTS}
    submit_for_review(draft_version("personalised-marketing", texts=_notices(PERSONAL_NEXT), **used), by=submitted_by)
    draft_version("data-sharing", texts=_notices({"en": SHARING["en"]}), data_items=["email"])
    asked = ["direct-marketing", "personalised-marketing", "data-sharing"]
    open_collection_point(name=name, recipient=recipient, channel=Channel.WEB, purposes=asked)


def _publish(name: str, words: Words, facts: Any) -> None:
    publish_purpose(name, scope=PurposeScope.GLOBAL, texts=_notices(words), **facts)


def _notices(words: Words) -> dict[str, NoticeText]:
    return {language: NoticeText(*pair, *SHARED[language]) for language, pair in words.items()}
