"""One byte form for one value, so that anyone can compute its digest again.

For the values used here (objects with ASCII keys, arrays, strings, integers, null) this is RFC 8785 (JCS).
"""

import hashlib
import json
from collections.abc import Mapping

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: Mapping[str, object]) -> str:
    """The canonical JSON of `value`, as text; for bytes, encode it in UTF-8."""
    return _ENCODER.encode(value)


def sha256_of(value: Mapping[str, object]) -> str:
    """The SHA-256 of the canonical JSON of `value`, 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
