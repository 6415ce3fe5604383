"""The documents say what the code does."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from localcloud.toolchain.tools import LANGUAGES, MODULES, STAND_INS
from settings import Settings, parse
from settings.cloud import (
    BucketSettings,
    ColumnSettings,
    DatabaseSettings,
    DatasetSettings,
    GoogleSettings,
    SchemaSettings,
    TableSettings,
    TopicSettings,
)
from settings.consumers import ConsumerSettings, CredentialSettings, JwtSettings
from settings.sections import (
    AddonSettings,
    CertificateSettings,
    ChartSettings,
    ClusterSettings,
    GatewaySettings,
    ReadinessSettings,
)
from settings.workloads import (
    ContainerSettings,
    JobSettings,
    MigrationSettings,
    NodeAgentSettings,
    QuotaSettings,
    ScheduledJobSettings,
    ServiceAutoscalingSettings,
    ServiceSettings,
    SourceMountSettings,
    TenantSettings,
    WorkerAutoscalingSettings,
    WorkerSettings,
    WorkloadSettings,
)
from tests.recording import declare

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path.relative_to(REPOSITORY)
    for pattern in ("*.md", "docs/*.md", "docs/components/*.md", "components/*.md", "benchmarks/*.md")
    for path in REPOSITORY.glob(pattern)
)

SECTIONS: dict[str, type[BaseModel]] = {
    "": Settings,
    "google.": GoogleSettings,
    "cluster.": ClusterSettings,
    "charts.": ChartSettings,
    "gateway.": GatewaySettings,
    "certificates.": CertificateSettings,
    "database.": DatabaseSettings,
    "topics.<name>.": TopicSettings,
    "topics.<name>.schema.": SchemaSettings,
    "datasets.<name>.": DatasetSettings,
    "datasets.<name>.tables.<name>.": TableSettings,
    "datasets.<name>.tables.<name>.columns[].": ColumnSettings,
    "buckets.<name>.": BucketSettings,
    "consumers.<name>.": ConsumerSettings,
    "consumers.<name>.keyAuth.": CredentialSettings,
    "consumers.<name>.basicAuth.": CredentialSettings,
    "consumers.<name>.jwt.": JwtSettings,
    "services.<name>.": ServiceSettings,
    "services.<name>.autoscaling.": ServiceAutoscalingSettings,
    "services.<name>.migration.": MigrationSettings,
    "services.<name>.sourceMount.": SourceMountSettings,
    "services.<name>.sidecars.<name>.": ContainerSettings,
    "services.<name>.initContainers.<name>.": ContainerSettings,
    "workers.<name>.": WorkerSettings,
    "workers.<name>.autoscaling.": WorkerAutoscalingSettings,
    "workers.<name>.sourceMount.": SourceMountSettings,
    "scheduledJobs.<name>.": ScheduledJobSettings,
    "jobs.<name>.": JobSettings,
    "nodeAgents.<name>.": NodeAgentSettings,
    "tenants.<name>.": TenantSettings,
    "tenants.<name>.quota.": QuotaSettings,
    "addons.<name>.": AddonSettings,
    "addons.<name>.readyWhen.<name>.": ReadinessSettings,
}

OTHER_WORKLOADS = {"workers.<name>.", "scheduledJobs.<name>.", "jobs.<name>.", "nodeAgents.<name>."}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default()
    if value is None:
        return "—"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _rows() -> list[str]:
    """The table of keys, as docs/stack-files.md must have it."""
    rows = []
    for prefix, section in SECTIONS.items():
        # What workloads of every kind have stands with the first of them.
        said = set(WorkloadSettings.model_fields) if prefix in OTHER_WORKLOADS else set()
        for name, field in section.model_fields.items():
            key = f"{prefix}{field.alias}"
            if name in said:
                continue
            if not any(f"{key}{below}" in SECTIONS for below in (".", ".<name>.", "[].")):
                meaning = " ".join((field.description or "").split())
                rows.append(f"| `{key}` | {_default(field)} | {meaning} |")
    return rows


def test_the_page_of_stack_files_has_every_key_with_its_default_and_meaning() -> None:
    page = (REPOSITORY / "docs" / "stack-files.md").read_text().partition("## Every key")[2]
    table = [line for line in page.splitlines() if line.startswith("| `")]
    assert table == _rows(), "the table should be:\n" + "\n".join(_rows())


def _examples(document: Path, language: str) -> list[str]:
    """The blocks of a document in a language."""
    text = (REPOSITORY / document).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def _stack_files(document: Path) -> list[str]:
    """The parts of stack files that a document shows."""
    return [example for example in _examples(document, "yaml") if example.startswith("config:\n")]


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if _stack_files(path)], ids=str)
def test_the_examples_of_stack_files_are_accepted(document: Path) -> None:
    least = {
        "platform": "local",
        "domain": "example.com",
        "cluster": {"nodes": 2, "machineType": "e2-standard-2"},
        "services": {},
    }
    for example in _stack_files(document):
        added = {key.removeprefix("web-platform:"): value for key, value in yaml.safe_load(example)["config"].items()}
        parse(least | added, "dev")


def test_the_program_of_the_page_of_plugins_runs() -> None:
    (program,) = _examples(Path("docs/plugins.md"), "python")
    recording = declare(lambda: exec(compile(program, "plugins.md", "exec"), {}))  # noqa: S102 - our own page
    ingress = recording.one("kubernetes:networking.k8s.io/v1:Ingress", "back-office-ingress").inputs
    assert ingress["metadata"]["annotations"]["konghq.com/plugins"] == "office-only"


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = (REPOSITORY / document).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [link for link in links if not (REPOSITORY / document.parent / link).exists()]
    assert missing == []


def test_every_make_target_that_a_document_names_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", (REPOSITORY / document).read_text(), flags=re.MULTILINE)
    }
    assert named
    assert named <= targets


def test_the_versions_of_the_toolchain_are_those_of_its_modules() -> None:
    page = (REPOSITORY / "docs" / "local-cloud.md").read_text()
    stated = dict(re.findall(r"^\| `([\w-]+)` \| (v[\d.]+) \|", page, flags=re.MULTILINE))
    modules = (*MODULES, *STAND_INS, *LANGUAGES)
    assert stated == {tool.name: module.version(tool) for module in modules for tool in module.tools}
