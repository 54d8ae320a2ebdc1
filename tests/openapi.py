"""docs/openapi.yaml as tests read it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from identity_portal.api_schema import document

METHODS = {"get", "post", "put", "patch", "delete"}
Operation = dict[str, Any]


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(document())
    return found


def operations() -> Iterator[tuple[str, str, Operation]]:
    """(path, method in capitals, operation) of the document."""
    for path, item in openapi()["paths"].items():
        for method in METHODS & set(item):
            yield path, method.upper(), item[method]


def shape(path: str) -> str:
    """The path with its parameters nameless, whether Django or OpenAPI wrote it."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The node, or what it refers to."""
    while "$ref" in node:
        found: Any = openapi()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node
