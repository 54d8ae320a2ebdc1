"""The Freedom ID door (contract part A): each handler parses, calls one domain function, answers."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from freedom_id.api.answers import answering, iso_time, json_answer, profile_answer, token_answer
from freedom_id.api.inputs import (
    bearer,
    json_object,
    link_input,
    profile_input,
    status_input,
    token_input,
)
from freedom_id.domain.data_reads import note_read
from freedom_id.domain.links import create_link
from freedom_id.domain.person import fields_of, released
from freedom_id.domain.profile_requests import profile_status, submit_profile_request
from freedom_id.domain.tokens import exchange_code, live_access, rotate_refresh_token
from freedom_id.errors import InvalidRefreshToken
from freedom_id.rfc7617_basic import basic_credentials


def link(request: HttpRequest) -> HttpResponse:
    """Method 1, Link."""
    credentials = basic_credentials(request)
    return json_answer({"redirect_uri": create_link(credentials, link_input(json_object(request)))})


def token(request: HttpRequest) -> HttpResponse:
    """Method 3, Token."""
    credentials = basic_credentials(request)
    code, verifier, revoke_uri = token_input(json_object(request))
    return token_answer(exchange_code(credentials, code=code, code_verifier=verifier, revoke_uri=revoke_uri))


def refresh(request: HttpRequest) -> HttpResponse:
    """Method 4, Refresh: the refresh token is the bearer, the body is empty."""
    return token_answer(rotate_refresh_token(bearer(request, InvalidRefreshToken)))


def info(request: HttpRequest) -> HttpResponse:
    """Method 5, Info: `id` and each field whose grant the person still allows."""
    access = live_access(bearer(request))
    note_read(access)
    grants = access.live_grants(timezone.now())
    return json_answer({"id": str(access.freedom_id), **released(access.load_person(fields_of(grants)), grants)})


def get_profile(request: HttpRequest) -> HttpResponse:
    """Method 6, Profile: a request is queued."""
    access = live_access(bearer(request))
    return json_answer(profile_answer(submit_profile_request(access, profile_input(json_object(request)))))


def get_profile_status(request: HttpRequest) -> HttpResponse:
    """Method 7, Profile: its state; the id in the JSON body of the GET, or in the query."""
    access = live_access(bearer(request))
    answer = profile_status(access, status_input(request))
    body = profile_answer(answer) | {"datetime": iso_time(timezone.now())}
    if answer.profile is not None:
        body["profile"] = answer.profile
    return json_answer(body)


authorize_view = answering(POST=link)
token_view = answering(POST=token, PATCH=refresh)
info_view = answering(GET=info)
profile_view = answering(POST=get_profile)
profile_status_view = answering(GET=get_profile_status)
