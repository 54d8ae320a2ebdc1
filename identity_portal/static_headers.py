import re
from pathlib import Path
from wsgiref.headers import Headers

OWN_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')
BUTTON = re.compile(r"/freedom_id/button/[a-z-]+-\d+\.\d+\.\d+\.(css|js)$")


def static_headers(headers: Headers, path: str, url: str) -> None:
    """What single static files need beside the headers of all (WHITENOISE_ADD_HEADERS_FUNCTION)."""
    keep_own_policy(headers, path)
    if BUTTON.search(url):
        share_for_good(headers)


def keep_own_policy(headers: Headers, path: str) -> None:
    """A static page with inline code names its digests in a policy of its own; under that of the other pages it would
    stay blank. Framing is the one thing that a page cannot refuse from within (CSP 3 §3.3)."""
    policy = OWN_POLICY.search(Path(path).read_text("utf-8")) if path.endswith(".html") else None
    if policy:
        headers["Content-Security-Policy"] = f"{policy[1]}; frame-ancestors 'none'"


def share_for_good(headers: Headers) -> None:
    """Partners' pages load the button, with its digest: SRI needs CORS, and a version never changes."""
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers["Cache-Control"] = "public, max-age=31536000, immutable"
