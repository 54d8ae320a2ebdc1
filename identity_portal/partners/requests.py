"""The requests of the quick start, for a shell with curl. A line NAME='…' is for the reader to fill in."""

KNOWN = """API={api}
CLIENT_ID='your client_id'
SECRET='your secret'
REDIRECT_URI='https://shop.example/callback'"""
LINK = """curl -s -u "$CLIENT_ID:$SECRET" "$API/authorize" \\
  -H 'Content-Type: application/json' -d @- <<END
{
  "redirect_uri": "$REDIRECT_URI",
  "grants": ["read.firstname", "read.phone"],
  "state": "random, kept in the session"
}
END"""
TOKEN = """CODE='authorization_code of that address'

curl -s -u "$CLIENT_ID:$SECRET" "$API/token" \\
  -H 'Content-Type: application/json' -d @- <<END
{"authorization_code": "$CODE"}
END"""
INFO = """ACCESS_TOKEN='access_token of the answer'

curl -s "$API/user" -H "Authorization: Bearer $ACCESS_TOKEN\""""
REFRESH = """REFRESH_TOKEN='refresh_token of the answer'

curl -s -X PATCH "$API/token" \\
  -H "Authorization: Bearer $REFRESH_TOKEN\""""


def requests_at(api: str) -> dict[str, str]:
    """The requests by the names of their steps; `api` is the address of the partner API."""
    known = KNOWN.replace("{api}", api)
    return {"known": known, "link": LINK, "token": TOKEN, "info": INFO, "refresh": REFRESH}
