"""What no log may hold: one-time codes, tokens, secrets, phone numbers, e-mail addresses.

Whatever is drawn at random is known by its form. What has none (six digits, an address, the key of a session) is
learned when it is written or sent. Every record of every logger is heard, whatever its handlers; servers that a test
starts hand in what they logged.
"""

import logging
import re
from typing import Any
from urllib.parse import unquote

from django.contrib.auth.signals import user_logged_in
from django.db.models import Model
from django.db.models.signals import post_save

RANDOM = re.compile(r"[A-Za-z0-9_-]{32,}")
RECOVERY_CODE = re.compile(r"\b[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}\b")
PHONE = re.compile(r"\+\d{10,15}\b")
KEY_ID = re.compile(r"(?<=/signingkey/)[\w-]+")  # the thumbprint of a public key, in addresses of the admin
CODE = re.compile(r"#(\d{6})\b")  # as in the last line of a message
SHORTEST = 8
IN_CLEAR = {
    "freedom_id.account": ("identifier",),
    "freedom_id.authenticator": ("secret",),
    "freedom_id.credential": ("value",),
    "freedom_id.device": ("push_token",),
    "freedom_id.notice": ("address",),
    "freedom_id.onetimecode": ("address",),
    "freedom_id.partnerapplication": ("contact_email", "contact_name"),
    "demo.inboxmessage": ("to",),
}

heard: list[str] = []
contacts: set[str] = set()
codes: set[str] = set()
_explain = logging.Formatter().formatException


def forget() -> None:
    """Before each test."""
    heard.clear()
    contacts.clear()
    codes.clear()


def hear(log: str) -> None:
    heard.extend(log.splitlines())


def learn(*values: str) -> None:
    """Numbers, addresses, secrets. A number is known without its plus, too."""
    contacts.update(value.removeprefix("+") for value in values if len(value) >= SHORTEST)


def learn_message(text: str) -> None:
    """A message to a person may hold a code."""
    codes.update(CODE.findall(text))


def leaking_lines() -> list[str]:
    """The lines that were heard and hold what they must not."""
    lines = list(dict.fromkeys(heard))
    return [line for line in lines if leaks_in(line)] if leaks_in("\n".join(lines)) else []


def leaks_in(text: str) -> list[str]:
    """What the text holds and must not."""
    text = KEY_ID.sub("", unquote(text))
    found = [word for word in RANDOM.findall(text) if _is_random(word)]
    found += RECOVERY_CODE.findall(text) + PHONE.findall(text)
    found += [value for value in contacts if value in text]
    return found + [code for code in codes if re.search(rf"(?<![\w.]){code}(?!\w)", text)]


def _is_random(word: str) -> bool:
    """No name, digest or UUID: those have letters of one case, or no digits."""
    return all(any(test(letter) for letter in word) for test in (str.isupper, str.islower, str.isdigit))


def _keep_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = logging.LogRecord(*args, **kwargs)
    try:
        hear(record.getMessage())
    except (TypeError, ValueError):  # words that do not fit their arguments
        hear(f"{record.msg} {record.args}")
    if record.exc_info:
        hear(_explain(record.exc_info))
    return record


def _learn_row(sender: type[Model], instance: Model, **_kwargs: Any) -> None:
    """Only what is loaded: a look at more would be one more statement."""
    label = sender._meta.label_lower
    learn(*(str(instance.__dict__.get(name) or "") for name in IN_CLEAR.get(label, ())))
    if label == "demo.inboxmessage":
        learn_message(str(instance.__dict__["text"]))


logging.setLogRecordFactory(_keep_record)


def _learn_session(request: Any, **_kwargs: Any) -> None:
    learn(request.session.session_key or "")


user_logged_in.connect(_learn_session, dispatch_uid="tests.leaks")
post_save.connect(_learn_row, dispatch_uid="tests.leaks")
