"""What the standard libraries of other languages import, whether a program uses it
or not: as in the Rust host, for components that are not of this project.

What must stay true: there is no environment, no file, no terminal and nobody who
reads what is printed; `exit` is the end of the action.
"""

import secrets

from .error import HostFailure

_MOST_RANDOM = 64 << 10


class _Nowhere:
    """A stream that is at its end, and takes whatever is written."""

    broken = sunk = False
    room = 64 << 10

    def read(self, most):
        return None

    def readable(self):
        return True

    def write(self, data):
        pass


def _stdin(wasi):
    return wasi.add("input-stream", _Nowhere())


def _stdout(wasi):
    return wasi.add("output-stream", _Nowhere())


def _exit(wasi, status):
    raise HostFailure("trap", f"the action stopped: it called exit with {0 if status[0] == 'ok' else 1}")


def _bytes(wasi, count):
    if count > _MOST_RANDOM:
        raise HostFailure("trap", f"the action stopped: it asked for more than {_MOST_RANDOM} random bytes at once")
    return secrets.token_bytes(count)


def _number(wasi):
    return secrets.randbits(64)


def _two_numbers(wasi):
    return secrets.randbits(64), secrets.randbits(64)


def no_file(wasi, *args):
    """Any function of a file: there is none that it could be called on."""
    raise HostFailure("trap", "the action stopped: it used a file that it does not hold")


def _none(wasi, *args):
    return None


def _empty(wasi):
    return []


FUNCTIONS = {
    ("wasi:cli/environment", "get-environment"): _empty,
    ("wasi:cli/environment", "get-arguments"): _empty,
    ("wasi:cli/environment", "initial-cwd"): _none,
    ("wasi:cli/exit", "exit"): _exit,
    ("wasi:cli/stdin", "get-stdin"): _stdin,
    ("wasi:cli/stdout", "get-stdout"): _stdout,
    ("wasi:cli/stderr", "get-stderr"): _stdout,
    ("wasi:cli/terminal-stdin", "get-terminal-stdin"): _none,
    ("wasi:cli/terminal-stdout", "get-terminal-stdout"): _none,
    ("wasi:cli/terminal-stderr", "get-terminal-stderr"): _none,
    ("wasi:filesystem/preopens", "get-directories"): _empty,
    ("wasi:filesystem/types", "filesystem-error-code"): _none,
    ("wasi:random/random", "get-random-bytes"): _bytes,
    ("wasi:random/random", "get-random-u64"): _number,
    ("wasi:random/insecure", "get-insecure-random-bytes"): _bytes,
    ("wasi:random/insecure", "get-insecure-random-u64"): _number,
    ("wasi:random/insecure-seed", "insecure-seed"): _two_numbers,
}
