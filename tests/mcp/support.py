"""The real sandbox, the real `clio mcp`, and clients of both revisions."""

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import ElicitResult

CLIO = os.environ["CLIO"]
# A loaded machine is no finding.
logging.getLogger("asyncio").setLevel(logging.ERROR)
# How a client opens: with the handshake (2025-11-25), or with each request by itself.
REVISIONS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}


class Sandbox:
    """A local Clio with a home for the command, both gone with it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="clio-mcp-")
        self.home = os.path.join(self.folder, "home")
        self.process = subprocess.Popen(
            [CLIO, "sandbox"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "CLIO_HOME": self.home},
        )
        told = json.loads(self.process.stdout.readline())
        self.origin, self.token = told["origin"], told["token"]
        self.control("POST", "/rate-limit", {"limit": 100_000, "window_ms": 60_000})

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder)

    def control(self, method, path, body=None):
        request = urllib.request.Request(
            self.origin + "/sandbox" + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def fault(self, effect, **where):
        self.control("POST", "/faults", {"effect": effect, **where})

    def requests(self):
        """What the sandbox was asked: method and path of each request."""
        return [(it["method"], it["path"]) for it in self.control("GET", "/trace")]

    def writes(self):
        return [it for it in self.requests() if it[0] not in ("GET", "HEAD")]

    def snapshot(self):
        return self.control("GET", "/snapshot")

    def matter(self):
        client = self.control("POST", "/contacts", {"first_name": "Ann", "last_name": "Lee"})["id"]
        return self.control("POST", "/matters", {"client": client, "description": "Lee"})["id"]

    @property
    def environment(self):
        return {
            **os.environ,
            "CLIO_HOME": self.home,
            "CLIO_ORIGIN": self.origin,
            "CLIO_ACCESS_TOKEN": self.token,
        }

    def clio(self, *arguments, stdin=None):
        """Runs the command, and returns its exit code, what it printed, and stderr."""
        ended = subprocess.run(
            [CLIO, *arguments], input=stdin, capture_output=True, text=True, env=self.environment, timeout=60
        )
        return ended.returncode, ended.stdout, ended.stderr

    def log(self):
        return json.loads(self.clio("log", "--json")[1])

    def waiting(self):
        return json.loads(self.clio("retry", "--json")[1])


class Person:
    """Who sits at the client, and what they are asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, context, params):
        self.asked.append(params.message)
        return ElicitResult(action=self.answers.pop(0))


class Case(unittest.IsolatedAsyncioTestCase):
    """A test with a sandbox of its own."""

    def setUp(self):
        self.sandbox = Sandbox()
        self.addCleanup(self.sandbox.close)

    def path(self, *parts):
        return os.path.join(self.sandbox.folder, *parts)

    @contextlib.asynccontextmanager
    async def client(self, *arguments, revision="2025-11-25", person=None, command=None):
        command = command or [CLIO, "mcp"]
        server = StdioServerParameters(
            command=command[0], args=[*command[1:], *arguments], env=self.sandbox.environment
        )
        with open(self.path("stderr.txt"), "a+") as errors:
            transport = stdio_client(server, errlog=errors)
            async with Client(transport, mode=REVISIONS[revision], elicitation_callback=person) as client:
                yield client

    def stderr(self):
        with open(self.path("stderr.txt")) as file:
            return file.read()


def contact(source_id="mcp:ann", first_name="Ann", **more):
    """What `sync_contact` takes."""
    person = {"first_name": first_name, "last_name": "Lee"}
    return {
        "source_id": source_id,
        "contact": {"person": person},
        "emails": [{"address": f"{first_name.lower()}@example.com"}],
        **more,
    }


def document(matter, source, source_id="mcp:letter", **more):
    """What `upload_document` takes."""
    return {
        "source_id": source_id,
        "parent": {"matter": matter},
        "name": "Letter.txt",
        "content": {"source": source},
        "provenance": "from_person",
        **more,
    }


class Raw:
    """`clio mcp` without a client: frames as they are."""

    def __init__(self, sandbox, *arguments, log="warn"):
        self.process = subprocess.Popen(
            [CLIO, "mcp", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**sandbox.environment, "RUST_LOG": log},
        )
        self.frames = []

    def send(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def notify(self, method, **params):
        self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))

    def ask(self, number, method, **params):
        self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))

    def answer(self, number):
        """Reads until the answer to this request."""
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError("the server ended")
            self.frames.append(line)
            frame = json.loads(line)
            if frame.get("id") == number and "method" not in frame:
                return frame

    def open(self, capabilities=None):
        self.ask(
            0,
            "initialize",
            protocolVersion="2025-11-25",
            capabilities=capabilities or {},
            clientInfo={"name": "raw", "version": "1"},
        )
        opened = self.answer(0)
        self.notify("notifications/initialized")
        return opened

    def end(self):
        """Closes its standard input, and returns its exit code and stderr."""
        self.process.stdin.close()
        self.frames.extend(self.process.stdout.readlines())
        errors = self.process.stderr.read()
        code = self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()
        return code, errors


def until(what, seconds=20):
    """Waits until something holds, and returns it."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    print(f"nothing after {seconds} s", file=sys.stderr)
    return None
