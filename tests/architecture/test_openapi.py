"""docs/openapi.yaml against what is served: paths and methods, scopes, error codes, and its own examples."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

import consents.api.answers
import freedom_id.errors
from consents.errors import AccountNeeded, InvalidRequest, UnknownAccount, UnknownReceipt
from freedom_id.errors import (
    AccountUnavailable,
    FreedomIdError,
    InsufficientScope,
    InvalidClient,
    InvalidToken,
    UnauthorizedClient,
)
from freedom_id.grants import OPERATOR_SCOPES
from freedom_id.identity_v4.door import Route
from freedom_id.identity_v4.errors import MESSAGES
from freedom_id.identity_v4.otps import SCOPES as SCOPES_OF_CODES
from tests.openapi import openapi, operations, resolved, shape

DOORS = re.compile(r"(api/)?v1/oauth/|identity/v4/.|consents/(v1|receipts)/|oauth2/|\.well-known/")
PAGES = {"/oauth2/authorize", "/oauth2/logout", "/oauth2/logout/confirm"}  # people see them
UNKNOWN_METHOD = "BREW"
DOCS = Path(__file__).resolve().parents[2] / "docs"
Views = dict[Any, list[str]]


def served(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path, view) of every REST door that the URLconf has."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from served(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and DOORS.match(path) and f"/{path}" not in PAGES:
            yield f"/{path}", pattern.callback


def methods_of(path: str) -> set[str]:
    """As the door says itself, asked by a method that there is not."""
    answer = Client().generic(UNKNOWN_METHOD, shape(path).replace("{}", "x"))
    assert answer.status_code == 405, path
    return set(answer["Allow"].split(", "))


def paths_by_view() -> Views:
    views: Views = defaultdict(list)
    for path, view in served():
        views[view].append(path)
    return views


def errors_of(door: str, path: Any = ("code",)) -> set[tuple[Any, int]]:
    """(code, status) of the examples of a door's error answers."""
    found = set()
    for name, response in openapi()["components"]["responses"].items():
        if name.startswith(door):
            for example in response["content"]["application/json"]["examples"].values():
                value = example["value"]
                for step in path:
                    value = value.get(step, {})
                found.add((value or None, int(name.removeprefix(door))))
    return found


