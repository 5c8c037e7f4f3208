"""A sandbox and a service on a home of their own, and what a firm's people have."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

CLIO = os.environ["CLIO"]
# Longer than anything here takes on a machine that is busy.
PATIENCE = 30


class Process:
    """A `clio` that runs until it is ended, and says on its first line where it is."""

    def __init__(self, arguments, environment):
        self.process = subprocess.Popen(
            [CLIO, *arguments], env=environment, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"clio {arguments[0]} did not start")
        self.told = json.loads(line)

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class World:
    """One sandbox, one service, and its firms `harbor` and `quay`."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="clio-page-"))
        kept = ("PATH", "HOME", "LANG")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        # A keyring of this machine has no part in it.
        environment |= {"CLIO_HOME": str(self.home), "CLIO_VAULT_KEY": "ab" * 32}
        self.sandbox = Process(["sandbox"], environment)
        self.clio = self.sandbox.told["origin"]
        # The account's budget is not what is tested here.
        self.control("POST", "/rate-limit", {"limit": 1000, "window_ms": 60000})
        (self.home / "serve.toml").write_text(
            "".join(
                f'[connections.{name}]\norigin = "{self.clio}"\n' for name in ("harbor", "quay")
            )
        )
        app = {name: self.sandbox.told[name] for name in ("client_id", "client_secret")}
        environment |= {f"CLIO_{name.upper()}": value for name, value in app.items()}
        self.environment = environment
        port = free_port()
        self.page = f"http://127.0.0.1:{port}"
        self.control("POST", "/apps", app | {"redirect_uris": [f"{self.page}/callback"]})
        self.serving = Process(
            ["serve", "--listen", f"127.0.0.1:{port}", "--public-url", self.page], environment
        )
        self.admin = self.key("Harbor Legal", ["read", "write", "approve", "admin"], "harbor")
        self.other = self.key("Quay Law", ["read", "write", "approve", "admin"], "quay")

    def end(self):
        self.serving.end()
        self.sandbox.end()
        shutil.rmtree(self.home)

    def key(self, name, rights, connection):
        arguments = ["key", "add", name, "--connection", connection]
        for right in rights:
            arguments += ["--right", right]
        made = subprocess.run(
            [CLIO, *arguments], env=self.environment, capture_output=True, text=True, check=True
        )
        return made.stdout.strip()

    def control(self, method, path, body=None):
        """Steers the sandbox."""
        _, text, _ = ask(self.clio, method, f"/sandbox{path}", body)
        return json.loads(text) if text else None

    def api(self, method, path, body=None, key=None):
        """Asks the service's API."""
        head = {"Authorization": f"Bearer {key or self.admin}"}
        status, text, _ = ask(self.page, method, path, body, head)
        return status, json.loads(text) if text else None

    def in_clio(self, method, path, body=None):
        """What another person does in Clio."""
        head = {"Authorization": f"Bearer {self.sandbox.told['token']}"}
        status, text, _ = ask(self.clio, method, f"/api/v4{path}", body, head)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {text}")
        return json.loads(text)


def ask(origin, method, path, body=None, head=None):
    """One request: its status, its text, its head."""
    address = urllib.parse.urlsplit(origin).netloc
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    head = dict(head or {})
    if body is not None and not isinstance(body, (str, bytes)):
        body = json.dumps(body)
        head.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, body, head)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def until(what, says):
    """Waits until something holds, and returns it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE} s: {says}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
