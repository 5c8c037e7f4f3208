"""An account and its actions, as functions that take and give JSON-shaped dicts."""

import json
import os
import secrets
import threading
import time
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Optional, Union

from .cancel import Cancel
from .content import CallContent
from .download import Download
from .dry_run import is_held_back
from .egress import CallEgress
from .engine import Running, compiled
from .error import ActionError, CallError, HostFailure, duration, lost, permanent, transient
from .http import Request, Response
from .json_mapping import JsonError, from_json, json_name, to_json
from .origin import parse_origin
from .rules import Policy, Rules
from .wasi import Wasi

if TYPE_CHECKING:
    from .actions import Actions
else:
    # The actions are attributes, by the descriptions.
    Actions = object

_REPEAT = "what it wrote may stand in Clio, so repeat it with the same `began`"


@dataclass(frozen=True)
class Limits:
    """What one call may use at most; times in seconds. As `Limits` of the Rust host."""

    memory_bytes: int = 64 << 20
    handles: int = 1024
    header_bytes: int = 64 << 10
    cpu: float = 10
    deadline: float = 300
    wait: float = 120
    requests: int = 500
    request_bytes: int = 16 << 30
    response_bytes: int = 16 << 30

    def __post_init__(self):
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
                raise ValueError(f"the limit `{name}` must be a number that is not negative")


def _components(given):
    """The folder of the components: as the caller says, or the environment, or the
    package's own."""
    named = given or os.environ.get("CLIO_COMPONENTS")
    return Path(named) if named else Path(str(resources.files(__package__))) / "components"


class _Function:
    def __init__(self, action, name, folder):
        self.action, self.name = action, name
        self._file = folder / f"{action['name']}.wasm"

    def compiled(self):
        component = compiled(self._file)
        return component, component.function(self.action["interface"], self.name)


class Catalog:
    """The actions of a folder, by the descriptions in its `actions.json`."""

    def __init__(self, folder):
        try:
            self.actions = json.loads((folder / "actions.json").read_text("utf-8"))
        except OSError:
            raise FileNotFoundError(f"there are no components in {folder}; name the folder that `clio export` wrote as `components`, or in CLIO_COMPONENTS") from None
        self._functions = {}
        for action in self.actions:
            for n, function in enumerate(action["functions"]):
                found = _Function(action, function["name"], folder)
                self._functions[f"{action['name']}.{function['name']}"] = found
                if n == 0:
                    self._functions[action["name"]] = found

    def function(self, name):
        return self._functions.get(name)


_catalogs, _catalogs_lock = {}, threading.Lock()


def catalog(components=None):
    folder = _components(components)
    with _catalogs_lock:
        if folder not in _catalogs:
            _catalogs[folder] = Catalog(folder)
        return _catalogs[folder]


class _Action:
    """An action as an attribute: its functions are this one's."""

    def __init__(self, clio, action):
        self._clio, self._action = clio, action
        self.__doc__ = action["summary"]

    def __getattr__(self, name):
        for function in self._action["functions"]:
            if json_name(function["name"]) == name:
                def call(input, **options):
                    return self._clio.call(f"{self._action['name']}.{function['name']}", input, **options)
                call.__name__, call.__doc__ = name, function.get("documentation")
                return call
        raise AttributeError(f"the action `{self._action['name']}` has no function `{name}`")

    def __dir__(self):
        return [json_name(function["name"]) for function in self._action["functions"]]


