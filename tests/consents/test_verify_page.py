"""The page that checks a receipt: one file, opened from the disk, without network and without us."""

import json
import random
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page

from consents.canonical_json import canonical_json
from consents.domain.receipt_verification import TYP, claims_of, receipt_file, verify_receipt, words_match
from consents.errors import ReceiptInvalid
from consents.models import Receipt, Subject
from tests.chromium import LANGUAGES, faults
from tests.consents.acts import allow, publish, refuse, withdraw
from tests.consents.receipt_vectors import KID, OTHER, REFUSED, VECTORS, Vector, bundle_of, file_of
from tests.consents.signing import ISSUER, public_keys, sign

PAGE = Path(finders.find("consents/verify-receipt.html"))
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')
JWKS = json.dumps({"keys": public_keys()})
# What each vector is to the page: refused for a reason, or accepted with claims and the digests of their words.
VERDICTS = """async (vectors) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const verdicts = [];
  for (const { file, keys } of vectors) {
    try {
      const { claims } = await verifyReceipt(bytes(file), bytes(keys));
      const digests = await Promise.all((claims.pii_processing ?? []).map(wordsDigest));
      verdicts.push({ claims: canonical(claims), digests });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      verdicts.push({ reason: error.message });
    }
  }
  return verdicts;
}"""
# How many of the files that differ in one bit of each byte are not refused.
ACCEPTED_FLIPS = """async ({ file, keys, bit }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const [receipt, given] = [bytes(file), keys && bytes(keys)];
  const isAccepted = async (_byte, at) => {
    const forged = receipt.slice();
    forged[at] ^= bit;
    try {
      await verifyReceipt(forged, given);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return false;
    }
  };
  await verifyReceipt(receipt, given);
  return (await Promise.all(Array.from(receipt, isAccepted))).filter(Boolean).length;
}"""


@pytest.fixture
def receipt(subject: Subject, signed: None) -> Receipt:
    publish("read.phone")
    allow(subject, "read.phone")
    return Receipt.objects.get()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """The page from the disk, in a browser without network; it must not complain and must ask for nothing else."""
    context = chromium.new_context(locale="en-US", timezone_id="Asia/Tashkent", viewport={"width": 390, "height": 844})
    context.set_offline(True)
    page, asked, complaints = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(PAGE.as_uri())
    yield page
    assert (asked, complaints) == ([PAGE.as_uri()], [])
    context.close()


def encoded(content: bytes | str) -> str:
    return b64encode(content if isinstance(content, bytes) else content.encode()).decode()


def wire(vector: Vector) -> dict[str, str]:
    return {"file": encoded(vector.file), "keys": encoded(json.dumps({"keys": vector.keys}))}


def verdict_here(vector: Vector) -> str | None:
    """The canonical claims; None when refused."""
    try:
        return canonical_json(verify_receipt(vector.file, vector.keys))
    except ReceiptInvalid:
        return None


def submit(page: Page, receipt: str | bytes, keys: str = "") -> list[str]:
    """Paste both, press, and read the three lines."""
    page.locator("#receipt-text").fill(receipt if isinstance(receipt, str) else receipt.decode())
    page.locator("#keys-text").fill(keys)
    page.get_by_role("button", name="Check").click()
    page.locator("#result-title:focus").wait_for()
    return lines(page)


def lines(page: Page) -> list[str]:
    found = page.locator("#lines article")
    assert found.count() == 3
    return [found.nth(index).inner_text() for index in range(3)]


def states(page: Page) -> list[str | None]:
    found = page.locator("#lines article")
    return [found.nth(index).get_attribute("data-state") for index in range(found.count())]


def forged_claims(receipt: Receipt, **members: Any) -> str:
    return sign({**claims_of(receipt.jws), **members}, TYP)


