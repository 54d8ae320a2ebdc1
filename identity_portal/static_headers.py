import re
from pathlib import Path
from wsgiref.headers import Headers

OWN_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')


def keep_own_policy(headers: Headers, path: str, _url: str) -> None:
    """A static page with inline code names its digests in a policy of its own; under that of the other pages it would
    stay blank. Framing is the one thing that a page cannot refuse from within (CSP 3 §3.3)."""
    policy = OWN_POLICY.search(Path(path).read_text("utf-8")) if path.endswith(".html") else None
    if policy:
        headers["Content-Security-Policy"] = f"{policy[1]}; frame-ancestors 'none'"