def examples(node: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(place, schema, example) of everything in the document that has both."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from examples(item, f"{place}/{index}")
    if not isinstance(node, dict):
        return
    if "schema" in node:
        shown = [node["example"]] if "example" in node else []
        shown += [example["value"] for example in node.get("examples", {}).values()]
        for value in shown:
            yield place, node["schema"], value
    for name, value in node.items():
        if name not in {"example", "examples"}:
            yield from examples(value, f"{place}/{name}")


def test_the_document_is_valid() -> None:
    validate(openapi())


def test_whatever_is_served_is_documented_and_nothing_else() -> None:
    documented = defaultdict(set)
    for path, method, _operation in operations():
        documented[shape(path)].add(method)
    met = {}
    for paths in paths_by_view().values():
        for path in paths:
            if shape(path) in documented:
                met[shape(path)] = methods_of(path)
    assert met == documented


def test_a_second_path_of_a_view_is_named_as_its_alias() -> None:
    words = {shape(path): operation.get("description", "") for path, _method, operation in operations()}
    told = {shape(alias) for text in words.values() for alias in re.findall(r"`(/[^`]+)`", text)}
    for paths in paths_by_view().values():
        others = [path for path in paths if shape(path) not in words]
        assert len(others) < len(paths), f"nothing documents {paths}"
        assert all(shape(path) in told or path.startswith("/v1/oauth/") for path in others), others
    assert "`/v1/oauth/…`" in words["/api/v1/oauth/authorize"]


def test_each_row_of_the_identity_door_says_what_opens_it() -> None:
    told = {(shape(path), method): operation["security"] for path, method, operation in operations()}
    for path, view in served():
        if not isinstance(view, Route) or (shape(path), next(iter(view.operations))) not in told:
            continue
        for method, operation in view.operations.items():
            scopes = getattr(operation, "scopes", SCOPES_OF_CODES)
            expected = {("client" if scope in OPERATOR_SCOPES else "person", (scope,)) for scope in scopes}
            security = told[shape(path), method]
            assert {(way, tuple(names)) for ways in security for way, names in ways.items()} == expected, path


def test_a_response_stands_under_its_own_status() -> None:
    for path, _method, operation in operations():
        for status, response in operation["responses"].items():
            name = response.get("$ref", status).rpartition("/")[2]
            assert name.endswith(status), f"{path} {status}"


def test_every_code_of_the_partner_api_is_documented_with_its_status() -> None:
    table = [error for error in vars(freedom_id.errors).values() if isinstance(error, type)]
    known = {(error.code, error.http_status) for error in table if issubclass(error, FreedomIdError) and error.code}
    documented = errors_of("FreedomId", ("error", "code"))
    assert {pair for pair in documented if pair[0]} == known | {(FreedomIdError.code, 503)}
    assert {status for code, status in documented if code is None} == {400, 405, 413, 422}


def test_every_code_of_the_identity_door_is_documented_with_its_status() -> None:
    assert errors_of("Identity") == {(code, code // 100) for code in MESSAGES}


def test_every_code_of_the_consents_door_is_documented_with_its_status() -> None:
    own = {(error.code, error.http_status) for error in (AccountNeeded(), UnknownAccount(), UnknownReceipt())}
    own |= {(error.code, error.http_status) for error in (InvalidRequest(""),)}
    callers = (InvalidToken, InvalidClient, InsufficientScope, AccountUnavailable, UnauthorizedClient)
    callers += (freedom_id.errors.RateLimited,)
    own |= {(error.error, error.http_status) for error in callers} | {("unauthorized", 401)}
    source = Path(consents.api.answers.__file__).read_text()
    answered = re.findall(r'(?:error_body\(|request, )"(\w+)", "[^"]+"\)?, (\d+)', source)
    own |= {(code, int(status)) for code, status in answered}
    assert errors_of("Consents", ("error", "code")) == own


def test_the_examples_fit_their_schemas() -> None:
    components, faults = openapi()["components"], []
    for place, schema, example in examples(openapi()):
        judge = OAS31Validator({"components": components, **schema}, format_checker=OAS31Validator.FORMAT_CHECKER)
        faults += [f"{place}: {error.message}" for error in judge.iter_errors(example)]
    assert faults == []


def test_every_success_of_an_operation_with_a_body_has_an_example() -> None:
    for path, method, operation in operations():
        for status, response in operation["responses"].items():
            for media, content in resolved(response).get("content", {}).items():
                if media == "application/json" and status.startswith("2") and "schema" in content:
                    assert "example" in content or path.startswith("/.well-known/"), f"{method} {path}"


def requests_of(text: str) -> Iterator[tuple[str, str]]:
    """(method, path) of every request of a .http file, its base filled in; other variables stay `{…}`."""
    [base] = re.findall(r"^@base = \S+?://[^/\s]+(\S*)$", text, re.MULTILINE)
    for method, rest in re.findall(r"^(GET|POST|PUT|PATCH|DELETE) \{\{base\}\}(\S*)$", text, re.MULTILINE):
        yield method, re.sub(r"\{\{\w+\}\}", "{}", base + rest.partition("?")[0])


def test_the_ready_requests_are_those_of_the_document() -> None:
    documented = {(method, shape(path)) for path, method, _operation in operations()}
    files = sorted(DOCS.glob("*.http"))
    ready = [request for file in files for request in requests_of(file.read_text())]
    assert len(files) == 4
    assert len(ready) == sum(file.read_text().count("\n### ") for file in files), "a request that was not read"
    assert documented - set(ready) == {("POST", "/oauth2/userinfo")}
    assert set(ready) <= documented


def test_the_ready_requests_use_variables_that_their_file_sets() -> None:
    for file in DOCS.glob("*.http"):
        text = file.read_text()
        named = set(re.findall(r"^@(\w+) = ", text, re.MULTILINE))
        assert set(re.findall(r"\{\{(\w+)\}\}", text)) == named, file.name
