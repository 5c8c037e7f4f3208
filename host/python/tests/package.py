"""The package as it is published: built, installed into a clean environment, and
used there as the README says. `run-tests` runs this."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from .sandbox import Sandbox

HERE = Path(__file__).parent.parent

USE = '''
from clio_actions import CallError, Clio, Limits, bearer, documents

def token() -> str:
    return "token"

clio = Clio("https://app.clio.com", bearer(token), limits=Limits(requests=50))
made = clio.sync_contact.sync({"source_id": "a", "contact": {"person": {"last_name": "Lee"}}, "emails": [{"address": "a@b.example", "label": "work"}]})
contact: int | str = made["id"]
matter = clio.create_matter.create({"source_id": "b", "client": contact, "title": "Lee"}, deadline=1)
sent = clio.upload_document.upload({"source_id": "c", "parent": {"matter": matter["id"]}, "name": "a.pdf", "content": documents.local("a.pdf"), "provenance": "from_person"})
failed: CallError | None = None
'''
WRONG = '''
clio.lookup.find({"kinds": "practice_areas"})
clio.lookup.find({"kind": "no_such_kind"})
clio.no_such_action
'''


def run(*command, **options):
    ran = subprocess.run([str(it) for it in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    return ran.returncode, ran.stdout


class Package(unittest.TestCase):
    def test_the_package_is_built_installed_and_used(self):
        with tempfile.TemporaryDirectory(prefix="clio-python-") as folder:
            self.steps(Path(folder))

    def steps(self, at):
        def does(*command, **options):
            code, told = run(*command, **options)
            self.assertEqual(code, 0, told)
            return told

        does(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", at, HERE)
        [wheel] = at.glob("*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        for name in ("py.typed", "actions.pyi", "LICENSE", "components/actions.json", "components/lookup.wasm"):
            self.assertIn(f"clio_actions/{name}", names)
        self.assertFalse([name for name in names if "test" in name or "portable" in name])

        does(sys.executable, "-m", "venv", at / "venv")
        python = at / "venv/bin/python"
        does(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
        clean = {name: value for name, value in os.environ.items() if name not in ("CLIO_COMPONENTS", "PYTHONPATH")}
        world = Sandbox(self)
        blocks = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text("utf-8"), re.DOTALL)
        for block in blocks:
            compile(block, "README.md", "exec")
        [shown] = [block for block in blocks if block.startswith("# try.py")]
        (at / "try.py").write_text(shown, "utf-8")
        clean.update(CLIO_ORIGIN=world.origin, CLIO_ACCESS_TOKEN=world.token)
        for word in ("created", "linked"):
            self.assertEqual(does(python, "try.py", cwd=at, env=clean).strip(), " ".join([word] * 3))

        # What is right is taken, and each line that is wrong is found.
        (at / "use.py").write_text(USE + WRONG, "utf-8")
        _, told = run(sys.executable, "-m", "mypy", "--python-executable", python, "--no-incremental", "--strict", "use.py", cwd=at)
        found = {int(line.split(":")[1]) for line in told.splitlines() if "error:" in line}
        first = len(USE.splitlines()) + 2
        self.assertEqual(found, {first, first + 1, first + 2}, told)


if __name__ == "__main__":
    unittest.main()
