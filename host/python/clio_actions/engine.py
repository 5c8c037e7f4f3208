"""One engine and the compiled components of a process, and how a guest runs.

A call has a fresh instance, in a thread of its own: whoever waits for it may stop
waiting. What must stay true: a guest that spins is ended; nothing that a host
function raises passes through the engine, whose Python layer keeps exceptions
where another thread finds them.
"""

import ctypes
import os
import threading
import time
from ctypes import byref
from functools import lru_cache

from wasmtime import Config, Engine, Store, WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime import component as c

from .error import CallError, HostFailure, duration, lost, meaning
from .shapes import item, signature
from .std import no_file
from .values import Val, reader, writer
from .wasi import FUNCTIONS, KINDS

#: How often a guest that computes is looked at, in seconds.
_TICK = 0.01
#: What a guest may compute for each byte that the host moved for it, in seconds:
#: the engine's work on a byte is the guest's time as well.
_OF_A_BYTE = 200e-9

#: The call that runs in this thread.
_current = threading.local()


class _Ticker(threading.Thread):
    """Moves the engine's epoch while anything runs."""

    def __init__(self, engine):
        super().__init__(name="clio ticker", daemon=True)
        self._engine, self._running, self._more = engine, 0, threading.Condition()
        self.start()

    def __enter__(self):
        with self._more:
            self._running += 1
            self._more.notify()

    def __exit__(self, *_):
        with self._more:
            self._running -= 1

    def run(self):
        while True:
            with self._more:
                self._more.wait_for(lambda: self._running)
            time.sleep(_TICK)
            self._engine.increment_epoch()


class _Process:
    """What a process has one of."""

    def __init__(self, forked):
        config = Config()
        # The engine's threads are not in a process that was forked.
        config.parallel_compilation = not forked
        config.epoch_interruption = True
        # The actions' components use no concurrency of the component model. With it
        # on, 50.0 fails each host function that is lent two resources, as `poll` is.
        ffi.wasmtime_config_concurrency_support_set(config.ptr(), False)
        self.engine = Engine(config)
        self.ticker = _Ticker(self.engine)
        self.lock = threading.Lock()
        self.components = {}


_process = None
_process_lock = threading.Lock()


def _the_process():
    global _process
    with _process_lock:
        if _process is None:
            _process = _Process(bool(_forked.kept))
        return _process


def _forked():
    """A process that was forked has none of the threads, so it begins anew."""
    global _process, _process_lock
    # Kept, since freeing what other threads were using is worse.
    _forked.kept.append(_process)
    _process, _process_lock = None, threading.Lock()


_forked.kept = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def compiled(path):
    """The component of a file, compiled once in a process."""
    process = _the_process()
    with process.lock:
        entry = process.components.setdefault(os.fspath(path), [threading.Lock(), None])
    with entry[0]:
        if entry[1] is None:
            entry[1] = Compiled(process, path)
        return entry[1]


class Compiled:
    def __init__(self, process, path):
        self.process = process
        try:
            self._component = c.Component.from_file(process.engine, path)
            self._linker = c.Linker(process.engine)
            self._provide()
        except OSError as error:
            raise HostFailure("instantiation", f"the component could not be loaded: {error.strerror or 'its file cannot be read'}; build or install the components again") from None
        except WasmtimeError:
            raise HostFailure("instantiation", "the component could not be loaded: it is damaged, or not for this engine") from None
        self._functions = {}

    def _provide(self):
        """Gives the component what it imports, by its own types."""
        engine = self.process.engine
        with self._linker.root() as root:
            for name, imported in self._component.type.imports(engine).items():
                interface = name.partition("@")[0]
                with root.add_instance(name) as instance:
                    for member, ty in item(imported).exports(engine).items():
                        ty = item(ty)
                        if isinstance(ty, c.ResourceType) and member in KINDS:
                            _add_resource(instance, member)
                        elif isinstance(ty, c.FuncType):
                            function = FUNCTIONS.get((interface, member), no_file if interface == "wasi:filesystem/types" else None)
                            if function is None:
                                raise HostFailure("instantiation", f"the component could not be instantiated: it imports `{member}` of {name}, which no action may have")
                            _add_function(instance, member, function, ty)

    def function(self, interface, name):
        """An export: where it is, its parameters by name, and its result."""
        key = interface, name
        if key not in self._functions:
            engine = self.process.engine
            exports = self._component.type.exports(engine)
            found = item(exports[interface]).exports(engine).get(name) if interface in exports else None
            if found is None:
                raise HostFailure("instantiation", f"the component exports no `{name}` of {interface}")
            at = self._component.get_export_index(name, self._component.get_export_index(interface))
            params, result = signature(item(found))
            self._functions[key] = at, params, result
        return self._functions[key]

    def run(self, at, params, result, values, call):
        """Calls a function in a fresh instance, in this thread. `values` are by
        parameter. Raises what ended the call."""
        _current.call = call
        store = Store(self.process.engine)
        try:
            limits = call.limits
            store.set_limits(limits.memory_bytes, table_elements=20_000, instances=64, tables=16, memories=4)
            ffi.wasmtime_store_epoch_deadline_callback(store.ptr(), _look, None, _NOTHING)
            store.set_epoch_deadline(1)
            with self.process.ticker:
                call.resume()
                instance = self._linker.instantiate(store, self._component)
                function = instance.get_func(store, at)
                return _called(store, function, [(writer(of), values[name]) for name, of in params.items()], reader(result), result is not None)
        except WasmtimeError as error:
            raise call.failure or HostFailure("trap", f"the action stopped: {meaning(str(error))}") from None
        finally:
            _current.call = None
            store.close()


