"""The real sandbox, a firm that is connected to it, and the real `clio serve`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

CLIO = os.environ["CLIO"]


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class World:
    """All of it is gone when it is closed."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="clio-api-")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CLIO_")},
            "CLIO_HOME": os.path.join(self.folder, "home"),
            # No keyring of who runs the tests.
            "CLIO_VAULT_KEY": "00" * 31 + "01",
        }
        self.sandbox = self.start("sandbox")
        told = json.loads(self.sandbox.stdout.readline())
        self.clio = told["origin"]
        self.app = {name: told.get(name) for name in ("client_id", "client_secret")}
        self.control("POST", "/rate-limit", {"limit": 1_000_000, "window_ms": 60_000})
        self.connect("firm")
        self.service = self.start("serve", "--listen", "127.0.0.1:0", "--at-once", "16")
        self.url = "http://" + json.loads(self.service.stdout.readline())["listening"]
        self.key = self.made_key("read", "write", "approve")

    def start(self, *arguments):
        with open(os.path.join(self.folder, arguments[0] + ".log"), "wb") as log:
            return subprocess.Popen(
                [CLIO, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
            )

    def close(self):
        for process in (self.service, self.sandbox):
            process.terminate()
        self.ended = self.service.wait(30)
        self.sandbox.wait(30)
        for process in (self.service, self.sandbox):
            process.stdout.close()
        shutil.rmtree(self.folder)

    def log(self):
        """What the service wrote on its standard error."""
        with open(os.path.join(self.folder, "serve.log"), encoding="utf-8") as log:
            return log.read()

    def control(self, method, path, body=None):
        request = urllib.request.Request(
            self.clio + "/sandbox" + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def snapshot(self):
        return self.control("GET", "/snapshot")

    def run(self, *arguments):
        ended = subprocess.run(
            [CLIO, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=60,
        )
        if ended.returncode != 0:
            sys.exit(f"clio {' '.join(arguments)}: {ended.stderr}")
        return ended.stdout.strip()

    def made_key(self, *rights):
        named = [word for right in rights for word in ("--right", right)]
        return self.run("key", "add", "a test", "--connection", "firm", *named)

    def connect(self, name):
        """Connects as a person does who pastes the address that Clio sends them to."""
        connecting = subprocess.Popen(
            [CLIO, "connect", name, "--origin", self.clio, "--no-browser"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **self.environment,
                "CLIO_CLIENT_ID": self.app["client_id"],
                "CLIO_CLIENT_SECRET": self.app["client_secret"],
            },
        )
        for line in connecting.stderr:
            if line.startswith("http"):
                break
        address, query = line.strip().split("?", 1)
        opener = urllib.request.build_opener(NoRedirects)
        form = (query + "&decision=approve").encode()
        try:
            opener.open(address, form)
            sys.exit("the sandbox sends nobody anywhere")
        except urllib.error.HTTPError as answer:
            location = answer.headers["location"]
            answer.close()
        told, complained = connecting.communicate(location + "\n", timeout=30)
        if connecting.returncode != 0:
            sys.exit(f"clio connect: {told}{complained}")

    def ask(self, method, path, body=None, key=None, **headers):
        """Status, head and body of an answer."""
        request = urllib.request.Request(
            self.url + path,
            data=body,
            method=method,
            headers=headers,
        )
        if key != "":
            request.add_header("authorization", f"Bearer {key or self.key}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read()

    def document(self):
        """The OpenAPI document that the service hands out."""
        status, _, body = self.ask("GET", "/v1/openapi.json")
        assert status == 200, body
        return json.loads(body)


_world = None


def world():
    """One for all tests."""
    global _world
    if _world is None:
        _world = World()
    return _world


def close():
    global _world
    if _world is not None:
        _world.close()
        _world = None
