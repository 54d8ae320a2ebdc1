"""A person sets a first password, or another one, on her own pages, with fresh proof."""

import pytest

from freedom_id.models import Account, AccountEvent, Notice
from tests.compliance.standard_door import ISSUER
from tests.factories.people import phone_of
from tests.freedom_id.views.test_sign_up import digits_for, proven

PAGE, GOOD = "/me/security/password/", "seven brown bridges"


@pytest.fixture
def newcomer(walk):
    """A browser in which somebody just opened an account by a code."""
    walk.post(proven(walk), "firstname", firstname="Guli")
    return walk


def test_whoever_opened_an_account_by_a_code_may_set_a_password(newcomer):
    assert "You sign in by a code or a passkey." in newcomer.get("/me/security/").text
    page = newcomer.get(PAGE)
    assert "you are signed out everywhere, here too" in page.text

    page = newcomer.post(page, "password", password=GOOD)

    assert page.url == f"{ISSUER}/login"
    assert "Your new password is set. Sign in with it." in page.text
    account = Account.objects.get()
    assert newcomer.sign_in("/me/security/", phone_of(account), GOOD).url == f"{ISSUER}/me/security/"
    assert AccountEvent.objects.filter(action="account:credential:added").count() == 1
    assert Notice.objects.filter(kind="added", about="password").count() == 1


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "too short"),
        ("password123", "too common"),
        ("ы" * 2049, "At most 4096 bytes."),
        ("x" * 4097, "This is too long."),
        ("", "Fill in this field."),
        ("Gulichehra", "too similar to the first name"),
    ],
    ids=["short", "common", "bytes", "characters", "none", "name"],
)
def test_a_bad_one_is_refused_with_the_reason(newcomer, password, said):
    Account.objects.update(firstname="Gulichehra")
    page = newcomer.post(newcomer.get(PAGE), "password", password=password)

    assert page.status == 200
    assert said in page.text
    assert not Account.objects.get().has_usable_password()


def test_the_reasons_speak_the_persons_language(newcomer):
    newcomer.fetch("POST", "/language/setlang/", {"language": "ru", "next": PAGE})

    page = newcomer.post(newcomer.get(PAGE), "password", password="short")

    assert "Введённый пароль слишком короткий" in page.text


def test_an_old_sign_in_is_asked_for_more_first(home, account):
    assert home.get(PAGE).url.startswith(f"{ISSUER}/me/security/confirm/")
    assert home.fetch("POST", PAGE, {"password": GOOD}).url.startswith(f"{ISSUER}/me/security/confirm/")
    page = home.press(home.get(f"/me/security/confirm/?next={PAGE}"), "confirm/send")
    page = home.post(page, "code", code=digits_for(phone_of(account)))
    assert page.url == f"{ISSUER}{PAGE}"

    home.post(page, "password", password=GOOD)

    account.refresh_from_db()
    assert account.check_password(GOOD)


def test_it_needs_our_token_and_a_person(stranger, walk):
    assert stranger.post(PAGE, {"password": GOOD}).status_code == 403
    assert walk.get(PAGE).url.startswith(f"{ISSUER}/login?next=")
