"""The credential: a bearer token on what goes to the account, and on nothing else."""

import re
from dataclasses import replace
from typing import Callable, Optional

from .http import CredentialError, Request, Response
from .http_client import http_client

_PLAIN = re.compile(r"[\x21-\x7e]+")


class bearer:
    """Attaches a bearer token to requests for the account.

    `token` gives it, and is called for each request, from whichever thread sends it.
    After a 401 it is called once more, or `renew` with the token that was refused:
    where that gives another one, the request is sent again.
    """

    def __init__(
        self, token: Callable[[], Optional[str]], http: Optional[Callable[[Request], Response]] = None,
        renew: Optional[Callable[[str], Optional[str]]] = None,
    ) -> None:
        if not callable(token):
            raise TypeError("bearer takes a function that gives the token, such as `bearer(lambda: token)`")
        self._token, self._renew = token, renew or (lambda refused: token())
        self._http = http or http_client()

    def __call__(self, request: Request) -> Response:
        if not request.account:
            return self._http(request)
        first = _asked(self._token)
        answer = self._send(request, first)
        if answer.status != 401:
            return answer
        try:
            second = _asked(lambda: self._renew(first))
        except CredentialError:
            return answer
        if second == first:
            return answer
        if answer.close is not None:
            answer.close()
        return self._send(request, second)

    def _send(self, request, token):
        return self._http(replace(request, headers=[*request.headers, ("authorization", f"Bearer {token}")]))

    def close(self) -> None:
        getattr(self._http, "close", lambda: None)()


def _asked(token):
    try:
        value = token()
    except Exception:
        # Its text may hold anything, a token among others.
        raise CredentialError("the token could not be had; the function that gives it failed", "unavailable") from None
    if not isinstance(value, str) or not _PLAIN.fullmatch(value):
        raise CredentialError("the token is no text of plain characters", "not_connected")
    return value
