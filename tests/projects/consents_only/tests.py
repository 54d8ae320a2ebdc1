"""What a site gets that installs `consents` alone. Run by `manage.py test`, on the unpacked wheel."""

import os
import re
import sys
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import letters
import receipt_keys
import seed
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

import consents
from consents.domain.receipt_verification import verify_receipt
from consents.enums import Reason
from consents.models import ConsentTransaction, Receipt

HEAVY = {"freedom_id", "identity_portal", "oauth2_provider", "oauthlib", "rest_framework", "celery"}


class Distribution(TestCase):
    def test_consents_comes_from_the_wheel_and_nothing_else_of_the_house_is_there(self):
        assert Path(consents.__file__).parent.parent == Path(os.environ["WHEEL"])
        assert find_spec("freedom_id") is None
        assert find_spec("identity_portal") is None

    def test_only_what_it_needs_is_loaded(self):
        self.client.get(reverse("consents:mine"))
        assert HEAVY & {name.partition(".")[0] for name in sys.modules} == set()


class Site(TestCase):
    @classmethod
    def setUpTestData(cls):
        seed.seed()
        cls.dilnoza, cls.timur = (get_user_model().objects.get(username=name) for name in ("dilnoza", "timur"))

    def setUp(self):
        self.client.force_login(self.dilnoza)

    def open(self, language="en"):
        return self.client.get("/consents/ask/welcome/", headers={"accept-language": language}).content.decode()

    def answer(self, page, **answers):
        """Press the button; `answers` by the title of the question."""
        [notice] = re.findall(r'name="notice" value="([^"]+)"', page)
        names = dict(re.findall(r'<legend[^>]*>([^<]+)</legend>.*?name="(answer-[^"]+)"', page, re.DOTALL))
        data = {names[title]: value for title, value in answers.items()}
        return self.client.post("/consents/ask/welcome/", {"notice": notice, **data}, follow=True)

    def test_ask_check_show_withdraw(self):
        assert not letters.may_write_to(self.dilnoza)
        saved = self.answer(self.open(), **{"Advice": "no", "Monthly letter": "yes"})
        self.assertContains(saved, "Your answers are saved")
        assert letters.may_write_to(self.dilnoza)
        assert not letters.may_write_to(self.timur)
        mine = self.client.get("/consents/mine/")
        self.assertContains(mine, "Monthly letter")
        [path] = re.findall(r'href="(/consents/mine/[^"]+/withdraw/)"', mine.content.decode())
        self.client.post(path, {"decision": "withdraw"})
        assert not letters.may_write_to(self.dilnoza)

    def test_the_receipt_is_signed_with_the_key_of_the_site(self):
        saved = self.answer(self.open(), **{"Advice": "yes", "Monthly letter": "yes"}).content.decode()
        [path] = re.findall(r'href="([^"]+\.json)"', saved)
        claims = verify_receipt(self.client.get(path).content, receipt_keys.public_keys())
        assert claims["iss"] == "https://bookshop.example"
        self.client.force_login(self.timur)
        assert self.client.get(path).status_code == 404

    def test_what_changed_since_the_yes_is_shown(self):
        page = self.open()
        assert "This changed since you agreed" in page
        assert re.search(r"<ins><span[^>]*>new: </span>\s?and readings\s?<span", page)

    def test_a_page_is_answered_by_its_reader_and_once(self):
        page = self.open()
        self.client.force_login(self.timur)
        assert self.answer(page, **{"Advice": "yes", "Monthly letter": "yes"}).status_code == 409
        self.client.force_login(self.dilnoza)
        page = self.open()
        assert self.answer(page, **{"Advice": "yes", "Monthly letter": "yes"}).status_code == 200
        assert self.answer(page, **{"Advice": "no", "Monthly letter": "no"}).status_code == 409
        assert ConsentTransaction.objects.filter(collection_point__name="welcome").count() == 2

    def test_the_pages_speak_the_languages_of_the_wheel(self):
        self.answer(self.open("ru"), **{"Advice": "no", "Письмо раз в месяц": "yes"})
        mine = self.client.get("/consents/mine/", headers={"accept-language": "ru"})
        self.assertContains(mine, '<html class="consents-site" lang="ru"')
        self.assertContains(mine, "Отказано")
        for language in ("ru", "uz", "kk", "th"):
            with translation.override(language):
                assert str(Reason.REFUSED.label) != "refused", language

    def test_stylesheet_and_templates_are_in_the_wheel(self):
        found = StringIO()
        call_command("findstatic", "consents/consents.css", first=True, verbosity=0, stdout=found)
        assert os.environ["WHEEL"] in found.getvalue()

    def test_the_door_of_checks_is_shut_until_the_site_names_a_caller(self):
        answer = self.client.get("/consents/v1/check?names=letters")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")

    def test_strangers_sign_in_first(self):
        self.client.logout()
        self.assertRedirects(self.client.get("/consents/mine/"), "/accounts/login/?next=/consents/mine/")


class Maintenance(TestCase):
    def test_checks_and_migrations_are_clean(self):
        call_command("check", database=["default"], fail_level="WARNING")
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
        call_command("migrate", check=True, verbosity=0)

    def test_the_commands_are_there(self):
        seed.seed()
        said = StringIO()
        call_command("verify_ledger", stdout=said)
        call_command("rebuild_state", stdout=said)
        assert "sound" in said.getvalue()

    def test_the_site_may_unregister_a_page_of_the_admin(self):
        assert Receipt not in admin.site._registry
        assert ConsentTransaction in admin.site._registry
        self.client.force_login(get_user_model().objects.create_superuser("root", password="x"))
        index = self.client.get("/admin/").content.decode()
        assert "/admin/consents/consenttransaction/" in index
        assert "/admin/consents/receipt/" not in index

    def test_every_page_of_the_admin_opens(self):
        self.client.force_login(get_user_model().objects.create_superuser("root", password="x"))
        for model in admin.site._registry:
            if model._meta.app_label == "consents":
                path = f"/admin/consents/{model._meta.model_name}/"
                assert self.client.get(path).status_code == 200, path

    def test_a_setting_that_is_misspelt_stops_the_start(self):
        with self.settings(CONSENTS={"SIGNR": "x", "SIGNER": "no.where"}):
            found = sorted(message.id for message in run_checks() if message.id.startswith("consents."))
        assert found == ["consents.E001", "consents.E003", "consents.W001"]
