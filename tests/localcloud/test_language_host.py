"""The language host, called as the engine calls it, in a process of its own."""

from __future__ import annotations

import importlib.metadata
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import grpc
import psutil
import pytest
from google.protobuf import empty_pb2

from localcloud import toolchain
from localcloud.language_host import interpreter
from localcloud.language_host.errors import HostError
from localcloud.language_host.program import describe_exit
from localcloud.language_host.sdk import generate_sdk
from localcloud.protocol import language_pb2, language_pb2_grpc
from localcloud.providers.properties import to_struct
from tests.localcloud.engine_stand_in import EngineStandIn

ROOT = Path(__file__).parents[2]
SECONDS = 20


@dataclass
class Host:
    """A running host, an engine for it, and the connection between them."""

    process: subprocess.Popen[str]
    stub: language_pb2_grpc.LanguageRuntimeStub
    engine: EngineStandIn

    def run(self, directory: Path, program: str, **request: object) -> language_pb2.RunResponse:
        """Run `program` as `__main__.py` of `directory`."""
        (directory / "__main__.py").write_text(dedent(program))
        answer: language_pb2.RunResponse = self.stub.Run(self.request(directory, **request), timeout=SECONDS)
        return answer

    def start(self, directory: Path, program: str, pool: ThreadPoolExecutor) -> Future[language_pb2.RunResponse]:
        """Run `program` in the background, until it has written `started`."""
        running = pool.submit(self.run, directory, program)
        until(lambda: (directory / "started").exists())
        return running

    def request(self, directory: Path, **given: object) -> language_pb2.RunRequest:
        options = given.pop("options", {})
        entry_point = given.pop("entry_point", ".")
        assert isinstance(options, dict)
        assert isinstance(entry_point, str)
        described = info(directory, options, entry_point)
        defaults = {"project": "p", "stack": "dev", "pwd": str(directory), "parallel": 4}
        return language_pb2.RunRequest(
            **{**defaults, "monitor_address": self.engine.address, "info": described, **given}  # type: ignore[arg-type]
        )

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def output(self) -> tuple[str, str]:
        """All that the host and its programs wrote after the port, once the host has been interrupted."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=SECONDS)


def info(directory: Path, options: dict[str, str] | None = None, entry_point: str = ".") -> language_pb2.ProgramInfo:
    return language_pb2.ProgramInfo(
        root_directory=str(directory),
        program_directory=str(directory),
        entry_point=entry_point,
        options=to_struct(options or {}),
    )


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def running_host(*command: str) -> Iterator[Host]:
    engine = EngineStandIn()
    arguments = [*(command or (sys.executable, "-m", "localcloud.language_host")), "--logtostderr", engine.address]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Host(process, language_pb2_grpc.LanguageRuntimeStub(channel), engine)
        process.kill()
    engine.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Host]:
    """One host for the tests that leave it as they found it."""
    with running_host() as host:
        yield host


@pytest.fixture
def own() -> Iterator[Host]:
    """A host of the test's own."""
    with running_host() as host:
        yield host


@pytest.fixture
def host(shared: Host) -> Host:
    shared.engine.log.clear()
    shared.engine.outputs.clear()
    return shared


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


WAIT = """
    import pathlib, time
    pathlib.Path("started").touch()
    {before}
        time.sleep(60)
    {after}
"""
PATIENT = WAIT.format(before="if True:", after="")
CLEANING = WAIT.format(before="try:", after="finally: pathlib.Path('cleaned').touch()")
STUBBORN = """
    import pathlib, signal, time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pathlib.Path("started").touch()
    time.sleep(60)
"""

# Programs


def test_a_program_sees_its_stack_configuration_arguments_and_directory(host: Host, tmp_path: Path) -> None:
    program = """
        import os, sys
        import pulumi
        config = pulumi.Config()
        pulumi.export("context", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])
        pulumi.export("dry", pulumi.runtime.is_dry_run())
        pulumi.export("size", config.get_int("size"))
        pulumi.export("secret", pulumi.runtime.is_config_secret("p:token"))
        pulumi.export("arguments", sys.argv[1:])
        pulumi.export("directory", os.getcwd())
        pulumi.export("root", pulumi.runtime.get_root_directory())
        pulumi.export("main", __name__)
    """
    answer = host.run(
        tmp_path,
        program,
        organization="acme",
        dryRun=True,
        config={"p:size": "3", "p:token": "t"},
        configSecretKeys=["p:token"],
        args=["one", "two"],
    )
    assert (answer.error, answer.bail, host.engine.log) == ("", False, [])
    assert host.engine.outputs == {
        "context": ["p", "dev", "acme"],
        "dry": True,
        "size": 3,
        "secret": True,
        "arguments": ["one", "two"],
        "directory": str(tmp_path),
        "root": str(tmp_path),
        "main": "__main__",
    }