def _called(store, function, args, read, answers):
    context = store._context()
    given = (Val * max(1, len(args)))()
    result = Val()
    try:
        for place, (write, value) in zip(given, args):
            write(place, value, context)
        error = ffi.wasmtime_component_func_call(byref(function._func), context, given, len(args), byref(result), int(answers))
        if error:
            raise WasmtimeError._from_ptr(error)
        return read(result, context)
    finally:
        for place in (*given, result):
            ffi.wasmtime_component_val_delete(byref(place))


def _stopped(call, error):
    """Notes why the host ends a call, and gives the engine's error for it."""
    if call.failure is None:
        call.failure = error if isinstance(error, CallError) else lost()
    return ctypes.cast(ffi.wasmtime_error_new(b"the host ended the call"), ctypes.c_void_p).value


# What the engine calls is kept for as long as the process: components are, too.
_NOTHING = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(0)


@ctypes.CFUNCTYPE(
    ctypes.c_size_t, ctypes.POINTER(ffi.wasmtime_context_t), ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_uint8),
)
def _look(context, data, delta, kind):
    """Whether a guest that computes may go on."""
    call = _current.call
    failure = call.over() or call.computed()
    if failure is not None:
        return _stopped(call, failure)
    delta[0], kind[0] = 1, 0
    return 0


@ffi.wasmtime_component_resource_destructor_t
def _dropped(env, context, rep):
    call = _current.call
    with call.wasi.news:
        call.wasi.drop(rep)
    return 0


def _add_resource(instance, name):
    ty = c.ResourceType.host(KINDS[name])
    encoded = name.encode()
    error = ffi.wasmtime_component_linker_instance_add_resource(instance.ptr(), ctypes.create_string_buffer(encoded), len(encoded), ty.ptr(), _dropped, None, _NOTHING)
    if error:
        raise WasmtimeError._from_ptr(error)


def _add_function(instance, name, function, ty):
    params, result = signature(ty)
    callback = _callback(function, tuple(params.values()), result)
    encoded = name.encode()
    error = ffi.wasmtime_component_linker_instance_add_func(instance.ptr(), ctypes.create_string_buffer(encoded), len(encoded), callback, None, _NOTHING)
    if error:
        raise WasmtimeError._from_ptr(error)


@lru_cache(maxsize=None)
def _callback(function, params, result):
    """A function of the host as the engine calls it."""
    reads = [reader(of) for of in params]
    write = None if result is None else writer(result)

    def called(env, context, ty, args, nargs, results, nresults):
        call = _current.call
        try:
            # Still the guest's time: it says how much there is to read.
            values = [read(args[n], context) for n, read in enumerate(reads)]
            call.pause()
            with call.wasi.news:
                answer = function(call.wasi, *values)
            if write is not None:
                write(results[0], answer, context)
        except BaseException as error:
            return _stopped(call, error)
        finally:
            call.resume()
        return 0

    return ffi.wasmtime_component_func_callback_t(called)


class Running:
    """A call that runs: how it ends, and what it computed."""

    def __init__(self, limits):
        self.limits, self.wasi = limits, None
        #: Why the host ended it.
        self.failure = None
        self._ended_by = None
        self._used, self._since, self.moved = 0.0, 0.0, lambda: 0

    def end(self, failure):
        """Ends it from another thread."""
        if self._ended_by is None:
            self._ended_by = failure

    def over(self):
        return self._ended_by

    # The guest's clock stands still while the host works for it.

    def resume(self):
        self._since = time.thread_time()

    def pause(self):
        self._used += time.thread_time() - self._since

    def computed(self):
        """The failure of a guest that computed for too long."""
        used = self._used + time.thread_time() - self._since
        if used <= self.limits.cpu + self.moved() * _OF_A_BYTE:
            return None
        return HostFailure("cpu", f"the action computed for longer than its allowance of {duration(self.limits.cpu)}; raise the CPU limit if that is meant")