def test_the_file_needs_nothing_else_and_its_policy_names_what_is_in_it() -> None:
    text = PAGE.read_text()

    def digests(tag: str) -> str:
        found = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        return " ".join(f"'sha256-{b64encode(sha256(part.encode()).digest()).decode()}'" for part in found)

    policy = f"default-src 'none'; script-src {digests('script')}; style-src {digests('style')}; img-src data:; "
    assert [*POLICY.findall(text)] == [policy + "base-uri 'none'; form-action 'none'"]
    assert set(re.findall(r'(?:src|href|action)="([^"#]{4})', text)) == {"data"}
    assert not re.search(r"\sstyle=|\son\w+=|innerHTML|insertAdjacent|document\.write|eval\(|fetch\(|import\(", text)


@pytest.mark.browser
@pytest.mark.django_db
def test_both_verifiers_say_the_same_of_every_vector(page: Page, receipt: Receipt) -> None:
    vectors = {name: make(receipt) for name, make in VECTORS.items()}
    verdicts = page.evaluate(VERDICTS, [wire(vector) for vector in vectors.values()])
    for (name, vector), verdict in zip(vectors.items(), verdicts, strict=True):
        assert verdict.get("claims") == verdict_here(vector), name
        assert ("reason" in verdict) is (name in REFUSED), name
    assert {verdict["reason"] for verdict in verdicts if "reason" in verdict} == {
        *("file", "jws", "kind", "key", "signature", "document", "ownKey")
    }


@pytest.mark.browser
@pytest.mark.django_db
def test_both_verifiers_say_the_same_of_a_thousand_files(page: Page, receipt: Receipt) -> None:
    """Bytes changed, taken out, doubled and put in anywhere; letters escaped and white space put in do no harm."""
    dice = random.Random("receipts")
    whole = [
        file_of(receipt),
        bundle_of(receipt),
        receipt.jws.encode(),
        json.dumps(json.loads(file_of(receipt))).encode(),
    ]
    vectors = []
    for number in range(1000):
        file = bytearray(whole[number % len(whole)])
        at = dice.randrange(len(file))
        part = [b"", file[at : at + 1] * 2, b" ", b"\\u%04x" % file[at], bytes([dice.randrange(256)]), b"{", b"1"]
        file[at : at + 1] = part[dice.randrange(len(part))]
        vectors.append(Vector(bytes(file), public_keys()))
    verdicts = page.evaluate(VERDICTS, [wire(vector) for vector in vectors])
    here = [verdict_here(vector) for vector in vectors]
    assert [verdict.get("claims") for verdict in verdicts] == here
    assert 30 < sum(claims is not None for claims in here) < 300


@pytest.mark.browser
@pytest.mark.django_db
def test_both_compute_the_same_digest_of_the_words(page: Page, receipt: Receipt) -> None:
    [processing] = claims_of(receipt.jws)["pii_processing"]
    notice = processing["privacy_notice"]
    odd = '“ʻ„ \\ / " \t\n\u2028\x7f ไทย Қ 𐍈'
    for changes in ({}, {"title": odd}, {"withdrawal": odd}, {"consequence": ""}):
        changed = {**processing, "purpose": processing["purpose"], "privacy_notice": {**notice, **changes}}
        digest = page.evaluate("wordsDigest", changed)
        assert words_match({**changed, "privacy_notice": {**changed["privacy_notice"], "sha256": digest}})
        assert (digest == notice["sha256"]) is (not changes)


@pytest.mark.browser
@pytest.mark.django_db
def test_every_changed_byte_is_found(page: Page, subject: Subject, signed: None) -> None:
    publish("read.phone", words="To call you.")
    publish("read.email", words="เพื่อส่งใบเสร็จให้คุณ “ʻ” 𐍈")
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    allow(subject, "read.email")
    keys, bits = encoded(JWKS), iter([1, 32, 128])
    for receipt in Receipt.objects.order_by("issued_at"):
        bit = next(bits)
        for file, given in ((bundle_of(receipt), keys), (bundle_of(receipt), None), (receipt.jws, keys)):
            assert page.evaluate(ACCEPTED_FLIPS, {"file": encoded(file), "keys": given, "bit": bit}) == 0


