"""What runs inside the project's own interpreter: a program, a plugin, or the list of installed packages.

This file is started by its path in an interpreter that knows nothing of `localcloud`, so it imports the standard
library and, for a program, that interpreter's `pulumi`. It does what the official `pulumi-language-python-exec` does:
configure the SDK for the engine that asked, run the program as `__main__` inside a stack, and report what went wrong
once. Beyond that it ends quietly when it is interrupted, and it ends with its host, however that died.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

    import pulumi.runtime

REPORTED = 32
"""Exit code for "the user has been told", which the host passes to the engine so that it adds nothing of its own."""

_HOST_CHECK_SECONDS = 0.5


def main() -> None:
    """`child.py <host's process id> program|plugin|module|packages …`."""
    host, mode, *rest = sys.argv[1:]
    threading.Thread(target=_end_with_host, args=(int(host),), daemon=True).start()
    # This file's directory must not lend its modules to the program.
    del sys.path[0]
    try:
        if mode == "program":
            sys.exit(_program(json.loads(rest[0]), rest[1], rest[2:]))
        elif mode == "plugin":
            _plugin(rest)
        elif mode == "module":
            _module(rest)
        else:
            sys.stdout.write(json.dumps(_packages(everything=rest == ["all"])))
    except KeyboardInterrupt:
        _leave_at_once()


def _end_with_host(host: int) -> None:
    while os.getppid() == host:
        time.sleep(_HOST_CHECK_SECONDS)
    os._exit(REPORTED)


def _leave_at_once() -> None:
    """Threads may be waiting for an engine that waits for this process; nothing is left to wait for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(REPORTED)


def _write_whole_lines() -> None:
    """This interpreter buffers nothing (see `child_command`), so that `print` would write a line and its end apart."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(write_through=False, line_buffering=True)


def _plugin(arguments: list[str]) -> None:
    import runpy

    _write_whole_lines()
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")


def _module(arguments: list[str]) -> None:
    import runpy

    _write_whole_lines()
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _program(call: dict[str, Any], entry_point: str, arguments: list[str]) -> int:
    import logging
    import runpy
    from concurrent.futures import ThreadPoolExecutor

    try:
        import pulumi
        import pulumi.runtime
    except ImportError as error:
        sys.stderr.write(
            f"{error}\nThe Pulumi SDK cannot be imported by {sys.executable}, so the program was not started.\n"
            "Run `pulumi install`, or install the project's requirements.txt into that interpreter.\n"
        )
        return 1

    _write_whole_lines()
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(_settings(call))
    sys.argv = [entry_point, *arguments]
    if call["directory"]:
        os.chdir(call["directory"])
    main_file = Path(entry_point).absolute()
    if main_file.is_dir():
        main_file /= "__main__.py"
        if not main_file.is_file():
            pulumi.log.error(f"there is no program at {main_file}; create it, or set 'main' in Pulumi.yaml")
            return REPORTED

    # Where one resource fails, others stay unresolved by design; asyncio would complain about each at exit.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(call["parallel"], 1) * 4)
    loop.set_default_executor(executor)
    tracebacks = _FirstTracebacks()
    loop.set_task_factory(tracebacks.new_task)  # type: ignore[arg-type]  # coroutines are all it gets

    def run() -> None:
        try:
            runpy.run_path(entry_point, run_name="__main__")
        except KeyboardInterrupt:
            # The SDK would first wait for its calls, which an engine that is being interrupted no longer answers.
            _leave_at_once()

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
        return 0
    except Exception as error:
        if not _monitor_has_shut_down(error):
            if isinstance(error, pulumi.RunError):
                pulumi.log.error(str(error))
            else:
                explanation = _program_traceback(tracebacks.of(error), error, main_file)
                pulumi.log.error(f"Program failed with an unhandled exception:\n{explanation}")
    finally:
        if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
            executor.shutdown(wait=True)
            loop.close()
            # The program is over. The interpreter, which is about to end, would write out where it was interrupted.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    return REPORTED


def _settings(call: dict[str, Any]) -> pulumi.runtime.Settings:
    """The SDK's settings; a program may be locked to an older SDK, which knows fewer of them."""
    import inspect

    import pulumi.runtime

    settings = {
        "monitor": call["monitor"],
        "engine": call["engine"],
        "project": call["project"],
        "stack": call["stack"],
        "parallel": call["parallel"],
        "dry_run": call["dry_run"],
        "organization": call["organization"],
        "root_directory": call["root_directory"],
    }
    known = inspect.signature(pulumi.runtime.Settings.__init__).parameters
    return pulumi.runtime.Settings(**{name: value for name, value in settings.items() if name in known})


class _FirstTracebacks:
    """Where exceptions were raised, noted before asyncio forgets.

    A task hands its exception's traceback to the first that awaits it and clears it for the second. Outputs are awaited
    by many, so an error in an `apply` would name no line of the program.
    """

    def __init__(self) -> None:
        self._seen: dict[int, tuple[BaseException, TracebackType | None]] = {}

    def new_task(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, Any],
        **options: Any,  # noqa: ANN401 - which ones there are depends on Python's version
    ) -> asyncio.Task[Any]:
        """A task as asyncio would make it, whose errors are noted."""
        return asyncio.Task(self._noting(coroutine), loop=loop, **options)

    def of(self, error: BaseException) -> TracebackType | None:
        """The traceback that the error had first."""
        return self._seen.get(id(error), (error, error.__traceback__))[1]

    async def _noting(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the coroutine gives
        try:
            return await coroutine
        except Exception as error:
            raised = error.__traceback__
            self._seen.setdefault(id(error), (error, raised.tb_next if raised else None))
            raise


def _monitor_has_shut_down(error: BaseException) -> bool:
    """Whether the error only says that the engine stopped listening, because of one that it has told itself."""
    answer = error.__context__
    status, details = getattr(answer, "code", None), getattr(answer, "details", None)
    if not callable(status) or not callable(details):
        return False
    # It is gone already, or says itself that it is about to be: which of them is a matter of moments.
    return getattr(status(), "name", "") == "UNAVAILABLE" or details() == "resource monitor shut down"


def _program_traceback(raised: TracebackType | None, error: BaseException, main_file: Path) -> str:
    """The traceback from the program's main file on; what called that file is none of the user's concern."""
    import traceback

    def from_main_file(frames: TracebackType | None) -> TracebackType | None:
        while frames is not None and Path(frames.tb_frame.f_code.co_filename).absolute() != main_file:
            frames = frames.tb_next
        return frames

    if isinstance(error, SyntaxError) and Path(error.filename or "").absolute() == main_file:
        frames = None
    else:
        frames = from_main_file(raised) or from_main_file(error.__traceback__) or raised
    return "".join(traceback.format_exception(error.with_traceback(frames)))


def _packages(*, everything: bool) -> list[dict[str, str]]:
    """Installed distributions; unless `everything`, those that no other one requires."""
    import re
    from importlib.metadata import distributions

    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    found = {normal(each.metadata["Name"]): each for each in distributions() if each.metadata["Name"]}
    names = set(found)
    if not everything:
        for each in found.values():
            required = (re.match(r"[\w.-]+", requirement) for requirement in each.requires or [])
            names -= {normal(match.group()) for match in required if match}
    return [{"name": name, "version": found[name].version} for name in sorted(names)]


if __name__ == "__main__":
    main()
