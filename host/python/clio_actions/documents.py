"""Documents that a caller has, as the `content` of an upload, whatever their size.

What must stay true: bytes come from disk in pieces, never all at once; a file that
changes while it is read is an error and never wrong data.
"""

import builtins
import hashlib
import os
import stat
from typing import Any, Callable, Iterable, Optional, Union

from .content import LocalContent

__all__ = ["bytes", "local", "stream"]

_PIECE = 64 << 10
_MEDIA_TYPES = {
    "pdf": "application/pdf", "txt": "text/plain", "csv": "text/csv", "html": "text/html", "rtf": "application/rtf",
    "doc": "application/msword", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "tif": "image/tiff", "tiff": "image/tiff",
    "mp3": "audio/mpeg", "mp4": "video/mp4", "eml": "message/rfc822", "msg": "application/vnd.ms-outlook", "zip": "application/zip",
}


def _state(file):
    """What tells whether a file is still the one that it was."""
    told = os.fstat(file.fileno())
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


def _read(path, start, end, expected):
    """The bytes `start` to `end` of a file that is still in `expected` state."""
    with open(path, "rb", buffering=0) as file:
        file.seek(start)
        while start < end:
            piece = file.read(min(_PIECE, end - start))
            if not piece or _state(file) != expected:
                raise OSError("the file changed while it was read")
            yield piece
            start += len(piece)


def local(path: Union[str, os.PathLike[str]], media_type: Optional[str] = None) -> LocalContent:
    """A file: its length, media type and SHA-256 are filled in, and its bytes are
    streamed when the action asks for them."""
    with open(path, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("the content is no regular file; name a file, not a directory or a pipe")
        expected = _state(file)
    length = expected[2]
    digest = hashlib.sha256()
    for piece in _read(path, 0, length, expected):
        digest.update(piece)
    extension = os.path.splitext(os.fspath(path))[1][1:].lower()
    return LocalContent(length, lambda start, end: _read(path, start, end, expected), media_type or _MEDIA_TYPES.get(extension), digest.hexdigest())


def bytes(content: Any, media_type: Optional[str] = None, sha256: Optional[str] = None) -> LocalContent:
    """Bytes in memory."""
    content = builtins.bytes(content)

    def pieces(start, end):
        for at in range(start, end, _PIECE):
            yield content[at:min(at + _PIECE, end)]

    return LocalContent(len(content), pieces, media_type, sha256)


def stream(length: int, open: Callable[[int, int], Iterable[Any]], media_type: Optional[str] = None, sha256: Optional[str] = None) -> LocalContent:
    """Bytes from elsewhere: `open(start, end)` gives those, each time anew."""
    if isinstance(length, bool) or not isinstance(length, int) or length < 0 or not callable(open):
        raise TypeError("a stream has a `length` in bytes and a function `open(start, end)`")
    return LocalContent(length, open, media_type, sha256)
