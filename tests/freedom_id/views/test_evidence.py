"""What is kept of how a decision came about at the portal's doors, and where it is not."""

import logging

import pytest

from consents.domain.evidence import open_evidence
from consents.domain.queries.history import history_for_subject
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault
from freedom_id.models import Authorization

HEADERS = {"User-Agent": "Mozilla/5.0 (Evidence)", "Accept-Language": "uz, ru;q=0.5"}
ADDRESS = "198.51.100.77"


@pytest.fixture
def browser(home):
    """The person's browser says who it is."""
    for name, value in HEADERS.items():
        home.browser.defaults[f"HTTP_{name.upper().replace('-', '_')}"] = value
    home.browser.defaults["REMOTE_ADDR"] = ADDRESS
    return home


def facts_of_last(account):
    row = history_for_subject(subject_for_account(account))[0]
    return open_evidence(row.evidence_id, actor_ref="auditor", reason="to see")


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_a_decision_keeps_how_it_came_about(decision, browser, ask, account):
    page = ask("read.firstname", "read.phone")
    browser.consent(page, grants=["read.phone"], decision=decision)
    facts = facts_of_last(account)
    assert facts["ip"] == "198.51.100.0"
    assert facts["user_agent"] == HEADERS["User-Agent"]
    assert facts["accept_language"] == HEADERS["Accept-Language"]
    assert facts["path"] == "/consent"
    assert facts["sign_in_method"] in {"pwd", "otp"}
    assert facts["signed_in_at"]
    assert f'value="{facts["notice"]}"' in page.text
    assert first_fault() is None


def test_all_rows_of_one_submission_share_one_piece(browser, ask, account):
    browser.consent(ask("read.firstname", "read.phone"), grants=["read.phone"])
    rows = history_for_subject(subject_for_account(account))
    assert len({row.evidence_id for row in rows}) == 1


def test_a_withdrawal_keeps_it_too(browser, ask, account):
    browser.consent(ask("read.firstname"), grants=[])
    path = f"/me/apps/{Authorization.objects.get().pk}/withdraw/"
    browser.post(browser.get(path), "decision")
    facts = facts_of_last(account)
    assert (facts["ip"], facts["path"]) == ("198.51.100.0", path)
    assert "notice" not in facts


def test_a_site_may_keep_whole_addresses(browser, ask, account, settings):
    settings.CONSENTS = settings.CONSENTS | {"KEEP_WHOLE_IP": True}
    browser.consent(ask("read.firstname"), grants=[])
    assert facts_of_last(account)["ip"] == ADDRESS


def test_nothing_of_it_is_logged(browser, ask, caplog):
    caplog.set_level(logging.DEBUG)
    page = ask("read.firstname")
    browser.consent(page, grants=[])
    assert not any(told in caplog.text for told in [*HEADERS.values(), ADDRESS])
