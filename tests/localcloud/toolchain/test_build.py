"""Builds of a module with no dependencies, by the real Go: what holds for it holds for the large ones."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.cluster.processes import wait_until
from localcloud.errors import LocalCloudError
from localcloud.toolchain import build
from localcloud.toolchain.tools import GoModule, Tool

HELLO = Tool(
    "greet",
    module="example.test/hello",
    package="example.test/hello/cmd/hello/v2",
    stamps=(("main.version", "v{version}"),),
)
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def module(tmp_path: Path) -> GoModule:
    directory = tmp_path / "greeting"
    main = directory / "hello" / "cmd" / "hello" / "v2" / "main.go"
    main.parent.mkdir(parents=True)
    (directory / "go.mod").write_text(
        "module example.test/tools\n\ngo 1.21\n\n"
        "require example.test/hello v1.2.3\n\nreplace example.test/hello => ./hello\n"
    )
    (directory / "hello" / "go.mod").write_text("module example.test/hello\n\ngo 1.21\n")
    main.write_text("package main\n\nvar version string\n\nfunc main() { print(version) }\n")
    return GoModule(directory, (HELLO,))


@pytest.fixture
def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a `go` first on PATH whose `build` does what the given shell lines say."""

    def install(script: str) -> None:
        place = tmp_path / "fake"
        place.mkdir(exist_ok=True)
        go = place / "go"
        go.write_text(f'#!/bin/sh\nif [ "$1" = build ]; then\n{textwrap.dedent(script)}\nfi\n')
        go.chmod(0o755)
        monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")

    return install


def _kept(cache: Path) -> list[str]:
    return sorted(entry.name for entry in cache.iterdir() if entry.suffix != ".lock")


def _build_elsewhere(module: GoModule, cache: Path) -> "subprocess.Popen[str]":
    """A build of `module` in a process of its own."""
    program = (
        # As from a terminal: where the tests run in the background, interrupts are ignored, and children inherit that.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path\n"
        "from localcloud.toolchain import build\n"
        "from localcloud.toolchain.tools import GoModule, Tool\n"
        f"tool = Tool({HELLO.name!r}, module={HELLO.module!r}, package={HELLO.package!r}, stamps={HELLO.stamps!r})\n"
        f"print(build.ensure(GoModule(Path({str(module.directory)!r}), (tool,)), Path({str(cache)!r})))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_built_tool_runs_and_reports_its_pinned_version(module: GoModule, tmp_path: Path) -> None:
    directory = build.ensure(module, tmp_path / "cache")
    answer = subprocess.run([directory / "greet"], capture_output=True, text=True, check=True)
    assert answer.stderr == "v1.2.3"


def test_a_second_call_needs_no_go_any_more(module: GoModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build.ensure(module, tmp_path / "cache")
    monkeypatch.setenv("PATH", "")
    assert build.ensure(module, tmp_path / "cache") == first


def test_another_version_or_another_source_is_another_build(module: GoModule) -> None:
    before = build.fingerprint(module)
    go_mod = module.directory / "go.mod"
    go_mod.write_text(go_mod.read_text().replace("v1.2.3", "v1.2.4"))
    assert build.fingerprint(module) != before


def test_another_test_beside_the_sources_is_the_same_build(module: GoModule) -> None:
    before = build.fingerprint(module)
    (module.directory / "hello" / "cmd" / "hello" / "v2" / "main_test.go").write_text("package main\n")
    assert build.fingerprint(module) == before


def test_two_processes_at_once_build_once(module: GoModule, tmp_path: Path) -> None:
    builds = [_build_elsewhere(module, tmp_path / "cache") for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in builds]
    assert [process.returncode for process in builds] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    said = "".join(errors for _, errors in answers)
    assert said.count("Built the greeting tools") == 1


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_build_leaves_nothing_that_is_taken_for_a_whole_one(
    end: signal.Signals,
    module: GoModule,
    tmp_path: Path,
    fake_go: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as during:
        during.setenv("PATH", os.environ["PATH"])
        fake_go(f"touch {tmp_path}/building; exec sleep 60")
        process = _build_elsewhere(module, tmp_path / "cache")
        assert wait_until((tmp_path / "building").exists, 30)
        process.send_signal(end)
        process.communicate(timeout=30)
        assert process.returncode != 0
        assert not any(name.endswith(build.fingerprint(module)) for name in _kept(tmp_path / "cache"))
        shutil.rmtree(tmp_path / "fake")
    directory = build.ensure(module, tmp_path / "cache")
    assert _kept(tmp_path / "cache") == [directory.name]


def test_an_interrupt_ends_the_compilers_too(module: GoModule, tmp_path: Path, fake_go: Callable[[str], None]) -> None:
    fake_go(f"sleep 61 & echo $! > {tmp_path}/compiler; touch {tmp_path}/building; wait")
    process = _build_elsewhere(module, tmp_path / "cache")
    assert wait_until((tmp_path / "building").exists, 30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    compiler = int((tmp_path / "compiler").read_text())
    assert wait_until(lambda: not Path(f"/proc/{compiler}/cmdline").exists() or _is_zombie(compiler), 5)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_without_go_the_error_names_what_is_missing_and_where_to_get_it(
    module: GoModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LocalCloudError, match="greet are neither on PATH nor built, and Go is not") as caught:
        build.ensure(module, tmp_path / "cache")
    assert "Install Go" in caught.value.remedy
    assert _kept(tmp_path / "cache") == []


def test_a_full_disk_is_seen_before_the_build(
    module: GoModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1024**3))
    with pytest.raises(LocalCloudError, match=r"has 1\.0 GiB free") as caught:
        build.ensure(module, tmp_path / "cache")
    assert "Make room" in caught.value.remedy
    assert _kept(tmp_path / "cache") == []


def test_a_disk_that_fills_during_the_build_is_named_as_the_cause(
    module: GoModule, tmp_path: Path, fake_go: Callable[[str], None]
) -> None:
    fake_go("echo 'compile: writing output: write $WORK/b001/_pkg_.a: no space left on device' >&2; exit 1")
    with pytest.raises(LocalCloudError, match="the disk is full"):
        build.ensure(module, tmp_path / "cache")
    assert _kept(tmp_path / "cache") == []


def test_what_go_said_of_a_failed_build_is_shown(module: GoModule, tmp_path: Path) -> None:
    main = module.directory / "hello" / "cmd" / "hello" / "v2" / "main.go"
    main.write_text("package main\n\nfunc main() { undefined() }\n")
    with pytest.raises(LocalCloudError, match="undefined: undefined"):
        build.ensure(module, tmp_path / "cache")
    assert _kept(tmp_path / "cache") == []


def test_a_cache_that_cannot_be_written_is_named(module: GoModule, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a directory should be")
    with pytest.raises(LocalCloudError, match="cannot be written"):
        build.ensure(module, tmp_path / "cache")
