"""What 2,000 calls leave behind, and what they may not see: sockets, memory and
threads stay flat; no token is in a guest's memory, in a log or in an error."""

import base64
import gc
import os
import re
import sys
import threading
import time
import traceback
import unittest
from concurrent.futures import ThreadPoolExecutor

from clio_actions import CallError, Clio, Request, Response, bearer, http_client
from clio_actions.error import HostFailure

from .sandbox import Sandbox
from .stories import contact, upload

MIB = 1 << 20
LINUX = sys.platform == "linux"


def memories():
    """What is in the linear memories of this process: each lies at the beginning of
    gigabytes that are reserved and not to be reached."""
    regions = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            start, end, access = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            regions.append((int(start, 16), int(end, 16), access))
    found = []
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        for n, (start, end, access) in enumerate(regions):
            if access != "---p" or end - start < 1 << 30:
                continue
            content, at = b"", n - 1
            while at >= 0 and regions[at][1] == start and regions[at][2] == "rw-p":
                start = regions[at][0]
                memory.seek(start)
                content = memory.read(regions[at][1] - start) + content
                at -= 1
            if content:
                found.append(content)
    return found


class Endurance(unittest.TestCase):
    @unittest.skipUnless(LINUX, "what a process holds is read from /proc")
    def test_sockets_memory_and_threads_stay_flat_over_2000_calls(self):
        world = Sandbox(self)
        own = http_client()
        self.addCleanup(own.close)
        clio = Clio(world.origin, bearer(lambda: world.token, own))

        def calls(count):
            with ThreadPoolExecutor(4) as pool:
                for outcome in pool.map(lambda _: clio.lookup.find({"kind": "practice_areas"}), range(count)):
                    self.assertTrue(outcome["options"])

        def held():
            for _ in range(50):
                gc.collect()
                if not any(it.name in ("clio call", "clio exchange") for it in threading.enumerate()):
                    break
                time.sleep(0.02)
            with open("/proc/self/statm") as told:
                resident = int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            return len(os.listdir("/proc/self/fd")), threading.active_count(), resident

        calls(400)
        files, threads, resident = held()
        began = time.monotonic()
        calls(2000)
        seconds = time.monotonic() - began
        after = held()
        print(f"{2000 / seconds:.0f} calls a second, {(after[2] - resident) // 1024} KiB more, {after[0] - files} more files and sockets", flush=True)
        self.assertLessEqual(after[0], files + 2)
        self.assertLessEqual(after[1], threads)
        self.assertLess(after[2] - resident, 6 * MIB)


class Secrets(unittest.TestCase):
    def setUp(self):
        self.world = Sandbox(self)
        _, self.matter = self.world.matter()

    @unittest.skipUnless(LINUX, "memories are found in /proc")
    def test_no_token_is_in_a_guests_memory(self):
        own, seen, requests = http_client(), [], []
        self.addCleanup(own.close)

        def looking(request):
            answer = own(request)
            assert not request.account or ("authorization", f"Bearer {self.world.token}") in request.headers
            seen.extend(memories())
            return answer

        clio = Clio(self.world.origin, bearer(lambda: self.world.token, looking), on_request=requests.append)
        made = clio.upload_document.upload(upload(self.matter))
        clio.read_document.read({"of": {"document": made["id"]}, "content": "bytes"})
        self.assertGreater(len(seen), 5)
        # The look itself: what an action was told of the account is there.
        self.assertTrue(any(self.world.origin.encode() in memory for memory in seen), "the look finds nothing")
        for memory in seen:
            self.assertNotIn(self.world.token.encode(), memory)
            self.assertNotIn(base64.b64encode(self.world.token.encode()), memory)
        self.assertGreater(len(requests), 4)
        self.assertNotIn(self.world.token, repr(requests))

    def shown(self, call):
        """All that a failed call shows, with the local variables of each frame."""
        try:
            call()
        except CallError as error:
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            self.assertIsNone(error.__cause__)
            return "".join(told.format()) + repr(error) + str(error) + repr(error.to_json())
        return self.fail("it did not fail")

    def test_no_token_is_in_an_error(self):
        token = self.world.token

        def leaking(request):
            raise RuntimeError(f"cannot send {request.headers}")

        world = self.world
        failing = [
            Clio(world.origin, bearer(lambda: world.token, leaking)),
            Clio("http://127.0.0.1:1", bearer(lambda: world.token)),
            Clio(world.origin, bearer(lambda: world.token)),
        ]
        world.fault({"answer": {"status": 500}}, times="forever")
        for clio in failing:
            self.addCleanup(clio.close)
            shown = self.shown(lambda: clio.sync_contact.sync(contact()))
            self.assertIn("unavailable", shown)
            self.assertNotIn(token, shown)
        request = Request("GET", "https://app.clio.com/a?signature=x", [("authorization", f"Bearer {token}")])
        self.assertEqual(repr(request), "Request(GET https://app.clio.com/a)")
        self.assertEqual(repr(Response(200, [("x", token)], token.encode())), "Response(200)")
        self.assertNotIn(token, repr(failing[0]) + repr(bearer(lambda: token)))
        self.assertNotIn(token, repr(HostFailure("trap", "x")))


if __name__ == "__main__":
    unittest.main()