@pytest.mark.browser
@pytest.mark.django_db
def test_three_lines_say_who_signed_what_was_decided_and_that_today_is_unknown(page: Page, receipt: Receipt) -> None:
    signature, decided, status = submit(page, file_of(receipt), JWKS)
    assert f"Signed by {ISSUER} on " in signature
    assert "and not changed since." in signature
    assert KID in signature
    assert all(words in decided for words in ("Consent given", "Phone", "To call you.", "No calls.", "For: client-a"))
    assert "The digest computed from these words is the recorded one:" in decided
    assert re.search(r"Phone\nWas given on .+ at .+ GMT\+5; current status unknown\.", status)
    assert states(page) == ["matches", "paper", "unknown"]
    assert not re.search(r"\bvalid\b|active", page.locator("body").inner_text(), re.IGNORECASE)


@pytest.mark.browser
@pytest.mark.django_db
def test_a_refusal_and_a_withdrawal_are_told_as_what_they_are(page: Page, subject: Subject, signed: None) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    refuse(subject, "read.phone")
    withdraw(subject, "read.phone")
    _given, refused, withdrawn = Receipt.objects.order_by("issued_at")
    for receipt, outcome, was in (
        (refused, "Consent refused", "Was refused on"), (withdrawn, "Consent withdrawn", "Was withdrawn on")
    ):  # fmt: skip
        _signature, decided, status = submit(page, receipt.jws, JWKS)
        assert outcome in decided
        assert was in status
        assert status.count("current status unknown") == 1


@pytest.mark.browser
@pytest.mark.django_db
def test_a_key_that_the_file_brings_along_is_to_be_compared(page: Page, receipt: Receipt) -> None:
    signature = submit(page, bundle_of(receipt))[0]
    assert "which proves nothing yet" in signature
    assert KID in signature
    assert states(page) == ["compare", "paper", "unknown"]
    own = {**OTHER.as_dict(private=False), "kid": KID}
    forged = receipt_file(
        receipt.document, sign(claims_of(receipt.jws), TYP, key=OTHER), {**own, "kid": OTHER.thumbprint()}
    )
    assert OTHER.thumbprint() in submit(page, forged)[0], "the fingerprint of the key itself"
    assert "Not proven. The key that signed is not among these keys." in submit(page, forged, JWKS)[0]
    assert "Not proven. No public key was given" in submit(page, file_of(receipt))[0]
    assert "Not proven. The keys are not a JWK Set." in submit(page, file_of(receipt), "{}x")[0]


@pytest.mark.browser
@pytest.mark.django_db
def test_of_what_is_not_proven_nothing_is_shown(page: Page, receipt: Receipt) -> None:
    submit(page, file_of(receipt), JWKS)
    signature, decided, status = submit(page, file_of(receipt).replace(b"To call", b"To sell", 1), JWKS)
    assert "Not proven. The text for reading is not the one that was signed." in signature
    assert "Not shown, because nothing is proven." in decided
    assert status.endswith("Unknown.")
    assert states(page) == ["refused", "unknown", "unknown"]


@pytest.mark.browser
@pytest.mark.django_db
def test_words_that_do_not_have_their_digest_are_told(page: Page, receipt: Receipt) -> None:
    [processing] = claims_of(receipt.jws)["pii_processing"]
    jws = forged_claims(receipt, pii_processing=[{**processing, "purpose": "To sell it."}])
    decided = submit(page, jws, JWKS)[1]
    assert "To sell it." in decided
    assert "These words do not have the digest that is recorded:" in decided


@pytest.mark.browser
@pytest.mark.django_db
def test_markup_in_a_receipt_is_text(page: Page, receipt: Receipt) -> None:
    [processing] = claims_of(receipt.jws)["pii_processing"]
    notice = {**processing["privacy_notice"], "title": "<img src=x onerror=alert(1)><b>Phone</b>"}
    jws = forged_claims(receipt, pii_processing=[{**processing, "privacy_notice": notice, "language": '"><b>'}])
    assert "<img src=x onerror=alert(1)><b>Phone</b>" in submit(page, jws, JWKS)[1]
    assert page.locator("#lines b, #lines img").count() == 0


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.parametrize("processing", [None, 1, "x", {"event": [None]}, {"privacy_notice": 1, "event": [{}]}], ids=str)
def test_what_was_signed_but_is_no_receipt_leaves_no_former_result(
    page: Page, receipt: Receipt, processing: Any
) -> None:
    assert "To call you." in submit(page, file_of(receipt), JWKS)[1]
    assert "To call you." not in "".join(submit(page, forged_claims(receipt, pii_processing=[processing]), JWKS))


