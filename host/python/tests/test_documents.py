"""Documents arrive byte for byte, up and down, with a length and without, by URL and
from a file; and memory does not grow with them.

CLIO_LARGE=1 adds those of 64 and 128 MiB, which take minutes.
"""

import base64
import hashlib
import os
import resource
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from clio_actions import CallError, Clio, HostFailure, Policy, Response, bearer, documents, http_client

from .sandbox import Sandbox

MIB = 1 << 20
SIZES = [0, 1, 65_535, 65_536, 65_537, MIB, MIB + 1, 5 * MIB + 3]
LARGE = os.environ.get("CLIO_LARGE") == "1"
if LARGE:
    SIZES += [64 * MIB, 128 * MIB]
PATTERN = bytes((n * 31 + (n >> 8)) & 0xFF for n in range(65_521))


def content(length):
    """Bytes that differ from place to place, in pieces of uneven length."""
    at = n = 0
    while at < length:
        piece = PATTERN[:min(len(PATTERN) - n % 7, length - at)]
        yield piece
        at, n = at + len(piece), n + 1


def digests(lengths):
    """The digests of a content's parts, whose lengths are given."""
    pieces, piece, told = content(sum(lengths)), b"", []
    for left in lengths:
        digest = hashlib.sha256()
        while left:
            piece = piece or next(pieces)
            digest.update(piece[:left])
            piece, left = piece[left:], left - len(piece[:left])
        told.append(digest.hexdigest())
    return told


class Files:
    """HTTP in which `https://files.example.com/SIZE` and `/SIZE/unknown` are contents."""

    def __init__(self, http):
        self.http, self.fetched = http, 0

    def __call__(self, request):
        url = urlsplit(request.url)
        if url.hostname != "files.example.com":
            return self.http(request)
        assert not request.account and "authorization" not in dict(request.headers)
        self.fetched += 1
        _, size, *unknown = url.path.split("/")
        return Response(200, [] if unknown else [("Content-Length", size)], content(int(size)))


class Uploads(unittest.TestCase):
    def test_the_sha256_of_what_arrives(self):
        world = Sandbox(self)
        _, matter = world.matter()
        own = http_client()
        self.addCleanup(own.close)
        files = Files(own)
        clio = Clio(world.origin, bearer(lambda: world.token, files), policy=Policy(content_origins=["https://files.example.com"]))

        def upload(name, size, given):
            world.control("DELETE", "/trace")
            began = time.monotonic()
            made = clio.upload_document.upload({
                "source_id": name, "parent": {"matter": matter}, "name": f"{name.replace('/', '-')}.mp4", "content": given, "provenance": "from_person",
            }, deadline=600)
            seconds = time.monotonic() - began
            self.assertEqual((made["disposition"], made["sent"]), ("created", size), name)
            [version] = next(it for it in world.documents() if it["id"] == made["id"])["versions"][-1:]
            self.assertEqual((version["fully_uploaded"], version["size"]), (True, size), name)
            # What storage received, in one piece or in parts.
            bodies = [it["body"] for it in world.trace() if it["origin"] == "storage" and it["method"] == "PUT"]
            puts = [body["bytes"] if isinstance(body, dict) else {"length": 0, "sha256": digests([0])[0]} for body in bodies]
            self.assertTrue(puts, name)
            self.assertEqual(sum(put["length"] for put in puts), size, name)
            self.assertEqual([put["sha256"] for put in puts], digests([put["length"] for put in puts]), name)
            if LARGE and size >= MIB:
                print(f"{name}: {size / MIB / seconds:.1f} MiB/s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB at most", flush=True)

        with tempfile.TemporaryDirectory() as folder:
            for size in SIZES:
                with self.subTest(size=size):
                    upload(f"url/{size}", size, {"source": {"url": f"https://files.example.com/{size}"}})
                    upload(f"unknown/{size}", size, {"source": {"url": f"https://files.example.com/{size}/unknown"}})
                    file = Path(folder) / f"{size}.mp4"
                    with file.open("wb") as out:
                        out.writelines(content(size))
                    upload(f"file/{size}", size, documents.local(file))
                    file.unlink()
        self.assertGreaterEqual(files.fetched, 2 * len(SIZES))

    def test_bytes_and_streams_of_the_caller(self):
        world = Sandbox(self)
        _, matter = world.matter()
        clio = world.clio()
        whole = b"".join(content(200_000))
        opened = []

        def open(start, end):
            opened.append((start, end))
            yield whole[start:end]

        for name, given in (("bytes", documents.bytes(whole, "text/plain")), ("stream", documents.stream(len(whole), open))):
            made = clio.upload_document.upload({"source_id": name, "parent": {"matter": matter}, "name": f"{name}.txt", "content": given, "provenance": "from_person"})
            self.assertEqual(made["sent"], len(whole))
        self.assertTrue(opened)
        puts = [it["body"]["bytes"]["sha256"] for it in world.trace() if it["method"] == "PUT"]
        self.assertEqual(puts, [hashlib.sha256(whole).hexdigest()] * 2)
        for wrong in (lambda: documents.local("/"), lambda: documents.stream(-1, open), lambda: documents.stream(1, b"x")):
            with self.assertRaises((ValueError, TypeError, OSError)):
                wrong()

    def test_a_source_that_is_cut_short_or_long_is_not_uploaded(self):
        world = Sandbox(self)
        _, matter = world.matter()
        own = http_client()
        self.addCleanup(own.close)

        def cut():
            yield b"x" * 50_000
            raise ConnectionResetError

        sources = {"cut": cut, "short": lambda: [b"x" * 99_999], "long": lambda: [b"x" * 100_000, b"y"]}

        def http(request):
            url = urlsplit(request.url)
            if url.hostname != "files.example.com":
                return own(request)
            return Response(200, [("content-length", "100000")], sources[url.path[1:]]())

        clio = Clio(world.origin, bearer(lambda: world.token, http), policy=Policy(content_origins=["https://files.example.com"]))
        for name in sources:
            with self.subTest(name), self.assertRaises(CallError) as caught:
                clio.upload_document.upload({"source_id": name, "parent": {"matter": matter}, "name": f"{name}.mp4", "content": {"source": {"url": f"https://files.example.com/{name}"}}, "provenance": "from_person"})
            self.assertEqual((caught.exception.code, caught.exception.transient), ("unavailable", True))
        self.assertEqual(len(world.documents()), 3)
        self.assertFalse(any(version["fully_uploaded"] for document in world.documents() for version in document["versions"]))

    def test_memory_does_not_grow_with_a_document(self):
        world = Sandbox(self)
        _, matter = world.matter()
        clio = world.clio()

        def most(size):
            with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
                file.writelines(content(size))
                file.flush()
                clio.upload_document.upload({"source_id": str(size), "parent": {"matter": matter}, "name": f"{size}.mp4", "content": documents.local(file.name), "provenance": "from_person"})
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

        before = most(2 * MIB)
        self.assertLess(most(24 * MIB) - before, 8, "MiB more")


