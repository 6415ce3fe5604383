"""The real engine on the language host: plain commands, errors, interrupts, plugins."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

from localcloud.toolchain import Toolchain
from tests.engine.conftest import Pulumi

SECONDS = 30


@pytest.fixture
def project(tmp_path: Path, pulumi: Pulumi) -> Path:
    """A project without a program, and a stack for it."""
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text("name: project\nruntime: python\n")
    made = pulumi(directory, "stack", "init", "dev")
    assert made.returncode == 0, made.stderr
    return directory


def write(directory: Path, text: str, name: str = "__main__.py") -> None:
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(dedent(text))


def diagnostics(run: subprocess.CompletedProcess[str]) -> str:
    """What the engine's summary says went wrong."""
    return run.stdout.partition("Diagnostics:")[2].partition("Resources:")[0]


def test_a_program_comes_up_with_its_configuration_and_without_a_warning(project: Path, pulumi: Pulumi) -> None:
    write(
        project,
        """
        import pulumi
        config = pulumi.Config()
        print("out of the program")
        pulumi.export("plain", config.require_int("plain"))
        pulumi.export("hidden", config.require_secret("hidden"))
        """,
    )
    pulumi(project, "config", "set", "plain", "3")
    pulumi(project, "config", "set", "--secret", "hidden", "s3cret")
    up = pulumi(project, "up", "--yes")
    assert up.returncode == 0, up.stderr
    assert "out of the program" in up.stdout
    assert "hidden: [secret]" in up.stdout
    assert "warning" not in up.stdout + up.stderr
    shown = pulumi(project, "stack", "output", "--json", "--show-secrets")
    assert json.loads(shown.stdout) == {"plain": 3, "hidden": "s3cret"}


@pytest.mark.parametrize(
    ("program", "says", "never"),
    [
        ("import helper\nhelper.fail()\n", ["__main__.py", "helper.py", "ValueError: bad"], ["child.py", "runpy"]),
        ("import pulumi\nraise pulumi.RunError('set gcp:region')\n", ["set gcp:region"], ["Traceback", "exit code"]),
        ("def f(:\n", ["__main__.py", "SyntaxError"], ["runpy"]),
        ("raise SystemExit(3)\n", ["program exited with non-zero exit code: 3"], ["Traceback"]),
        (
            "import pulumi, pulumi_random\n"
            "pulumi.export('x', pulumi_random.RandomUuid('u').result.apply(lambda _: 1 / 0))\n",
            ["__main__.py", "ZeroDivisionError"],
            ["child.py"],
        ),
    ],
    ids=["exception", "run error", "syntax error", "exit code", "apply"],
)
def test_an_error_is_told_once(project: Path, pulumi: Pulumi, program: str, says: list[str], never: list[str]) -> None:
    write(project, "def fail():\n    raise ValueError('bad')\n", "helper.py")
    write(project, program)
    up = pulumi(project, "up", "--yes", "--skip-preview")
    assert up.returncode != 0
    told = diagnostics(up)
    assert told.count("error:") == 1
    assert all(each in told for each in says)
    assert not any(each in told for each in never)


