"""What meets the network: the own HTTP capability, and the one over httpx that the
README shows."""

import http.server
import re
import socketserver
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from clio_actions import CallError, Cancel, Clio, HttpError, Request, Response, Timeouts, bearer, documents, http_client

from .sandbox import Sandbox
from .stories import contact

README = Path(__file__).parent.parent / "README.md"


class Server:
    """An HTTP server on this machine; `seen` holds each request line and header."""

    def __init__(self, test, answer=lambda handler: (200, [], b"{}"), context=None):
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                seen.append((self.path, dict(self.headers)))
                status, headers, body = answer(self)
                self.send_response_only(status)
                for name, value in (*headers, ("content-length", str(len(body)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass

        self.connections = 0
        server = Quiet(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)


class Answering:
    """A server that answers each request once `enough` of it is there, on a connection
    that it keeps; `connections` holds what came on each."""

    def __init__(self, test, enough):
        connections, answered = self.connections, self.answered = [], threading.Event()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                at, count = len(connections), 0
                connections.append(b"")
                while piece := self.request.recv(1 << 16):
                    connections[at] += piece
                    if connections[at].count(enough) > count:
                        count += 1
                        self.request.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                        answered.set()

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)


def get(url, **more):
    return Request("GET", url, [], timeouts=Timeouts(2, 2, 2), **more)


def read(answer):
    body = b"".join(answer.body)
    answer.close()
    return body


class Own(unittest.TestCase):
    def setUp(self):
        self.send = http_client()
        self.addCleanup(self.send.close)

    def refused(self, request, send=None):
        with self.assertRaises(HttpError) as caught:
            (send or self.send)(request)
        self.assertTrue(caught.exception.unsent)
        return caught.exception.code

    def test_a_name_that_leads_to_this_machine_is_not_dialled_for_the_world(self):
        server = Server(self)
        url = f"http://localhost:{server.port}/"
        self.assertEqual(self.refused(get(url)), "destination-IP-prohibited")
        self.assertEqual(read(self.send(get(url, reach="this_machine"))), b"{}")
        # A connection that is kept is of its reach alone.
        self.assertEqual(self.refused(get(url)), "destination-IP-prohibited")
        self.assertEqual(len(server.seen), 1)
        self.assertEqual(self.refused(get("http://127.0.0.1:1/", reach="this_machine")), "connection-refused")

    def test_a_redirect_is_not_followed_and_a_path_leaves_byte_for_byte(self):
        server = Server(self, lambda handler: (302, [("location", "/elsewhere")], b""))
        path = "/a%20b/c;d?X-Sig=a%2Fb&x=|{}^"
        answer = self.send(get(f"http://127.0.0.1:{server.port}{path}", reach="this_machine"))
        answer.close()
        self.assertEqual(answer.status, 302)
        [(seen, headers)] = server.seen
        self.assertEqual(seen, path)
        self.assertEqual({name.lower() for name in headers}, {"host"})

    def test_a_connection_is_kept_and_one_that_was_closed_is_not_used(self):
        ports = []

        def answer(handler):
            ports.append(handler.client_address[1])
            handler.close_connection = len(ports) == 3
            return 200, [], b"x"

        server = Server(self, answer)
        for _ in range(5):
            self.assertEqual(read(self.send(get(f"http://127.0.0.1:{server.port}/", reach="this_machine"))), b"x")
            threading.Event().wait(0.05)
        self.assertEqual((len(set(ports[:3])), len(set(ports[3:]))), (1, 1))
        self.assertNotEqual(ports[2], ports[3])

    def put(self, port, body, length, headers=()):
        answer = self.send(Request("PUT", f"http://127.0.0.1:{port}/", list(headers), body, length, reach="this_machine", timeouts=Timeouts(2, 2, 2)))
        self.assertEqual(read(answer), b"{}")

    def test_a_connection_whose_answer_came_before_the_whole_request_is_not_used_again(self):
        server = Answering(self, b"\r\n\r\n")

        def body():
            yield b"ab"
            server.answered.wait(2)
            threading.Event().wait(0.1)
            yield b"cd"

        self.put(server.port, body(), 4)
        self.put(server.port, b"ef", 2)
        self.put(server.port, b"gh", 2)
        self.assertEqual([text.count(b"PUT ") for text in server.connections], [1, 2])

    def test_a_body_is_framed_by_what_is_sent_and_one_of_another_length_ends_its_connection(self):
        server = Answering(self, b"!")
        for body, length in ((iter([b"a", b"b"]), 3), (iter([b"a", b"bc"]), 2), (b"a!", 3)):
            with self.assertRaises(HttpError) as caught:
                self.put(server.port, body, length)
            self.assertEqual((caught.exception.code, caught.exception.unsent), ("HTTP-request-body-size", False))
        self.put(server.port, iter([b"a", b"!"]), 2, [("content-length", "9"), ("Transfer-Encoding", "chunked")])
        self.put(server.port, b"b!", 2, [("Content-Length", "1")])
        [text] = [it for it in server.connections if b"!" in it]
        self.assertEqual(re.findall(rb"(?i)(?:content-length|transfer-encoding): \w+", text), [b"content-length: 2"] * 2)

    def test_a_request_ends_with_its_call(self):
        silent = threading.Event()
        self.addCleanup(silent.set)
        server = Server(self, lambda handler: silent.wait() and (200, [], b""))
        ended = Cancel()
        threading.Timer(0.2, ended.cancel).start()
        with self.assertRaises(Exception):
            read(self.send(get(f"http://127.0.0.1:{server.port}/", reach="this_machine", ended=ended)))

    def test_a_certificate_that_is_not_trusted_is_told_and_gets_no_token(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = f"{folder}/key", f"{folder}/cert"
            subprocess.run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
            ], check=True, stderr=subprocess.DEVNULL)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            server = Server(self, lambda handler: (200, [("content-type", "application/json")], b'{"data":[]}'), context)
            trusting = http_client(ssl.create_default_context(cafile=certificate))
        self.addCleanup(trusting.close)
        origin = f"https://localhost:{server.port}"
        with self.assertRaises(CallError) as caught:
            Clio(origin, bearer(lambda: "token", self.send)).lookup.find({"kind": "practice_areas"})
        self.assertEqual((caught.exception.code, caught.exception.transient), ("unavailable", False))
        self.assertRegex(str(caught.exception), f"^the TLS certificate of {origin} is not accepted: .*SSL_CERT_FILE")
        self.assertEqual(server.seen, [])
        self.assertEqual(Clio(origin, bearer(lambda: "token", trusting)).lookup.find({"kind": "practice_areas"})["options"], [])
        self.assertEqual([headers["authorization"] for _, headers in server.seen], ["Bearer token"])


class Bearer(unittest.TestCase):
    def test_a_token_goes_to_the_account_alone(self):
        sent = []

        def http(request):
            sent.append(request.headers)
            return Response(200, [])

        for account in (True, False):
            bearer(lambda: "token", http)(Request("GET", "https://app.clio.com/", [], account=account))
        self.assertEqual(sent, [[("authorization", "Bearer token")], []])
        with self.assertRaises(TypeError):
            bearer("token")


class Httpx(unittest.TestCase):
    def test_the_capability_of_the_readme(self):
        [block] = [it for it in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL) if "import httpx" in it]
        made = {}
        exec(block, made)
        world = Sandbox(self)
        _, matter = world.matter()
        self.addCleanup(made["client"].close)
        clio = Clio(world.origin, bearer(lambda: world.token, made["over_httpx"]))
        self.assertEqual(clio.sync_contact.sync(contact())["disposition"], "created")
        with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
            file.write(b"x" * 3_000_000)
            file.flush()
            uploaded = clio.upload_document.upload({"source_id": "a", "parent": {"matter": matter}, "name": "a.mp4", "content": documents.local(file.name), "provenance": "from_person"})
        self.assertEqual(uploaded["sent"], 3_000_000)
        pieces = []
        clio.read_document.read({"of": {"document": uploaded["id"]}, "content": "url"}, content_into=pieces.append)
        self.assertEqual(b"".join(pieces), b"x" * 3_000_000)
        world.fault("reset", method="POST", path="/contacts")
        another = {**contact("intake:zoe"), "contact": {"person": {"first_name": "Zoë", "last_name": "Weir"}}, "emails": [{"address": "zoe@weir.example"}]}
        with self.assertRaises(CallError) as caught:
            clio.sync_contact.sync(another)
        self.assertTrue(caught.exception.transient)
        self.assertEqual(clio.sync_contact.sync(another)["disposition"], "created")
        with self.assertRaises(CallError) as caught:
            Clio("http://127.0.0.1:1", bearer(lambda: "x", made["over_httpx"])).sync_contact.sync(contact())
        self.assertIn("no connection could be made", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
