"""How a call ends that does not end well: a guest that misbehaves, a deadline, a
caller that has had enough."""

import os
import pickle
import signal
import socket
import threading
import time
import unittest
from dataclasses import replace
from pathlib import Path

from clio_actions import ActionError, CallError, Cancel, Clio, HostFailure, Limits, bearer

from .guests import component, guest
from .sandbox import Sandbox
from .stories import contact

_SOCKETS = dict(imports='(import "wasi:sockets/tcp@0.2.12" (instance $tcp (export "connect" (func))))')
_FIELDS = dict(
    imports="""(import "wasi:http/types@0.2.12" (instance $http (export "fields" (type $fields (sub resource)))
        (export "[constructor]fields" (func (result (own $fields))))))
      (alias export $http "[constructor]fields" (func $new)) (core func $lowered (canon lower (func $new)))""",
    core='(import "" "fields" (func $fields (result i32)))',
    given='(with "" (instance (export "fields" (func $lowered))))',
)
_FROM_LIST = dict(
    imports="""(import "wasi:http/types@0.2.12" (instance $http (export "fields" (type $fields (sub resource)))
        (type $error (variant (case "invalid-syntax") (case "forbidden") (case "immutable"))) (export "header-error" (type $refused (eq $error)))
        (export "[static]fields.from-list" (func (param "entries" (list (tuple string (list u8)))) (result (result (own $fields) (error $refused)))))))
      (alias export $http "[static]fields.from-list" (func $new))
      (core module $memory (memory (export "memory") 1024) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
      (core instance $memory (instantiate $memory))
      (alias core export $memory "memory" (core memory $at)) (alias core export $memory "realloc" (core func $more))
      (core func $lowered (canon lower (func $new) (memory $at) (realloc $more)))""",
    core='(import "" "from-list" (func $from (param i32 i32 i32)))',
    given='(with "" (instance (export "from-list" (func $lowered))))',
)