class Clio(Actions):
    """The actions in one account.

    `http` sends requests and attaches the credential: `bearer(lambda: token)`.
    `policy` narrows what the actions' descriptions allow. `on_request` is told of
    each request that is over, for a log. `components` is a folder that `clio export`
    wrote, in place of the package's own. Calls may come from several threads.
    """

    def __init__(
        self, origin: str, http: Callable[[Request], Response], *, allow_origin: bool = False,
        policy: Policy = Policy(), limits: Limits = Limits(), on_request: Optional[Callable[[dict[str, Any]], None]] = None,
        components: Union[None, str, os.PathLike[str]] = None,
    ) -> None:
        if not callable(http):
            raise TypeError("`http` is missing: a function that sends a request, such as `bearer(lambda: token)`")
        self._account = parse_origin(origin, allow_origin)
        self._http, self._policy, self._limits, self._on_request = http, policy, limits, on_request
        self._catalog = catalog(components)

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The descriptions of the actions."""
        return self._catalog.actions

    if not TYPE_CHECKING:
        def __getattr__(self, name):
            for action in self._catalog.actions if "_catalog" in self.__dict__ else ():
                if json_name(action["name"]) == name:
                    return _Action(self, action)
            raise AttributeError(f"there is no action `{name}`; `actions` lists them")

    def __dir__(self):
        return [*super().__dir__(), *(json_name(action["name"]) for action in self.actions)]

    def call(self, name: str, input: Any, *, content_into: Union[None, BinaryIO, Callable[[bytes], Any]] = None, **options: Any) -> Any:
        """Calls `action` or `action.function` with JSON, and gives JSON.

        `deadline`: seconds until the call is ended; `limits`; `cancel`: a `Cancel`
        that ends it; `on_request`; `correlation_id`: the caller's own id for the
        call, without client data. `content_into`, a file or a function, takes the
        content that the result names by URL; where that does not arrive whole the
        call fails, and what was taken is to be dropped.
        """
        with self.download(name, input, **options) as download:
            if content_into is not None:
                download.into(content_into)
            return download.outcome

    def download(
        self, name: str, input: Any, *, deadline: Optional[float] = None, limits: Optional[Limits] = None, cancel: Optional[Cancel] = None,
        on_request: Optional[Callable[[dict[str, Any]], None]] = None, correlation_id: Optional[str] = None,
    ) -> Download:
        """Calls, and gives a `Download`: the outcome, and the content that it names
        by URL as an iterable of bytes. It is to be closed, or used in a `with`."""
        return self._call(name, input, deadline, limits, cancel, on_request, correlation_id)

    def dry_run(
        self, name: str, input: Any, *, deadline: Optional[float] = None, limits: Optional[Limits] = None, cancel: Optional[Cancel] = None,
        on_request: Optional[Callable[[dict[str, Any]], None]] = None, correlation_id: Optional[str] = None,
    ) -> dict[str, Any]:
        """Reads as such a call does, sends nothing that writes, and gives what
        `clio run --dry-run` prints: what would be sent first, or the result."""
        told: dict[str, Any] = {"dry_run": True, "would_send": []}
        try:
            with self._call(name, input, deadline, limits, cancel, on_request, correlation_id, told["would_send"]) as done:
                told["result"] = done.outcome
        except CallError as error:
            if not is_held_back(error):
                raise
        return told

    def _call(self, name, input, deadline, limits, cancel, on_request, correlation_id, withheld=None):
        correlation_id = correlation_id or secrets.token_hex(12)
        limits = limits or self._limits
        if deadline is not None:
            limits = replace(limits, deadline=deadline)
        egress = None
        try:
            function = self._catalog.function(name)
            if function is None:
                raise permanent("invalid_input", f"there is no action `{name}`; `Clio.actions` lists them")
            content = CallContent(self._account, function.action.get("content") is True)
            egress = CallEgress(
                self._account, Rules(function.action, self._policy), content, self._http, limits,
                f"clio-actions/{function.action['version']}", on_request or self._on_request, withheld,
            )
            outcome, ends = self._outcome(function, content.lend(input), content, egress, limits, cancel)
            return Download(outcome, egress, ends, lambda error: _told(error, egress, correlation_id))
        except CallError as error:
            if egress is not None:
                egress.ended.cancel()
            raise _told(error, egress, correlation_id) from None
        except BaseException:
            if egress is not None:
                egress.ended.cancel()
            raise

    def _outcome(self, function, lent, content, egress, limits, cancel):
        component, (at, params, result) = function.compiled()
        alone = len(params) == 1
        shape = next(iter(params.values())) if alone else ("record", tuple(params.items()))
        try:
            plain = from_json(lent if alone or lent is not None else {}, shape)
        except JsonError as error:
            raise permanent("invalid_input", str(error), error.pointer) from None
        values = {next(iter(params)): plain} if alone else plain
        content.note(lent, function.action.get("content") is True)

        running = Running(limits)
        running.wasi = Wasi(self._account, egress, limits, running.over)
        running.moved = egress.moved
        done, ended = threading.Event(), []
        ends = Ends(limits.deadline, cancel, running, egress, done)

        def run():
            try:
                ended.append(component.run(at, params, result, values, running))
            except CallError as error:
                ended.append(error)
            except BaseException:
                ended.append(lost())
            finally:
                done.set()

        threading.Thread(target=run, name="clio call", daemon=True).start()
        ends.wait()
        if isinstance(ended[0], CallError):
            raise ended[0]
        fallible = result is not None and result[0] == "result"
        case, value = ended[0] if fallible else ("ok", ended[0])
        of = result if not fallible else result[1 if case == "ok" else 2]
        try:
            told = to_json(value, of)
        except JsonError as error:
            raise HostFailure("trap", f"the action returned what JSON cannot say, at `{error.pointer}`: {error.message}") from None
        if case == "ok":
            return told, ends
        if told == "execution_failed":
            # Only hosts may say so. An action that does is taken at its word.
            raise HostFailure("trap", "the action reported by itself that it did not run to its end")
        raise ActionError(told)

    def close(self) -> None:
        """Lets go of the connections of the own HTTP capability."""
        getattr(self._http, "close", lambda: None)()

    def __enter__(self) -> "Clio":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self):
        return f"Clio({self._account.text!r})"


def _cancelled():
    return HostFailure("cancelled", f"the caller ended the call; {_REPEAT}")


class Ends:
    """How a call ends before its time: by its deadline, or by its caller. Whoever
    waits for it waits no more, and what is left of it is ended."""

    def __init__(self, deadline, cancel, running, egress, done):
        self._running, self._egress, self._done = running, egress, done
        self._until, self._timer, self._failure = time.monotonic() + deadline, None, None
        self._late = HostFailure("deadline", f"the call did not end within its deadline of {duration(deadline)}; {_REPEAT}")
        self._undo = cancel.when_cancelled(lambda: self._stop(_cancelled())) if cancel else lambda: None

    def _left(self):
        return min(max(0, self._until - time.monotonic()), threading.TIMEOUT_MAX)

    def _stop(self, failure):
        self._failure = self._failure or failure
        self._running.end(self._failure)
        self._egress.ended.cancel()
        self._done.set()

    def wait(self):
        """Waits until the call is done; raises what ended it before."""
        try:
            if not self._done.wait(self._left()):
                self._stop(self._late)
        except BaseException:
            # Ctrl-c ends the call, too.
            self._stop(_cancelled())
            raise
        self.check()

    def watch(self):
        """Has the deadline end what is still read of a call that is done."""
        self._timer = threading.Timer(self._left(), self._stop, [self._late])
        self._timer.daemon = True
        self._timer.start()

    def check(self):
        if self._failure is not None:
            self.over()
            raise self._failure

    def over(self):
        if self._timer is not None:
            self._timer.cancel()
        self._undo()
        self._egress.ended.cancel()


def _told(error, egress, correlation_id):
    """The error of a call, with what egress knows of its cause."""
    if egress is not None and egress.failure is not None:
        error = _explained(error, *egress.failure)
    denied = [{"request": it.request, "rule": it.rule} for it in egress.denied] if egress else []
    if isinstance(error, HostFailure):
        return HostFailure(error.cause, error.message, correlation_id, denied)
    return type(error)(error.error, correlation_id, denied)


def _explained(error, kind, message):
    """The failure of an egress as the error of the call, where it is the cause."""
    if kind == "length_required":
        return error if error.code == "invalid_input" else permanent("invalid_input", message)
    if kind == "certificate":
        about_the_way = error.problem is None or error.code in ("unavailable", "upload_incomplete", "unexpected_answer")
        return permanent("unavailable", message) if about_the_way else error
    if kind == "not_connected":
        return permanent("not_connected", message)
    if kind == "content_changed":
        return transient("upload_incomplete", message)
    if kind == "unavailable":
        return transient("unavailable", message)
    return HostFailure(f"limit:{kind}", message)