@pytest.mark.browser
@pytest.mark.django_db
def test_files_are_read_as_they_are_and_the_last_given_counts(page: Page, receipt: Receipt, tmp_path: Path) -> None:
    file, jwks = tmp_path / "receipt.json", tmp_path / "jwks.json"
    file.write_bytes(file_of(receipt))
    jwks.write_text(JWKS)
    page.locator("#receipt-text").fill("nonsense")
    page.locator("#receipt-file").set_input_files(file)
    page.locator("#keys-file").set_input_files(jwks)
    page.get_by_role("button", name="Check").click()
    page.locator("#result-title:focus").wait_for()
    assert states(page)[0] == "matches"
    assert page.locator("#receipt-text").input_value() == ""
    page.locator("#receipt-text").press_sequentially("x")
    assert page.locator("#receipt-file").evaluate("input => input.files.length") == 0
    page.get_by_role("button", name="Check").click()
    page.locator("article[data-state=refused]").wait_for()


@pytest.mark.browser
@pytest.mark.django_db
def test_by_keyboard_alone(page: Page, receipt: Receipt) -> None:
    page.locator("#receipt-file").focus()
    page.keyboard.press("Tab")
    page.keyboard.insert_text(bundle_of(receipt).decode())
    for _stop in ("file of keys", "text of keys", "button"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#result-title:focus").wait_for()
    assert states(page)[0] == "compare"


@pytest.mark.browser
def test_nothing_given_is_told_beside_the_field(page: Page) -> None:
    page.get_by_role("button", name="Check").click()
    page.get_by_role("alert").get_by_text("Choose the file of the receipt, or paste its text.").wait_for()
    assert page.locator("#receipt-file:focus").get_attribute("aria-invalid") == "true"
    assert page.locator("#result").is_hidden()


@pytest.mark.browser
def test_every_language_has_every_word(page: Page) -> None:
    words, reasons = page.evaluate("[WORDS, REASONS]")
    for table in (words, reasons):
        assert list(table) == LANGUAGES
        assert {tuple(table[language]) for language in LANGUAGES} == {tuple(table["en"])}
        for key in table["en"]:
            said = [table[language][key] for language in LANGUAGES]
            assert len(set(said)) == 5, key
            assert len({tuple(sorted(re.findall(r"{\w+}", text))) for text in said}) == 1, key


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_language_and_nothing_overflows_at_320(
    page: Page, receipt: Receipt, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 640})
    for language in LANGUAGES:
        page.locator("#language").select_option(language)
        assert page.locator("html").get_attribute("lang") == language
        for text in ("", bundle_of(receipt).decode(), "?"):
            page.locator("#receipt-text").fill(text)
            page.locator("form button").click()
            page.locator(":focus").wait_for()
            assert faults(page) == []
    page.emulate_media(media="print", color_scheme=scheme)
    assert faults(page) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("locale", "language"), [("kk-KZ", "kk"), ("uz-Latn-UZ", "uz"), ("th-TH", "th"), ("fr-FR", "en")]
)
def test_the_page_speaks_the_language_of_the_browser(chromium: Browser, locale: str, language: str) -> None:
    page = chromium.new_page(locale=locale)
    page.goto(PAGE.as_uri())
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("#language").input_value() == language
    page.close()


@pytest.mark.browser
def test_without_javascript_the_page_says_that_it_needs_it(chromium: Browser) -> None:
    page = chromium.new_page(java_script_enabled=False)
    page.goto(PAGE.as_uri())
    assert "This page needs JavaScript." in page.locator("body").inner_text()
    assert page.locator("form").is_hidden()
    page.close()