def test_a_resource_that_fails_is_the_only_error(project: Path, pulumi: Pulumi) -> None:
    write(
        project,
        """
        import pulumi_random
        pulumi_random.RandomInteger("bad", min=2, max=1)
        for number in range(30):
            pulumi_random.RandomUuid(f"good-{number}")
        """,
    )
    up = pulumi(project, "up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert diagnostics(up).count("error:") == 1
    assert "min is 2, above 'max'" in diagnostics(up)


def test_a_missing_provider_is_named_and_nothing_is_downloaded(project: Path, pulumi: Pulumi) -> None:
    write(
        project,
        """
        import pulumi
        class Bucket(pulumi.CustomResource):
            def __init__(self):
                super().__init__("absent:index:Bucket", "bucket", {})
        Bucket()
        """,
    )
    up = pulumi(project, "up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert "no resource plugin 'pulumi-resource-absent' found" in diagnostics(up)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_leaves_no_process_and_no_traceback(
    project: Path, programs: Toolchain, pulumi_environment: dict[str, str], number: signal.Signals
) -> None:
    write(
        project,
        """
        import pathlib, time
        import pulumi_random
        for count in range(5):
            pulumi_random.RandomUuid(f"u{count}")
        pathlib.Path("started").touch()
        time.sleep(60)
        """,
    )
    with subprocess.Popen(
        [programs["pulumi"], "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=project,
        env=os.environ | pulumi_environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as engine:
        deadline = time.monotonic() + SECONDS
        while not (project / "started").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        processes = psutil.Process(engine.pid).children(recursive=True)
        assert len(processes) >= 2
        engine.send_signal(number)
        output, _ = engine.communicate(timeout=SECONDS)
        assert engine.returncode != 0
    _, left = psutil.wait_procs(processes, timeout=SECONDS)
    assert left == []
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output


def test_a_virtual_environment_that_is_missing_is_made_by_install(project: Path, pulumi: Pulumi) -> None:
    (project / "Pulumi.yaml").write_text(
        "name: project\nruntime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: environment\n"
    )
    write(project, "print('never runs')")
    write(project, "# nothing\n", "requirements.txt")
    refused = pulumi(project, "up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert "run `pulumi install` to create it" in refused.stdout + refused.stderr
    installed = pulumi(project, "install")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert (project / "environment" / "bin" / "python").is_file()
    without_sdk = pulumi(project, "up", "--yes", "--skip-preview")
    assert "The Pulumi SDK cannot be imported" in without_sdk.stdout


def test_dynamic_providers_run_in_the_interpreter_of_the_program(project: Path, pulumi: Pulumi) -> None:
    write(
        project,
        """
        import pulumi
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider
        class Provider(ResourceProvider):
            def create(self, props):
                return CreateResult("id", {"answer": 42})
        class Question(Resource):
            answer: pulumi.Output[int]
            def __init__(self, name):
                super().__init__(Provider(), name, {"answer": None})
        pulumi.export("answer", Question("question").answer)
        """,
    )
    up = pulumi(project, "up", "--yes", "--skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "answer: 42" in up.stdout


def test_about_works(project: Path, pulumi: Pulumi) -> None:
    about = json.loads(pulumi(project, "about", "--json").stdout)
    assert about["runtime"]["language"] == "python"
    assert about["runtime"]["executable"] == sys.executable
    assert "typer" in {each["name"] for each in about["dependencies"]}


def test_the_schema_of_a_component_package_is_read_from_its_code(project: Path, pulumi: Pulumi) -> None:
    package = project / "greeter"
    write(package, "runtime: python\n", "PulumiPlugin.yaml")
    write(
        package,
        """
        from typing import Optional, TypedDict
        import pulumi
        import pulumi_random
        from pulumi.provider.experimental import component_provider_host
        class GreeterArgs(TypedDict):
            length: pulumi.Input[int]
            \"\"\"How long the greeting is.\"\"\"
        class Greeter(pulumi.ComponentResource):
            value: pulumi.Output[str]
            def __init__(self, name: str, args: GreeterArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
                super().__init__("greeter:index:Greeter", name, {}, opts)
                text = pulumi_random.RandomString(name, length=args["length"], opts=pulumi.ResourceOptions(parent=self))
                self.value = text.result
                self.register_outputs({"value": self.value})
        if __name__ == "__main__":
            component_provider_host(name="greeter", components=[Greeter])
        """,
    )
    got = pulumi(project, "package", "get-schema", "./greeter")
    assert got.returncode == 0, got.stdout + got.stderr
    greeter = json.loads(got.stdout)["resources"]["greeter:index:Greeter"]
    assert greeter["inputProperties"]["length"]["type"] == "integer"


POLICY_PACK = """
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

STACK = f"{pulumi.get_project()}/{pulumi.get_stack()}"
MESSAGE = f"too short for {STACK}, minimum {pulumi.Config().get('least')}"


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="0.0.1")

    def ConfigureStack(self, request, context):
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request, context):
        policy = analyzer_pb2.PolicyInfo(name="long", enforcementLevel=analyzer_pb2.MANDATORY)
        return analyzer_pb2.AnalyzerInfo(name="lengths", displayName="lengths", version="0.0.1", policies=[policy])

    def Configure(self, request, context):
        return empty_pb2.Empty()

    def Analyze(self, request, context):
        if not request.type.endswith(":RandomString") or request.properties["length"] >= 8:
            return analyzer_pb2.AnalyzeResponse()
        found = analyzer_pb2.AnalyzeDiagnostic(
            policyName="long",
            policyPackName="lengths",
            policyPackVersion="0.0.1",
            message=MESSAGE,
            enforcementLevel=analyzer_pb2.MANDATORY,
            urn=request.urn,
        )
        return analyzer_pb2.AnalyzeResponse(diagnostics=[found])

    def AnalyzeStack(self, request, context):
        return analyzer_pb2.AnalyzeResponse()

    def Remediate(self, request, context):
        return analyzer_pb2.RemediateResponse()


server = grpc.server(ThreadPoolExecutor())
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
threading.Event().wait()
"""
"""What the Python SDK for policies is on the wire, down to reading the stack from its environment when it starts."""


@pytest.mark.parametrize(("length", "passes"), [(12, True), (3, False)])
def test_a_policy_pack_judges_a_preview_by_the_stack_it_is_for(
    project: Path, pulumi: Pulumi, length: int, passes: bool
) -> None:
    pack = project / "pack"
    write(pack, "runtime: python\nversion: 0.0.1\n", "PulumiPolicy.yaml")
    write(pack, POLICY_PACK)
    write(project, f"import pulumi_random\npulumi_random.RandomString('text', length={length})\n")
    pulumi(project, "config", "set", "least", "8")
    preview = pulumi(project, "preview", "--policy-pack", "pack")
    assert (preview.returncode == 0) == passes, preview.stdout + preview.stderr
    assert ("too short for project/dev, minimum 8" in preview.stdout) != passes


def test_a_policy_pack_that_cannot_start_says_why(project: Path, pulumi: Pulumi) -> None:
    pack = project / "pack"
    write(pack, "runtime: python\nversion: 0.0.1\n", "PulumiPolicy.yaml")
    write(pack, "raise ValueError('no such rule')\n")
    write(project, "")
    preview = pulumi(project, "preview", "--policy-pack", "pack")
    assert preview.returncode != 0
    assert "no such rule" in preview.stdout + preview.stderr
