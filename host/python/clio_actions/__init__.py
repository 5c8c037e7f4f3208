"""Actions for Clio Manage: WebAssembly components whose HTTP and credential are yours."""

from . import documents
from .bearer import bearer
from .cancel import Cancel
from .clio import Clio, Limits
from .content import LocalContent
from .download import Download
from .error import ActionError, CallError, HostFailure
from .http import CredentialError, HttpError, Request, Response, Timeouts
from .http_client import http_client
from .rules import Policy

__all__ = [
    "ActionError", "CallError", "Cancel", "Clio", "CredentialError", "Download", "HostFailure", "HttpError", "Limits",
    "LocalContent", "Policy", "Request", "Response", "Timeouts", "bearer", "documents", "http_client",
]
