"""A client that is generated from the document syncs a case."""

import hashlib
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

import support

CONTENT = os.urandom(300_000)


def setUpModule():
    global world, folder
    world = support.world()
    folder = tempfile.TemporaryDirectory(prefix="clio-api-client-")
    document = os.path.join(folder.name, "openapi.json")
    with open(document, "w", encoding="utf-8") as file:
        json.dump(world.document(), file)
    generated = subprocess.run(
        [
            os.path.join(os.path.dirname(sys.executable), "openapi-python-client"),
            *("generate", "--path", document, "--meta", "none"),
            *("--output-path", os.path.join(folder.name, "clio_client")),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if generated.returncode != 0 or "WARNING" in generated.stdout:
        raise AssertionError(generated.stdout + generated.stderr)
    sys.path.insert(0, folder.name)


def tearDownModule():
    sys.path.remove(folder.name)
    folder.cleanup()


class GeneratedClient(unittest.TestCase):
    def setUp(self):
        from clio_client import AuthenticatedClient, models

        self.models = models
        self.client = AuthenticatedClient(base_url=world.url, token=world.key)
        self.addCleanup(self.client.get_httpx_client().close)

    def call(self, name, body, status=200, **more):
        """Calls a function by its operation, with an input by its type."""
        operation = importlib.import_module(f"clio_client.api.calls.{name}")
        parts = "".join(part.title() for part in name.split("_"))
        body = getattr(self.models, parts + "Input").from_dict(body)
        answer = operation.sync_detailed("firm", client=self.client, body=body, **more)
        self.assertEqual(answer.status_code, status, answer.content)
        return answer.parsed

    def test_syncs_a_case(self):
        from clio_client.api.content import download_content, upload_content
        from clio_client.api.runs import get_run, list_runs
        from clio_client.types import File

        contact = self.call(
            "sync_contact_sync",
            {
                "source_id": "client:client-90",
                "contact": {"person": {"first_name": "Ida", "last_name": "Berg"}},
                "emails": [{"address": "ida@example.com"}],
            },
            idempotency_key="client-90",
        )
        self.assertEqual(contact.disposition, "created")
        matter = self.call(
            "create_matter_create",
            {
                "source_id": "client:case-90",
                "client": contact.id,
                "title": "Berg v. Harbor",
            },
        )
        bytes_ = File(payload=io.BytesIO(CONTENT))
        upload = upload_content.sync("firm", client=self.client, body=bytes_)
        self.assertEqual(upload.sha256, hashlib.sha256(CONTENT).hexdigest())
        document = self.call(
            "upload_document_upload",
            {
                "source_id": "client:case-90/letter",
                "parent": {"matter": matter.id},
                "name": "Letter.pdf",
                "content": {"source": {"upload": upload.id}, "media_type": "application/pdf"},
                "provenance": "from_person",
            },
        )
        download = download_content.sync_detailed("firm", document.id, client=self.client)
        self.assertEqual(download.content, CONTENT)
        there = world.snapshot()
        self.assertEqual([it["id"] for it in there["matters"] if it["id"] == matter.id], [matter.id])
        runs = list_runs.sync(client=self.client, connection="firm").runs
        newest = get_run.sync(runs[0].id, client=self.client)
        self.assertEqual((newest.what, newest.status), ("upload-document.upload", "done"))
        self.assertEqual(newest.steps[0].correlation_id, newest.id)

    def test_posts_a_case(self):
        from clio_client.api.cases import sync_case
        from clio_client.types import File

        case = {
            "source_id": "client:case-92",
            "client": {"first_name": "Bo", "last_name": "Chan", "email": "bo@example.com"},
            "matter": {"title": "Chan v. Harbor"},
            "documents": [{"source_id": "client:case-92/a", "name": "A.pdf", "file": "a.pdf"}],
        }
        case = File(payload=io.BytesIO(json.dumps(case).encode()), file_name="case.json")
        body = self.models.SyncCaseFilesBody(case=case)
        body["a.pdf"] = File(payload=io.BytesIO(CONTENT), file_name="a.pdf")
        answer = sync_case.sync_detailed("firm", client=self.client, body=body)
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertEqual(answer.parsed.status, "done")

    def test_reads_a_problem(self):
        problem = self.call(
            "upload_document_upload",
            {
                "source_id": "client:case-91/letter",
                "parent": {"matter": 1},
                "name": "Letter.pdf",
                "content": {"source": {"upload": "0" * 24}},
                "provenance": "from_person",
            },
            status=422,
        )
        self.assertEqual(problem.code, "invalid_input")
        self.assertIn("names no upload", problem.errors[0])
