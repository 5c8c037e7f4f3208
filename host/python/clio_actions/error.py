"""Why a call failed: the error that callers get, with the members of the JSON
that every host of the actions prints.

What must stay true: a message names the thing, the cause and the next step, and
holds no client data, no token and nothing out of a guest's memory.
"""

from typing import Any, Optional


class CallError(Exception):
    """A call that failed. `to_json` gives what every host prints of it."""

    def __init__(self, error, correlation_id=None, denied=()):
        super().__init__(error, correlation_id, denied)
        #: `{"permanent": problem}`, `{"transient": problem}` or
        #: `{"execution_failed": {"cause": …, "message": …}}`.
        self.error = error
        self.correlation_id = correlation_id
        #: The requests that were denied, each with the rule that would allow it.
        self.denied = list(denied)

    def __str__(self):
        case = next(iter(self.error.values()), None) if isinstance(self.error, dict) else None
        told = case.get("message") if isinstance(case, dict) else None
        return told or "the action returned an error of its own type; read it as JSON"

    def __repr__(self):
        return f"{type(self).__name__}({self.code!r}, {str(self)!r})"

    @property
    def problem(self) -> Optional[dict[str, Any]]:
        """What the action says is wrong: code, message, field, status and so on."""
        if not isinstance(self.error, dict):
            return None
        problem = self.error.get("permanent") or self.error.get("transient")
        return problem if isinstance(problem, dict) else None

    @property
    def code(self) -> str:
        """A problem's code such as `not_found`, or `execution_failed:` and the cause."""
        if self.problem is not None:
            return self.problem.get("code", "other")
        return "other"

    @property
    def transient(self) -> bool:
        """Whether the same call may succeed later."""
        return isinstance(self.error, dict) and "transient" in self.error

    def to_json(self) -> dict[str, Any]:
        told = {"error": self.error}
        if self.correlation_id is not None:
            told["correlation_id"] = self.correlation_id
        if self.denied:
            told["denied"] = self.denied
        return told


class ActionError(CallError):
    """The action's own answer, or the host's in its place before the call began."""


class HostFailure(CallError):
    """The host's word that an action did not run to its end."""

    def __init__(self, cause, message, correlation_id=None, denied=()):
        super().__init__({"execution_failed": {"cause": cause, "message": message}}, correlation_id, denied)
        # What it is made of again when it comes out of a pickle.
        self.args = (cause, message, correlation_id, denied)
        self.cause, self.message = cause, message

    @property
    def code(self) -> str:
        return f"execution_failed:{self.cause}"

    @property
    def transient(self) -> bool:
        return self.cause in ("deadline", "internal")


def problem(code, message, field=None):
    """A problem in the contract's shape."""
    return {"code": code, "message": message, **({"field": field} if field else {}), "candidates": []}


def permanent(code, message, field=None):
    return ActionError({"permanent": problem(code, message, field)})


def transient(code, message):
    return ActionError({"transient": problem(code, message)})


def beyond(name, what, most):
    """A limit of a call that the action is beyond, in the Rust host's words."""
    return HostFailure(f"limit:{name}", f"the action {what} than its limit `{name}` of {most}; raise it if that is meant")


def lost():
    return HostFailure("internal", "the host lost the call: it was shut down or failed; what the call wrote may stand in Clio, so repeat it with the same `began`")


def duration(seconds):
    """A time as people read it."""
    return f"{round(seconds * 1000)}ms" if seconds < 1 else f"{seconds:g}s"


def meaning(text):
    """What a trap means, by the engine's text, of which nothing is handed on."""
    for sign, what in (
        ("unreachable", "it gave up by itself, as a panic does"),
        ("call stack exhausted", "its stack overflowed"),
        ("out of bounds memory", "it reached beyond its memory"),
        ("divide by zero", "it divided by zero"),
    ):
        if sign in text:
            return what
    return "the engine refused an operation of the guest"