def test_a_program_can_be_a_file(host: Host, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import pulumi; pulumi.export('file', __file__)")
    host.stub.Run(host.request(tmp_path, entry_point="app.py"))
    assert host.engine.outputs == {"file": "app.py"}


def test_a_program_may_have_modules_named_like_those_of_the_host(host: Host, tmp_path: Path) -> None:
    for name in ("child", "program", "host", "settings", "localcloud"):
        (tmp_path / f"{name}.py").write_text(f"origin = {name!r}")
    program = """
        import child, host, localcloud, program, pulumi, settings
        pulumi.export("origins", [each.origin for each in (child, host, localcloud, program, settings)])
    """
    host.run(tmp_path, program)
    assert host.engine.outputs == {"origins": ["child", "host", "localcloud", "program", "settings"]}


def test_output_arrives_while_the_program_runs(own: Host, tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    pool.submit(own.run, tmp_path, "import time; print('now'); time.sleep(60)")
    assert own.process.stdout is not None
    assert own.process.stdout.readline() == "now\n"
    own.stub.Cancel(empty_pb2.Empty())


def test_output_and_errors_go_to_the_streams_they_were_written_to(own: Host, tmp_path: Path) -> None:
    own.run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr)")
    assert own.output() == ("out\n", "err\n")


def test_an_exception_is_told_once_from_the_program_on(own: Host, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def divide(by):\n    return 1 / by\n")
    answer = own.run(tmp_path, "import helper\n\nhelper.divide(0)\n")
    assert (answer.error, answer.bail) == ("", True)
    (message,) = own.engine.log
    lines = message.splitlines()
    assert lines[0] == "Program failed with an unhandled exception:"
    assert [line.strip() for line in lines if "File" in line] == [
        f'File "{tmp_path}/__main__.py", line 3, in <module>',
        f'File "{tmp_path}/helper.py", line 2, in divide',
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert own.output() == ("", "")


def test_an_exception_in_an_apply_names_its_line_however_many_await_it(host: Host, tmp_path: Path) -> None:
    program = """
        import pulumi
        def wrong(value):
            raise ValueError("bad")
        faulty = pulumi.Output.from_input(1).apply(wrong)
        pulumi.export("one", faulty)
        pulumi.export("two", [faulty.apply(str), faulty])
    """
    assert host.run(tmp_path, program).bail
    (message,) = host.engine.log
    assert f'File "{tmp_path}/__main__.py", line 4, in wrong' in message
    assert message.rstrip().endswith("ValueError: bad")
    assert "child.py" not in message


def test_a_run_error_is_only_its_message(host: Host, tmp_path: Path) -> None:
    answer = host.run(tmp_path, "import pulumi; raise pulumi.RunError('set gcp:region')")
    assert (answer.error, answer.bail, host.engine.log) == ("", True, ["set gcp:region"])


def test_a_syntax_error_shows_the_line_alone(host: Host, tmp_path: Path) -> None:
    assert host.run(tmp_path, "def f(:\n").bail
    (message,) = host.engine.log
    assert f'File "{tmp_path}/__main__.py", line 1' in message
    assert "runpy" not in message


@pytest.mark.parametrize(("code", "error"), [("0", ""), ("3", "program exited with non-zero exit code: 3")])
def test_an_exit_code_is_passed_on(host: Host, tmp_path: Path, code: str, error: str) -> None:
    answer = host.run(tmp_path, f"import sys; sys.exit({code})")
    assert (answer.error, answer.bail, host.engine.log) == (error, False, [])


def test_a_killed_program_is_said_to_have_been_killed(host: Host, tmp_path: Path) -> None:
    answer = host.run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert answer.error == "program was ended by SIGKILL; the machine may have run out of memory"
    assert describe_exit(-signal.SIGSEGV) == "program was ended by SIGSEGV"


def test_a_monitor_that_has_shut_down_is_no_error_of_the_program(host: Host, tmp_path: Path) -> None:
    """It shuts down when a resource failed, which the engine has already told."""
    program = """
        import pulumi
        class Refused(pulumi.CustomResource):
            def __init__(self):
                super().__init__("test:index:Refused", "refused", {})
        Refused()
    """
    answer = host.run(tmp_path, program)
    assert (answer.error, answer.bail, host.engine.log) == ("", True, [])


def test_a_missing_program_is_named(host: Host, tmp_path: Path) -> None:
    assert host.stub.Run(host.request(tmp_path)).bail
    assert host.engine.log == [
        f"there is no program at {tmp_path}/__main__.py; create it, or set 'main' in Pulumi.yaml"
    ]


# Interpreters


def test_a_program_runs_in_the_virtual_environment_of_its_project(host: Host, tmp_path: Path) -> None:
    (tmp_path / "venv").symlink_to(sys.prefix)
    program = """
        import os, sys, pulumi
        pulumi.export("python", [sys.executable, os.environ["VIRTUAL_ENV"], os.environ["PATH"].split(":")[0]])
    """
    host.run(tmp_path, program, options={"virtualenv": "venv"})
    assert host.engine.outputs["python"] == [
        f"{tmp_path}/venv/bin/python",
        f"{tmp_path}/venv",
        f"{tmp_path}/venv/bin",
    ]


@pytest.mark.parametrize(("made", "problem"), [(False, "does not exist"), (True, "is not a virtual environment")])
def test_a_missing_virtual_environment_is_named_with_the_remedy(
    host: Host, tmp_path: Path, made: bool, problem: str
) -> None:
    if made:
        (tmp_path / "venv").mkdir()
    with pytest.raises(grpc.RpcError) as refused:
        host.run(tmp_path, "", options={"virtualenv": "venv"})
    assert f"{tmp_path}/venv {problem}" in (refused.value.details() or "")
    assert "`pulumi install`" in (refused.value.details() or "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"toolchain": "conda"}, "use 'pip' or 'uv'"),
        ({"virtualenv": 3}, "'virtualenv' option in Pulumi.yaml must be text"),
        ({"typechecker": "pytype"}, "it can be 'mypy' or 'pyright'"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: dict[str, str], words: str) -> None:
    with pytest.raises(HostError, match=words.replace("'", ".")):
        interpreter.resolve(info(tmp_path, options))


def test_uv_projects_have_their_environment_beside_the_lock(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    (tmp_path / "program").mkdir()
    assert interpreter.resolve(info(tmp_path / "program")).virtualenv == tmp_path / ".venv"


def test_an_active_environment_leaves_no_other_behind(tmp_path: Path) -> None:
    resolved = interpreter.resolve(info(tmp_path, {"virtualenv": "venv"}))
    environment = resolved.environment({"PYTHONHOME": "/x", "VIRTUAL_ENV": "/y", "PATH": "/bin", "KEPT": "1"})
    assert environment == {
        "KEPT": "1",
        "VIRTUAL_ENV": f"{tmp_path}/venv",
        "PATH": f"{tmp_path}/venv/bin:/bin",
    }


def test_type_errors_keep_the_program_from_starting(own: Host, tmp_path: Path) -> None:
    answer = own.run(tmp_path, "x: int = 'text'\nprint('ran')", options={"typechecker": "mypy"})
    assert answer.error == "mypy found errors, so the program was not started"
    output, errors = own.output()
    assert output == ""
    assert "Incompatible types in assignment" in errors


# Ends


@pytest.mark.parametrize("program", [CLEANING, STUBBORN])
def test_cancel_ends_the_program_without_a_word(
    own: Host, tmp_path: Path, pool: ThreadPoolExecutor, program: str
) -> None:
    running = own.start(tmp_path, program, pool)
    own.stub.Cancel(empty_pb2.Empty())
    assert running.result(SECONDS).bail
    assert own.children() == []
    assert (tmp_path / "cleaned").exists() == (program is CLEANING)
    assert (own.engine.log, own.output()) == ([], ("", ""))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_host_takes_its_program_along_in_silence(
    own: Host, tmp_path: Path, pool: ThreadPoolExecutor, number: signal.Signals
) -> None:
    running = own.start(tmp_path, CLEANING, pool)
    (program,) = own.children()
    own.process.send_signal(number)
    assert own.process.communicate(timeout=SECONDS) == ("", "")
    assert own.process.returncode == 0
    assert not program.is_running()
    assert (tmp_path / "cleaned").exists()
    running.exception(SECONDS)


def test_a_killed_host_leaves_no_program_behind(own: Host, tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    running = own.start(tmp_path, PATIENT, pool)
    (program,) = own.children()
    own.process.kill()
    program.wait(SECONDS)
    running.exception(SECONDS)


def test_a_host_whose_engine_was_killed_ends() -> None:
    shell = f"{sys.executable} -m localcloud.language_host & echo $! >&2; wait"
    with subprocess.Popen(["/bin/sh", "-c", shell], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as engine:
        assert engine.stdout is not None
        assert engine.stderr is not None
        host = psutil.Process(int(engine.stderr.readline()))
        assert int(engine.stdout.readline()) > 0
        engine.kill()
        host.wait(SECONDS)


# Plugins


def run_plugin(host: Host, directory: Path, *arguments: str, **request: object) -> tuple[str, str, int]:
    call = language_pb2.RunPluginRequest(
        pwd=str(directory),
        args=arguments,
        kind="resource",
        info=info(directory),
        **request,  # type: ignore[arg-type]
    )
    output, errors, code = b"", b"", 0
    for each in host.stub.RunPlugin(call, timeout=SECONDS):
        output, errors, code = output + each.stdout, errors + each.stderr, code or each.exitcode
    return output.decode(), errors.decode(), code


def test_a_plugin_streams_its_output_and_its_exit_code(host: Host, tmp_path: Path) -> None:
    (tmp_path / "name.py").write_text("value = 'imported'")
    (tmp_path / "__main__.py").write_text(
        "import os, sys, name\n"
        "print(name.value, sys.argv[1:], os.environ['GIVEN'])\n"
        "print('err', file=sys.stderr)\n"
        "sys.exit(7)\n"
    )
    assert run_plugin(host, tmp_path, "a", "b", env=["GIVEN=x=y"]) == ("imported ['a', 'b'] x=y\n", "err\n", 7)


def test_a_plugin_ends_when_the_engine_hangs_up(own: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import time; print(1); time.sleep(60)")
    call = own.stub.RunPlugin(language_pb2.RunPluginRequest(pwd=str(tmp_path), info=info(tmp_path)))
    assert next(call).stdout == b"1\n"
    call.cancel()
    until(lambda: own.children() == [])
    assert own.output() == ("", "")


def test_a_directory_that_is_no_plugin_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError, match="neither a __main__\\.py nor a pyproject\\.toml"):
        run_plugin(host, tmp_path)


# Everything else


def test_nothing_is_required_before_the_program_asks_for_it(host: Host, tmp_path: Path) -> None:
    required = host.stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info(tmp_path)))
    assert (list(required.packages), list(required.specs)) == ([], [])


def test_dependencies_are_told_with_and_without_those_of_others(host: Host, tmp_path: Path) -> None:
    def names(*, transitive: bool) -> set[str]:
        request = language_pb2.GetProgramDependenciesRequest(info=info(tmp_path), transitiveDependencies=transitive)
        return {each.name for each in host.stub.GetProgramDependencies(request).dependencies}

    direct, everything = names(transitive=False), names(transitive=True)
    assert {"pulumi", "grpcio", "pulumi-random"} <= everything
    assert direct < everything
    assert "grpcio" not in direct


def install(host: Host, directory: Path, *, plugin: bool, options: dict[str, str] | None = None) -> str:
    request = language_pb2.InstallDependenciesRequest(info=info(directory, options), is_plugin=plugin)
    return b"".join(each.stdout for each in host.stub.InstallDependencies(request)).decode()


def test_a_plugin_whose_needs_are_met_gets_no_environment(host: Host, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pulumi>=3\n")
    assert f"Using {sys.executable}" in install(host, tmp_path, plugin=True)
    assert [each.name for each in tmp_path.iterdir()] == ["requirements.txt"]


def test_a_plugin_of_another_version_than_is_installed_gets_an_environment_of_its_own(
    host: Host, tmp_path: Path
) -> None:
    # It is taken no further: the folder cannot be built, so that nothing is fetched for it.
    project = '[project]\nname = "pytest"\nversion = "{}"\n[build-system]\nrequires = []\nbuild-backend = "none"\n'
    (tmp_path / "pyproject.toml").write_text(project.format(importlib.metadata.version("pytest")))
    assert f"Using {sys.executable}" in install(host, tmp_path, plugin=True)
    assert not (tmp_path / "venv").exists()
    (tmp_path / "pyproject.toml").write_text(project.format("0.0.1"))
    with pytest.raises(grpc.RpcError, match="failed with exit code"):
        install(host, tmp_path, plugin=True)
    assert (tmp_path / "venv").exists()


def test_a_failed_installation_names_the_command(host: Host, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./missing\n")
    with pytest.raises(grpc.RpcError, match="failed with exit code"):
        install(host, tmp_path, plugin=False)


def _sdk(directory: Path) -> str:
    """Put an SDK into `directory`, and give its place there."""
    module = directory / "sdks" / "web-platform" / "pulumi_web_platform"
    module.mkdir(parents=True)
    (module / "pulumi-plugin.json").write_text("{}")
    return "sdks/web-platform"


def link(host: Host, directory: Path, **options: str) -> str:
    """Link an SDK that is in `directory`; what the host says to do with it."""
    linked = language_pb2.LinkRequest.LinkDependency(path=_sdk(directory))
    request = language_pb2.LinkRequest(info=info(directory, options), packages=[linked])
    instructions: str = host.stub.Link(request, timeout=SECONDS).import_instructions
    return instructions


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "sdks/web-platform\n"),
        ("pulumi>=3\n", "pulumi>=3\nsdks/web-platform\n"),
        ("pulumi>=3", "pulumi>=3\nsdks/web-platform\n"),
        ("sdks/web-platform\npulumi>=3\n", "sdks/web-platform\npulumi>=3\n"),
    ],
    ids=["no requirements", "others", "no newline at the end", "linked before"],
)
def test_an_sdk_is_put_among_what_the_program_needs(host: Host, tmp_path: Path, before: str | None, after: str) -> None:
    if before is not None:
        (tmp_path / "requirements.txt").write_text(before)
    assert "import pulumi_web_platform as web_platform" in link(host, tmp_path, virtualenv="venv")
    assert (tmp_path / "requirements.txt").read_text() == after
    assert not (tmp_path / "venv").exists()


def test_no_sdk_goes_into_the_interpreter_of_the_local_cloud(host: Host, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError, match=r"set the 'virtualenv' option in its Pulumi\.yaml"):
        link(host, tmp_path)
    assert not (tmp_path / "requirements.txt").exists()


def test_a_folder_that_holds_no_sdk_is_named_before_anything_is_written(host: Host, tmp_path: Path) -> None:
    (tmp_path / "sdks" / "empty").mkdir(parents=True)
    linked = [language_pb2.LinkRequest.LinkDependency(path=path) for path in (_sdk(tmp_path), "sdks/empty")]
    request = language_pb2.LinkRequest(info=info(tmp_path, {"virtualenv": "venv"}), packages=linked)
    with pytest.raises(grpc.RpcError, match=f"{tmp_path}/sdks/empty is no SDK .*run `pulumi package add` again"):
        host.stub.Link(request, timeout=SECONDS)
    assert not (tmp_path / "requirements.txt").exists()


def test_what_keeps_an_sdk_from_being_made_is_told_as_the_generator_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = tmp_path / "generator"
    generator.write_text("#!/bin/sh\necho the engine does not answer >&2\nexit 1\n")
    generator.chmod(0o755)
    monkeypatch.setattr(toolchain, "ensure_languages", lambda: {"generate-python-sdk": str(generator)})
    with pytest.raises(HostError, match=r"^no SDK for Python was made: the engine does not answer$"):
        generate_sdk(language_pb2.GeneratePackageRequest(directory=str(tmp_path), schema="{}"))


def test_nothing_is_added_to_an_sdk(host: Host, tmp_path: Path) -> None:
    request = language_pb2.GeneratePackageRequest(directory=str(tmp_path), extra_files={"more.py": b""})
    with pytest.raises(grpc.RpcError, match="leave `--overlays` out"):
        host.stub.GeneratePackage(request, timeout=SECONDS)
    assert list(tmp_path.iterdir()) == []


def test_about_names_the_interpreter(host: Host, tmp_path: Path) -> None:
    about = host.stub.About(language_pb2.AboutRequest(info=info(tmp_path)))
    assert about.executable == sys.executable
    assert about.version == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    ("options", "asked"), [({}, ["toolchain"]), ({"toolchain": "pip"}, ["virtualenv"]), ({"toolchain": "uv"}, [])]
)
def test_new_projects_are_asked_for_what_they_lack(
    host: Host, tmp_path: Path, options: dict[str, str], asked: list[str]
) -> None:
    answer = host.stub.RuntimeOptionsPrompts(language_pb2.RuntimeOptionsRequest(info=info(tmp_path, options)))
    assert [each.key for each in answer.prompts] == asked


def test_what_it_cannot_do_is_refused_with_a_way_out(own: Host) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        own.stub.GenerateProject(language_pb2.GenerateProjectRequest())
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "run `pulumi convert` with the Pulumi that its makers distribute" in (refused.value.details() or "")
    assert own.output() == ("", "")


def test_the_host_is_light(own: Host) -> None:
    """It starts with every command, so what it must not import matters."""
    modules = subprocess.run(
        [sys.executable, "-c", "import sys, localcloud.language_host.host; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "pulumi" not in modules
    assert psutil.Process(own.process.pid).memory_info().rss < 80 * 1024 * 1024
