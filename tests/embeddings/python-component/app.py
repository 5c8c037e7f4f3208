"""An action in Python: what `componentize-py` makes of it runs as any other."""

import json
from urllib.parse import urlsplit

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import credentials, outgoing_handler
from wit_world.imports.clio_actions_types import (
    Error_Permanent,
    Error_Transient,
    Problem,
    ProblemCode,
)
from wit_world.imports.streams import StreamError_Closed
from wit_world.imports.wasi_http_types import (
    ErrorCode_HttpRequestDenied,
    Fields,
    OutgoingBody,
    OutgoingRequest,
    Scheme_Http,
    Scheme_Https,
)

AREAS = "/api/v4/practice_areas.json?fields=id,name&order=id(asc)&limit=200"


class CountAreas(exports.CountAreas):
    def count(self, part: str) -> int:
        path, count = AREAS, 0
        while path:
            page = get(path)
            count += sum(part.lower() in (row["name"] or "").lower() for row in page["data"])
            following = page.get("meta", {}).get("paging", {}).get("next")
            path = following and following[following.index("/api/v4/"):]
        return count


def get(path):
    """Reads one page of the account."""
    try:
        account = credentials.get_account()
    except Err:
        raise failed(Error_Permanent, ProblemCode.NOT_CONNECTED, "No Clio account is connected.")
    origin = urlsplit(account.origin)
    request = OutgoingRequest(Fields.from_list([("accept", b"application/json")]))
    request.set_scheme(Scheme_Http() if origin.scheme == "http" else Scheme_Https())
    request.set_authority(origin.netloc)
    request.set_path_with_query(path)
    outgoing = request.body()
    try:
        future = outgoing_handler.handle(request, None)
    except Err as error:
        raise refused(error.value)
    OutgoingBody.finish(outgoing, None)
    future.subscribe().block()
    answer = future.get().value
    if isinstance(answer, Err):
        raise refused(answer.value)
    response = answer.value
    body = read(response)
    if response.status() != 200:
        raise failed(Error_Transient, ProblemCode.UNAVAILABLE, "Clio did not answer with a list.")
    return json.loads(body)


def read(response):
    """Reads a body whole. What is part of another is dropped before it."""
    incoming = response.consume()
    body = b""
    with incoming.stream() as stream:
        while True:
            try:
                body += stream.blocking_read(16384)
            except Err as error:
                if isinstance(error.value, StreamError_Closed):
                    return body
                raise failed(Error_Transient, ProblemCode.UNAVAILABLE, "The answer was cut short.")


def refused(code):
    if isinstance(code, ErrorCode_HttpRequestDenied):
        return failed(Error_Permanent, ProblemCode.DENIED_BY_POLICY, "The host denied the request.")
    return failed(Error_Transient, ProblemCode.UNAVAILABLE, "Clio gave no answer.")


def failed(case, code, message):
    return Err(case(Problem(code, message, None, None, None, None, [])))
