"""Calls one function a line, as a client of `clio mcp`, for a driver that compares hosts.

In, a JSON line a call: {"origin": …, "token": …, "function": "sync-contact.sync",
"input": …}. Out, one each, in order: {"ok": OUTPUT}, {"err": ERROR} or {"failure": …}.
The operator allows writes here: what is compared is what the actions do.

    python conformance_runner.py [2025-11-25|2026-07-28]

CLIO names the command.
"""

import asyncio
import json
import os
import sys
import tempfile

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

REVISIONS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}
# Arguments are members of an object: other JSON cannot be said.
NO_WORD = {"failure": {"cause": "refused", "message": "the arguments of a tool are an object"}}


def tool_of(function, names):
    """The tool of a function: an action's only one has the action's name alone."""
    action, _, verb = function.replace("-", "_").partition(".")
    return action if action in names else f"{action}_{verb}"


def told(result):
    value = result.structured_content
    if value is None:
        # Before 2026-07-28 what is no object stands in the text alone.
        value = json.loads(result.content[0].text)
    if not result.is_error:
        return {"ok": value}
    error = value.get("error")
    if error is None:
        return {"failure": {"cause": "refused", "message": value["message"]}}
    failed = error.get("execution_failed") if isinstance(error, dict) else None
    return {"failure": failed} if isinstance(failed, dict) else {"err": error}


async def serve(lines, first, mode, home):
    """Answers the calls of one account; returns the first of another."""
    account = (first["origin"], first["token"])
    server = StdioServerParameters(
        command=os.environ["CLIO"],
        args=["mcp", "--writes", "allow"],
        env={**os.environ, "CLIO_HOME": home, "CLIO_ORIGIN": account[0], "CLIO_ACCESS_TOKEN": account[1]},
    )
    async with Client(stdio_client(server), mode=mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        call = first
        while call is not None and (call["origin"], call["token"]) == account:
            answer = NO_WORD
            if isinstance(call["input"], dict):
                result = await client.call_tool(tool_of(call["function"], names), call["input"])
                answer = told(result)
            print(json.dumps(answer), flush=True)
            call = await asyncio.to_thread(next, lines, None)
    return call


async def main():
    mode = REVISIONS[sys.argv[1] if len(sys.argv) > 1 else "2026-07-28"]
    lines = (json.loads(line) for line in sys.stdin if line.strip())
    call = next(lines, None)
    with tempfile.TemporaryDirectory() as home:
        number = 0
        while call is not None:
            number += 1
            # A home for each account: what is remembered is that one's.
            call = await serve(lines, call, mode, os.path.join(home, str(number)))


if __name__ == "__main__":
    asyncio.run(main())
