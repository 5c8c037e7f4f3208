"""The real sandbox and the `clio` command, for tests.

`CLIO` names the command; without it the one built in this repository is taken.
"""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from clio_actions import Clio, bearer

_BUILT = [Path(__file__).parents[3] / "target" / it / "clio" for it in ("release", "debug")]
CLIO = os.environ.get("CLIO") or next((str(it) for it in _BUILT if it.exists()), None)


class Sandbox:
    """A local Clio of one test, which ends with it."""

    def __init__(self, test, rate_limit=100_000):
        if CLIO is None:
            raise RuntimeError("there is no `clio` command; build it with `cargo build --release`, or name it in CLIO")
        self._test = test
        self._home = tempfile.mkdtemp(prefix="clio-python-")
        test.addCleanup(shutil.rmtree, self._home, True)
        self._child = subprocess.Popen(
            [CLIO, "sandbox"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "CLIO_HOME": self._home},
        )
        test.addCleanup(self._end)
        told = json.loads(self._child.stdout.readline())
        self.origin, self.token = told["origin"], told["token"]
        self.control("POST", "/rate-limit", {"limit": rate_limit, "window_ms": 60_000})

    def _end(self):
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.origin}/sandbox{path}", data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = answer.read()
        return json.loads(told) if told else None

    def clio(self, http=None, **options):
        """The actions in its account, over an HTTP capability that ends with the test."""
        clio = Clio(self.origin, bearer(lambda: self.token, http), **options)
        self._test.addCleanup(clio.close)
        return clio

    def fault(self, effect, **where):
        self.control("POST", "/faults", {"effect": effect, **where})

    def add(self, what, body):
        """Adds a record; its id."""
        return self.control("POST", f"/{what}", body)["id"]

    def matter(self):
        """A client and a matter of theirs: their ids."""
        client = self.add("contacts", {"first_name": "Ann", "last_name": "Lee"})
        return client, self.add("matters", {"client": client, "description": "Lee"})

    def trace(self):
        return self.control("GET", "/trace")

    def documents(self):
        return self.control("GET", "/snapshot")["documents"]

    def clio_run(self, name, value, *args):
        """Calls an action with `clio run`: its outcome, or its error."""
        env = {**os.environ, "CLIO_HOME": self._home, "CLIO_ORIGIN": self.origin, "CLIO_ACCESS_TOKEN": self.token}
        ran = subprocess.run([CLIO, "run", name, "--input", "-", *args], input=json.dumps(value).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        return json.loads(ran.stdout)
