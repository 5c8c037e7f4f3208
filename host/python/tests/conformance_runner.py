#!/usr/bin/env python3
"""Calls actions for a driver: a JSON line in, a JSON line out, until its input ends.

In: `{"origin": …, "token": …, "function": "sync-contact.sync", "input": …}`. Out:
`{"ok": outcome}`, `{"err": error}`, or `{"failure": {"cause": …, "message": …}}`.
Where the packages are not at hand it runs in what `prepare` made.
"""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
try:
    import wasmtime  # noqa: F401
except ImportError:
    python = HERE / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == HERE / ".venv":
        sys.exit("wasmtime is not installed; run `host/python/prepare` first")
    os.execv(python, [str(python), __file__])

sys.path.insert(0, str(HERE))
from clio_actions import Clio, HostFailure, CallError, bearer, http_client  # noqa: E402


def answer(line, http):
    call = json.loads(line)
    clio = Clio(call["origin"], bearer(lambda: call["token"], http))
    try:
        return {"ok": clio.call(call["function"], call["input"])}
    except HostFailure as failure:
        return {"failure": failure.error["execution_failed"]}
    except CallError as error:
        return {"err": error.error}


def main():
    with_connections = http_client()
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(answer(line, with_connections)), flush=True)


if __name__ == "__main__":
    main()