class Guests(unittest.TestCase):
    def ends(self, *args, **options):
        try:
            guest(self, *args, **options).guest.it({})
        except CallError as error:
            return f"{error.code}: {error}"
        return "it ended well"

    def test_how_guests_end(self):
        for name, expected, body, more in (
            ("one that does nothing", r"^it ended well$", "", {}),
            ("a panic", r"^execution_failed:trap: the action stopped: it gave up by itself", "(unreachable)", {}),
            ("an endless recursion", r"trap: the action stopped: its stack overflowed", "(drop (call $again (i32.const 1)))", {}),
            ("an access out of bounds", r"trap: the action stopped: it reached beyond its memory", "(drop (i32.load (i32.const 0x7fffffff)))", {}),
            ("a division by zero", r"trap: the action stopped: it divided by zero", "(drop (i32.div_u (i32.const 1) (i32.load (i32.const 0))))", {}),
            ("a result that there is not", r"^execution_failed:trap: the action stopped: ", "(return (i32.const 9))", {}),
            ("an import that no action may have", r"^execution_failed:instantiation: the component could not be instantiated: it imports `connect` of wasi:sockets/tcp@0.2.12, which no action may have$", "", _SOCKETS),
            ("resources without end", r"^execution_failed:limit:handles: the action has more WASI resources open at once than its limit `handles` of 1024; raise it if that is meant$", "(loop $l (drop (call $fields)) (br $l))", _FIELDS),
            ("more handed over than the engine takes", r"^execution_failed:trap: the action stopped: the engine refused", "(call $from (i32.const 4096) (i32.const 4000000) (i32.const 64))", _FROM_LIST),
            ("much handed over again and again", r"^execution_failed:cpu: ", "(loop $l (call $from (i32.const 4096) (i32.const 30000) (i32.const 64)) (br $l))", {"limits": Limits(cpu=0.2, deadline=20), **_FROM_LIST}),
            ("a spinning one", r"^execution_failed:cpu: the action computed for longer than its allowance of 200ms; raise the CPU limit if that is meant$", "(loop $l (br $l))", {"limits": Limits(cpu=0.2)}),
        ):
            with self.subTest(name):
                self.assertRegex(self.ends(body, **more), expected)

    def test_what_standard_libraries_ask_for(self):
        text = (Path(__file__).parent / "std.wat").read_text("utf-8")
        clio = component(self, text)
        self.assertIsNone(clio.guest.it(0))
        for how, told in ((1, "it asked for more than 65536 random bytes at once"), (2, "it called exit with 1")):
            with self.assertRaises(HostFailure) as caught:
                clio.guest.it(how)
            self.assertEqual((caught.exception.cause, str(caught.exception)), ("trap", f"the action stopped: {told}"))

    def test_what_a_function_answers(self):
        for answers, body, expected in (("(result u32)", "(return (i32.const -1))", 2**32 - 1), ("(result bool)", "(return (i32.const 1))", True), ("", "", None), ("(result (result))", "", None)):
            self.assertIs(type(guest(self, body, answers=answers).guest.it({})), type(expected))
            self.assertEqual(guest(self, body, answers=answers).guest.it({}), expected)
        self.assertRegex(
            self.ends("(f32.div (f32.const 0) (f32.const 0)) (return)", answers="(result f32)"),
            "^execution_failed:trap: the action returned what JSON cannot say, at ``: is not a finite number, which JSON cannot say$",
        )
        with self.assertRaises(ActionError) as caught:
            guest(self, "(return (i32.const 1))").guest.it({})
        self.assertEqual((caught.exception.error, caught.exception.code), (None, "other"))

    def test_memory_does_not_grow_beyond_its_limit(self):
        grown = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (if (i32.ne (memory.size) (i32.const {})) (then (unreachable)))"
        self.assertEqual(self.ends(grown.format(1024)), "it ended well")
        self.assertEqual(self.ends(grown.format(16), limits=Limits(memory_bytes=1 << 20)), "it ended well")

    def test_a_spinning_guest_is_ended_by_its_deadline_and_starves_nobody(self):
        world = Sandbox(self)
        clio = world.clio()
        spinning = guest(self, "(loop $l (br $l))")
        clio.lookup.find({"kind": "practice_areas"})
        before = {it for it in threading.enumerate() if it.name == "clio call"}
        failures = []

        def spin():
            try:
                spinning.guest.it({}, deadline=0.5)
            except HostFailure as failure:
                failures.append(failure)

        threads = [threading.Thread(target=spin) for _ in range(3)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        clio.lookup.find({"kind": "practice_areas"})
        self.assertTrue(all(thread.is_alive() for thread in threads), "they did not spin meanwhile")
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual([failure.cause for failure in failures], ["deadline"] * 3)
        # The guest itself is over, not only the wait for it.
        left = {it for it in threading.enumerate() if it.name == "clio call"} - before
        for thread in left:
            thread.join(2)
            self.assertFalse(thread.is_alive(), "a guest spins on")


class Waits(unittest.TestCase):
    """Calls to a server that takes everything and says nothing."""

    def setUp(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        self.connections = []

        def take():
            while True:
                try:
                    self.connections.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        self.clio = Clio(f"http://127.0.0.1:{server.getsockname()[1]}", bearer(lambda: "token"))
        self.addCleanup(self.clio.close)
        # Compiled before anything is timed.
        with self.assertRaises(CallError):
            self.clio.sync_contact.sync(contact(), deadline=0.01)

    def closed(self):
        """Waits until each connection was closed by the other side."""
        for connection in self.connections:
            connection.settimeout(5)
            while connection.recv(65536):
                pass
            connection.close()

    def ends(self, expected, **options):
        began = time.monotonic()
        with self.assertRaises(HostFailure) as caught:
            self.clio.sync_contact.sync(contact(), **options)
        self.assertEqual(caught.exception.cause, expected)
        self.assertLess(time.monotonic() - began, 2)
        return caught.exception

    def test_a_call_ends_by_its_deadline(self):
        failure = self.ends("deadline", deadline=0.3)
        self.assertEqual(str(failure), "the call did not end within its deadline of 300ms; what it wrote may stand in Clio, so repeat it with the same `began`")
        self.assertTrue(failure.transient)
        self.closed()

    def test_a_call_is_cancelled_from_another_thread(self):
        cancel = Cancel()
        threading.Timer(0.3, cancel.cancel).start()
        failure = self.ends("cancelled", cancel=cancel)
        self.assertFalse(failure.transient)
        self.ends("cancelled", cancel=cancel)
        self.closed()

    def test_ctrl_c_ends_the_wait_and_the_call(self):
        # Whoever starts the tests in the background may have it ignored.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        began = time.monotonic()
        threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
        with self.assertRaises(KeyboardInterrupt):
            self.clio.sync_contact.sync(contact())
        self.assertLess(time.monotonic() - began, 2)
        self.closed()

    def test_a_pause_before_a_repetition_ends_with_the_call(self):
        world = Sandbox(self)
        world.fault({"answer": {"status": 429, "headers": [["retry-after", "60"]]}}, times="forever")
        self.clio = world.clio()
        self.ends("deadline", deadline=0.5)

    def test_a_capability_that_hangs_holds_nobody_up(self):
        hung = threading.Event()
        self.addCleanup(hung.set)
        self.clio = Clio("http://127.0.0.1:1", lambda request: hung.wait())
        self.ends("deadline", deadline=0.3)


class Limited(unittest.TestCase):
    def setUp(self):
        self.world = Sandbox(self)

    def failed(self, limits=Limits(), call=lambda clio: clio.sync_contact.sync(contact()), **options):
        clio = self.world.clio(limits=limits, **options)
        with self.assertRaises(CallError) as caught:
            call(clio)
        return caught.exception

    def test_limits(self):
        for limits, cause in ((Limits(requests=1), "requests"), (Limits(response_bytes=10), "response_bytes"), (Limits(request_bytes=10), "request_bytes"), (Limits(handles=3), "handles"), (Limits(header_bytes=20), "header_bytes")):
            with self.subTest(cause):
                self.assertEqual(self.failed(limits).code, f"execution_failed:limit:{cause}")

    def test_limits_of_one_call(self):
        error = self.failed(call=lambda clio: clio.sync_contact.sync(contact(), limits=replace(Limits(), requests=1)))
        self.assertEqual(error.code, "execution_failed:limit:requests")

    def test_an_error_survives_a_pickle_and_names_what_was_denied(self):
        from clio_actions import Policy
        allow = ["GET /api/v4/contacts.json"]
        denied = self.failed(policy=Policy(allow=allow), call=lambda clio: clio.sync_contact.sync(contact(), correlation_id="case-17"))
        self.assertEqual(denied.code, "denied_by_policy")
        self.assertEqual(str(denied), denied.problem["message"])
        self.assertEqual(denied.to_json(), {
            "error": {"permanent": denied.problem}, "correlation_id": "case-17",
            "denied": [{"request": f"POST {self.world.origin}/api/v4/contacts.json", "rule": 'allow = ["POST /api/v4/contacts.json"]'}],
        })
        for error in (denied, self.failed(Limits(requests=1))):
            again = pickle.loads(pickle.dumps(error))
            self.assertIs(type(again), type(error))
            self.assertEqual((again.to_json(), again.code, str(again)), (error.to_json(), error.code, str(error)))

    def test_what_there_is_not(self):
        self.assertEqual(self.failed(call=lambda clio: clio.call("no-such.thing", {})).code, "invalid_input")
        clio = Clio(self.world.origin, bearer(lambda: "x"))
        for of in (clio, clio.lookup):
            with self.assertRaises(AttributeError):
                of.no_such
        self.assertIn("sync_contact", dir(clio))
        self.assertEqual(dir(clio.webhooks), ["ensure", "list", "remove"])
        with self.assertRaises(TypeError):
            Clio(self.world.origin, "token")
        with self.assertRaises(ValueError):
            Clio("https://evil.example", bearer(lambda: "x"))


if __name__ == "__main__":
    unittest.main()
