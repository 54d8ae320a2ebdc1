from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from freedom_id.domain.accounts import account_for
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.models import Account

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "staff@example.com", "four random words here"


def create(monkeypatch, *, email=EMAIL, typed=PASSWORD):
    monkeypatch.setattr("sys.stdin", StringIO(f"{typed}\n"))
    said = StringIO()
    call_command("createstaff", "--email", email, "--password-stdin", stdout=said)
    return said.getvalue()


def test_the_account_is_staff_with_its_password_and_is_told_what_comes_first(monkeypatch):
    said = create(monkeypatch)
    assert "added a passkey, or set up an authenticator app, at\nhttp://localhost:8000/me/security/\n" in said
    account = account_for(parse_identifier(EMAIL))
    assert (account.is_staff, account.is_superuser, account.check_password(PASSWORD)) == (True, True, True)


def test_a_password_is_asked_twice(monkeypatch):
    answers = iter([PASSWORD, "something else"])
    monkeypatch.setattr("freedom_id.management.commands.createstaff.getpass", lambda _prompt: next(answers))
    with pytest.raises(CommandError, match="differ"):
        call_command("createstaff", "--email", EMAIL)


@pytest.mark.parametrize(("email", "typed"), [("+998900000001", PASSWORD), ("nobody", PASSWORD), (EMAIL, "password")])
def test_a_bad_address_or_password_makes_no_account(monkeypatch, email, typed):
    with pytest.raises(CommandError):
        create(monkeypatch, email=email, typed=typed)
    assert not Account.objects.exists()


def test_an_address_that_is_taken_is_refused(monkeypatch):
    create(monkeypatch)
    with pytest.raises(CommandError, match="already used"):
        create(monkeypatch)
