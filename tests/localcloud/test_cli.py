"""Commands that are refused before anything is built or started."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.cluster.processes import Processes
from localcloud.turns import turn
from localcloud.workspace import Workspace

REPOSITORY = Path(__file__).parents[2]

_ANNOUNCES_LOADING = """
import sys

class Announcer:
    def find_spec(name, path=None, target=None):
        if name == "localcloud.cli":
            print("loading", flush=True)

sys.meta_path.insert(0, Announcer)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what a command reads before it starts anything."""
    for source in (*REPOSITORY.glob("Pulumi.*"), REPOSITORY / "services.yaml", *REPOSITORY.glob("*.py")):
        shutil.copy(source, tmp_path)
    shutil.copytree(REPOSITORY / "settings", tmp_path / "settings", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("bootstrap", "localcloud"):
        (tmp_path / package).symlink_to(REPOSITORY / package)
    return tmp_path


def _localcloud(root: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=root,
        env=os.environ | {"XDG_CACHE_HOME": str(root / "cache")} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _refused(root: Path, *arguments: str, **environment: str) -> str:
    """What a command says that must fail as an expected failure does."""
    answer = _localcloud(root, *arguments, **environment)
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.splitlines()) < 25
    assert not (root / ".localcloud").exists()
    return answer.stderr


REHEARSALS = ["rehearse", "rehearse-preview", "rehearse-policy", "rehearse-down"]


@pytest.mark.parametrize(
    "command",
    [
        *("up", "preview", "policy", "down", *REHEARSALS, "shell", "releases", "mirror-charts", "stop"),
        *("stand-ins up", "stand-ins down", "stand-ins run hello", "stand-ins messages greetings"),
    ],
)
def test_an_unknown_stack_is_refused_by_every_command_with_the_stacks_there_are(command: str, root: Path) -> None:
    said = _refused(root, *command.split(), "prdo")
    assert "'prdo'" in said
    assert all(stack in said for stack in ("dev", "staging", "prod"))


@pytest.mark.parametrize(
    "command", ["up", "down", "rehearse", "rehearse-down", "stop", "stand-ins down", "stand-ins up"]
)
def test_what_is_no_name_of_a_stack_leads_nowhere(command: str, root: Path) -> None:
    (root / "precious").mkdir()
    assert "STACK='../../precious' is not the name of a stack" in _refused(root, *command.split(), "../../precious")
    assert (root / "precious").is_dir()


@pytest.mark.parametrize("command", [("up", "dev"), ("rehearse", "dev"), ("rehearse", "prod")])
def test_without_go_and_pulumi_the_error_says_what_to_install(command: tuple[str, str], root: Path) -> None:
    said = _refused(root, *command, PATH=str(root / "nothing"))
    assert "The programs pulumi" in said
    assert "Install Go" in said


def test_a_machine_type_that_google_does_not_offer_is_refused(root: Path) -> None:
    file = root / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("e2-standard-2", "e2-standard-3"))
    assert "e2-standard-3" in _refused(root, "up", "dev")


def test_a_mistake_in_a_stack_file_is_named_with_its_field_and_a_remedy(root: Path) -> None:
    file = root / "services.yaml"
    file.write_text(file.read_text().replace("  hello:\n    image: ", "  hello:\n    imgae: "))
    said = _refused(root, "up", "dev")
    assert said.startswith("Pulumi.dev.yaml, laid over services.yaml, has a problem.")
    assert "services.hello.imgae" in said
    assert "Remedy" in said


@pytest.mark.parametrize("command", ["up", "preview", "policy", "down"])
@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_is_on_the_real_google_cloud_is_not_begun_without_an_account(command: str, stack: str, root: Path) -> None:
    said = _refused(
        root, command, stack, PATH=str(root / "nothing"), HOME=str(root / "home"), CLOUDSDK_CONFIG=str(root / "none")
    )
    assert f"The stack {stack} is on the real Google Cloud" in said
    assert "pulumi is not on PATH" in said
    assert f"`make rehearse{'' if command == 'up' else f'-{command}'} STACK={stack}`" in said


def test_an_interrupt_while_the_commands_are_loaded_is_quiet(root: Path) -> None:
    # How long Python itself takes to start is nobody's to say: it ends otherwise when it is interrupted in that.
    (root / "sitecustomize.py").write_text(_ANNOUNCES_LOADING)
    with subprocess.Popen(
        [sys.executable, "-m", "localcloud", "up", "dev"],
        cwd=root,
        env=os.environ
        | {"PATH": str(root / "nothing"), "XDG_CACHE_HOME": str(root / "cache"), "PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_down_deletes_the_cluster_of_a_stack_whose_file_is_broken(root: Path) -> None:
    """Nothing runs here; what would be a cluster is the record of one."""
    _known_to_pulumi(root, "dev")
    (root / "Pulumi.dev.yaml").write_text("config: [")
    answer = _localcloud(root, "down", "dev")
    assert answer.returncode == 0, answer.stderr
    assert "its cluster is deleted with all that is in it" in " ".join(answer.stderr.split())
    assert not (root / ".localcloud" / "stacks" / "dev").exists()


def _known_to_pulumi(root: Path, stack: str) -> None:
    """Leaves a state as of a stack that was up once."""
    state = root / f".localcloud/stacks/{stack}/state/.pulumi/stacks/web-platform/{stack}.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")


def _rehearsed(root: Path) -> Path:
    """The folder of a stack that was rehearsed, of which nothing runs."""
    stack = root / ".localcloud" / "stacks" / "prod"
    for part in ("state", "google"):
        (stack / part).mkdir(parents=True)
    return stack


def test_down_of_a_broken_stack_file_leaves_alone_what_was_rehearsed(root: Path) -> None:
    stack = _rehearsed(root)
    (root / "Pulumi.prod.yaml").write_text("config: [")
    answer = _localcloud(root, "down", "prod")
    assert answer.returncode == 1
    assert "Pulumi.prod.yaml cannot be read" in answer.stderr
    assert (stack / "google").is_dir()


@pytest.mark.parametrize("text", ["config: [", None])
def test_rehearse_down_needs_no_stack_file_and_without_pulumi_forgets_all(text: str | None, root: Path) -> None:
    stack = _rehearsed(root)
    _known_to_pulumi(root, "prod")
    file = root / "Pulumi.prod.yaml"
    file.unlink()
    if text is not None:
        file.write_text(text)
    answer = _localcloud(root, "rehearse-down", "prod", PATH=str(root / "nothing"))
    assert answer.returncode == 0, answer.stderr
    assert "The programs pulumi" in answer.stderr
    assert "Pulumi.prod.yaml" not in answer.stderr
    assert not stack.exists()


def test_rehearse_down_forgets_a_cloud_that_cannot_be_read(root: Path) -> None:
    stack = _rehearsed(root)
    _known_to_pulumi(root, "prod")
    (stack / "google" / "google.sqlite").mkdir()
    answer = _localcloud(root, "rehearse-down", "prod", PATH=str(root / "nothing"))
    assert answer.returncode == 0, answer.stderr
    assert not stack.exists()


def test_two_that_change_a_stack_take_turns(root: Path) -> None:
    stack = _rehearsed(root)
    with turn(Workspace(root, "prod")):
        answer = _localcloud(root, "rehearse-down", "prod")
        assert answer.returncode == 1
        assert f"changing the stack prod right now (process {os.getpid()})" in answer.stderr
        assert stack.is_dir()
    assert _localcloud(root, "rehearse-down", "prod").returncode == 0


def _make(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs the Makefile with a stand-in for Python that shows its arguments, one a line."""
    shutil.copy(REPOSITORY / "Makefile", root)
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    python.chmod(0o755)
    for file in ("requirements.txt", "components/pyproject.toml", ".venv/.installed"):
        (root / file).parent.mkdir(exist_ok=True)
        (root / file).touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "STACK", "CMD"))}
    return subprocess.run(["make", *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("stack", ["x; echo INJECTED", "$(id)", "$$HOME", "a'b\"c", "`id`"])
@pytest.mark.parametrize("target", ["rehearse", "down", "stop"])
def test_make_hands_a_stack_on_as_it_was_typed(target: str, stack: str, root: Path) -> None:
    answer = _make(root, target, f"STACK={stack}")
    assert answer.stdout == f"-m\nlocalcloud\n{target}\n{stack}\n", answer.stderr


def test_make_hands_a_command_on_as_it_was_typed(root: Path) -> None:
    command = "set t i a='$x; echo INJECTED'"
    answer = _make(root, "google", "STACK=prod", f"CMD={command}")
    assert answer.stdout == f"-m\nlocalcloud\ngoogle\nmake\nprod\n--command\n{command}\n", answer.stderr


def test_make_hands_a_release_on_as_it_was_typed(root: Path) -> None:
    release = "a'b; $x"
    answer = _make(root, "releases", "STACK=prod", f"RELEASE={release}")
    assert answer.stdout == f"-m\nlocalcloud\nreleases\nprod\n--history\n{release}\n", answer.stderr


def test_without_a_mirror_no_chart_is_copied(root: Path) -> None:
    said = _refused(root, "mirror-charts", "dev", PATH=str(root / "nothing"))
    assert said.startswith("Pulumi.dev.yaml names no mirror of charts.\n")


def test_releases_of_a_stack_that_is_not_up_are_not_looked_for(root: Path) -> None:
    said = _refused(root, "releases", "dev", PATH=str(root / "nothing"))
    assert said.startswith("The stack dev is not up on this machine.\n")


def test_status_has_every_cluster_of_a_stack_with_its_kubeconfig(root: Path) -> None:
    (root / ".localcloud" / "stacks" / "dev" / "cluster").mkdir(parents=True)
    clusters = _rehearsed(root) / "google" / "clusters"
    for name in ("acme_europe-west1-b_blue", "acme_europe-west1-b_green"):
        (clusters / name).mkdir(parents=True)
    report = json.loads(_localcloud(root, "status", "--json").stdout)
    assert report == {
        "dev": {
            "clusters": {
                "dev": {"kubeconfig": f"{root}/.localcloud/stacks/dev/cluster/kubeconfig", "processes": {}},
            },
            "standIns": {},
        },
        "prod": {
            "clusters": {
                name: {"kubeconfig": f"{clusters}/{name}/kubeconfig", "processes": {}}
                for name in ("acme_europe-west1-b_blue", "acme_europe-west1-b_green")
            },
            "standIns": {},
        },
    }
    assert _localcloud(root, "status").stdout == "dev: stopped\nprod: stopped\n"


@pytest.fixture
def stand_ins(root: Path) -> Iterator[Processes]:
    """Stand-ins of dev, played by processes that do nothing, with something that they stored."""
    directory = Workspace(root, "dev").stand_ins
    (directory / "storage" / "local-uploads").mkdir(parents=True)
    processes = Processes(directory)
    for name in ("storage", "pubsub"):
        processes.start(name, ["sleep", "60"])
    yield processes
    processes.stop(last="")


def test_status_has_the_stand_ins_that_run(root: Path, stand_ins: Processes) -> None:
    pids = {name: process.pid for name, process in stand_ins.running().items()}
    assert json.loads(_localcloud(root, "status", "--json").stdout)["dev"]["standIns"] == pids
    said = f"dev: pubsub ({pids['pubsub']}), storage ({pids['storage']})\n"
    assert _localcloud(root, "status").stdout == said


def test_stop_ends_stand_ins_and_keeps_what_they_stored(root: Path, stand_ins: Processes) -> None:
    answer = _localcloud(root, "stop", "dev")
    assert answer.returncode == 0, answer.stderr
    assert stand_ins.running() == {}
    assert (stand_ins.directory / "storage" / "local-uploads").is_dir()
    assert _localcloud(root, "status").stdout == "dev: stopped\n"


@pytest.mark.parametrize("command", ["stand-ins down", "down", "rehearse-down", "clean"])
def test_what_forgets_a_stack_ends_its_stand_ins_and_forgets_what_they_stored(
    command: str, root: Path, stand_ins: Processes
) -> None:
    answer = _localcloud(root, *command.split(), *([] if command == "clean" else ["dev"]))
    assert answer.returncode == 0, answer.stderr
    assert stand_ins.running() == {}
    assert not (root / ".localcloud" / "stacks" / "dev").exists()


@pytest.mark.parametrize("command", ["stand-ins down", "stop"])
def test_to_end_stand_ins_needs_no_stack_file(command: str, root: Path, stand_ins: Processes) -> None:
    (root / "Pulumi.dev.yaml").write_text("config: [")
    answer = _localcloud(root, *command.split(), "dev", PATH=str(root / "nothing"))
    assert answer.returncode == 0, answer.stderr
    assert stand_ins.running() == {}


def test_stand_ins_that_do_not_run_are_ended_without_a_complaint(root: Path) -> None:
    answer = _localcloud(root, "stand-ins", "down", "dev")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == "No stand-in of dev runs any more, and what they stored is gone.\n"


def test_a_table_that_bigquery_would_refuse_is_refused_before_anything_is_built_or_started(root: Path) -> None:
    file = root / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("type: STRING", "type: STRNG"))
    said = _refused(root, "stand-ins", "up", "dev", PATH=str(root / "nothing"))
    assert "web-platform:datasets.reporting.tables.greetings.columns[1].type is 'STRNG'" in said
    assert "use one of: " in said


def test_a_stack_that_declares_nothing_has_nothing_to_start_and_runs_its_programs_all_the_same(root: Path) -> None:
    least = {"platform": "local", "domain": "dev.localhost", "cluster": {"nodes": 1, "machineType": "e2-standard-2"}}
    config = "".join(f"  web-platform:{key}: {json.dumps(value)}\n" for key, value in least.items())
    (root / "Pulumi.bare.yaml").write_text(f"config:\n{config}")
    (root / "services.yaml").write_text("jobs:\n  one:\n    image: a/b:1.0.0\n    environment: { A: '1' }\n")
    said = _refused(root, "stand-ins", "up", "bare", PATH=str(root / "nothing"))
    assert said.startswith("The stack bare declares nothing that has a stand-in.\n")
    answer = _localcloud(root, "stand-ins", "run", "one", "bare", "--command", "echo $A; exit 5", PATH="/nothing")
    assert (answer.returncode, answer.stdout, answer.stderr) == (5, "1\n", "")
    assert not (root / ".localcloud").exists()


def test_without_go_the_error_says_what_to_install_for_stand_ins(root: Path) -> None:
    said = _refused(root, "stand-ins", "up", "dev", PATH=str(root / "nothing"))
    assert "The programs bigquery-emulator, fake-gcs-server, pubsub-emulator are neither on PATH nor built" in said
    assert "Install Go" in said


@pytest.mark.parametrize(("workload", "what"), [("hlelo", "no workload 'hlelo'"), ("hello", "without its image")])
def test_what_cannot_be_run_is_refused_before_anything_is_built_or_started(
    workload: str, what: str, root: Path
) -> None:
    said = _refused(root, "stand-ins", "run", workload, "dev", PATH=str(root / "nothing"))
    assert what in said
    assert "Go" not in said


def test_messages_that_nobody_has_are_not_followed(root: Path) -> None:
    said = _refused(root, "stand-ins", "messages", "greetings", "dev")
    assert said.startswith("No stand-in of Pub/Sub runs for the stack dev.\n")
    assert "`make stand-ins STACK=dev` starts one" in said
    assert "FROM `example-staging.message_archive.greetings`" in _refused(
        root, "stand-ins", "messages", "greetings", "staging"
    )
    assert "declares no topic 'greetnigs'" in _refused(root, "stand-ins", "messages", "greetnigs", "dev")


HOSTILE = "a'b; $x $(id) `id`"


@pytest.mark.parametrize(
    ("arguments", "handed_on"),
    [
        (["stand-ins"], ["up", "dev"]),
        (["stand-ins", f"STACK={HOSTILE}"], ["up", HOSTILE]),
        (["stand-ins-down", f"STACK={HOSTILE}"], ["down", HOSTILE]),
        (["messages", f"TOPIC={HOSTILE}", "STACK=prod"], ["messages", HOSTILE, "prod"]),
        (["messages"], ["messages", "", "dev"]),
        (["run", f"WORKLOAD={HOSTILE}"], ["run", HOSTILE, "dev"]),
        (["run", "WORKLOAD=hello", f"CMD={HOSTILE}", "STACK=prod"], ["run", "hello", "prod", "--command", HOSTILE]),
        (["run", "WORKLOAD=hello", "CMD=a,b), c"], ["run", "hello", "dev", "--command", "a,b), c"]),
    ],
)
def test_make_hands_on_to_stand_ins_what_was_typed(arguments: list[str], handed_on: list[str], root: Path) -> None:
    answer = _make(root, *arguments)
    assert answer.stdout.splitlines() == ["-m", "localcloud", "stand-ins", *handed_on], answer.stderr


def test_stop_and_clean_know_rehearsed_stacks(root: Path) -> None:
    stack = _rehearsed(root)
    assert _localcloud(root, "stop", "prod").returncode == 0
    assert (stack / "google").is_dir()
    assert _localcloud(root, "clean").returncode == 0
    assert not (root / ".localcloud").exists()


def test_clean_does_not_claim_to_have_removed_what_it_cannot(root: Path) -> None:
    (root / ".localcloud").write_text("somebody's file")
    answer = _localcloud(root, "clean")
    assert answer.returncode == 1
    assert "Removed" not in answer.stderr
    assert "Traceback" not in answer.stderr
