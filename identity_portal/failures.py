import sys

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

# The lean statements use the driver itself, hence its own errors too.
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


def failed(request: HttpRequest) -> HttpResponse:
    """The page for what a view did not catch: 503 with Retry-After when the database is away or too slow, else 500.

    Django calls it while it handles the exception.
    """
    response = server_error(request)
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):
        response.status_code = 503
        response["Retry-After"] = "1"
    return response
