"""What egress tells a guest of a failure: the error code of `wasi:http` that fits,
and whether a byte of the request may have been written.

What must stay true: the text of a cause stays here, since it may name addresses;
"not sent" is said only where that is certain.
"""

import socket
import ssl

from .http import CredentialError


class WireError(Exception):
    """`code`: the name of an error code; `unsent`: not one byte was written."""

    def __init__(self, code, unsent=False, certificate=None, credential=None):
        super().__init__(code)
        self.code, self.unsent = code, unsent
        #: Why a certificate was refused, and why there is no credential.
        self.certificate, self.credential = certificate, credential


def classify(error):
    """The error that a guest is told for what the HTTP capability raised."""
    if isinstance(error, WireError):
        return error
    if isinstance(error, CredentialError):
        return WireError("configuration-error", unsent=True, credential=error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return WireError("TLS-certificate-error", unsent=True, certificate=error.verify_message or "it is not valid")
    if isinstance(error, ConnectionRefusedError):
        return WireError("connection-refused", unsent=True)
    if isinstance(error, socket.gaierror):
        return WireError("DNS-error", unsent=True)
    if isinstance(error, TimeoutError):
        return WireError("HTTP-response-timeout")
    unsent = getattr(error, "unsent", False) is True
    code = getattr(error, "code", None)
    if not isinstance(code, str):
        code = "destination-unavailable" if unsent else "connection-terminated"
    return WireError(code, unsent)