class Downloads(unittest.TestCase):
    WHOLE = b"".join(content(5 * MIB))

    def setUp(self):
        self.world = Sandbox(self)
        _, matter = self.world.matter()
        self.document = self.world.add("documents", {"place": {"matter": matter}, "document": {"name": "a.bin", "content": base64.b64encode(self.WHOLE).decode()}})
        self.clio = self.world.clio()
        self.input = {"of": {"document": self.document}, "content": "url"}

    def failed(self, **options):
        with self.assertRaises(CallError) as caught:
            self.clio.read_document.read(self.input, **{"content_into": lambda piece: None, **options})
        return caught.exception

    def test_a_document_is_read_into_a_file(self):
        with tempfile.TemporaryFile() as file:
            outcome = self.clio.read_document.read(self.input, content_into=file)
            file.seek(0)
            self.assertEqual(file.read(), self.WHOLE)
        self.assertEqual(outcome["size"], len(self.WHOLE))

    def test_a_document_is_read_piece_by_piece(self):
        with self.clio.download("read-document.read", self.input) as download:
            pieces = list(download)
        self.assertEqual(b"".join(pieces), self.WHOLE)
        self.assertGreater(len(pieces), 10)
        self.assertEqual(download.outcome["size"], len(self.WHOLE))
        # One that is not read to its end lets go of its connection.
        with self.clio.download("read-document.read", self.input) as download:
            self.assertEqual(next(iter(download)), self.WHOLE[:len(pieces[0])])

    def test_what_does_not_arrive_whole_is_an_error(self):
        storage = {"origin": "storage", "method": "GET", "times": "forever"}
        self.world.fault({"cut_after": {"bytes": 100_000}}, **storage)
        cut = self.failed()
        self.assertEqual((cut.code, cut.transient), ("unavailable", True))
        self.assertRegex(str(cut), "^the content did not arrive whole")
        self.world.control("DELETE", "/faults")
        self.world.fault({"answer": {"status": 403}}, **storage)
        self.assertRegex(str(self.failed()), r"^storage did not hand out the content \(HTTP 403\)")
        self.world.control("DELETE", "/faults")

        def full(piece):
            raise OSError("the disk is full")

        error = self.failed(content_into=full)
        self.assertEqual((error.code, str(error)), ("execution_failed:internal", "the content cannot be written: the disk is full"))
        self.world.fault({"hold_answer": {"ms": 5000}}, **storage)
        began = time.monotonic()
        self.assertEqual(self.failed(deadline=0.5).code, "execution_failed:deadline")
        self.assertLess(time.monotonic() - began, 2)

    def test_an_outcome_that_names_nothing_has_no_pieces(self):
        with self.clio.download("lookup.find", {"kind": "practice_areas"}) as download:
            self.assertEqual(list(download), [])
        self.assertIsInstance(self.failed(deadline=0.001), HostFailure)


if __name__ == "__main__":
    unittest.main()
