"""What may stand in a stack file, and what it means.

`parse` turns a stack's configuration into frozen, validated `Settings`. It accepts nothing that it does not know, and
reports everything that is wrong at once, each with its place in the file, the danger and the remedy
(`settings_problems` has the words).

Two ways lead to it: `from_pulumi` inside the program, and `from_stack_file` for tools that need the settings before
any engine or cluster exists. Components never see these classes; `__main__.py` passes them what they need.
"""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import pulumi
import pulumi.runtime.config
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from web_platform import ChartSourceArgs, Fault, PodSecurity, syntax
from web_platform.charts import unversioned_fault
from web_platform.errors import unknown_key_fault

import settings_problems
from settings_problems import Problem

PROJECT = "web-platform"

# Namespaces of configuration that belong to Pulumi itself and to the providers that the program uses.
_OTHER_NAMESPACES = frozenset({"pulumi", "gcp", "kubernetes", "random"})

# What Pulumi itself reads at the top of a stack file.
_STACK_FILE_KEYS = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")

# Set where the cluster's nodes run no containers; the folders it must hold are what the platform itself installs.
CHART_DIRECTORY_VARIABLE = "WEB_PLATFORM_CHART_DIRECTORY"
_PLATFORM_CHARTS = ("ingress", "cert-manager")
_STAND_IN_CHART = "addon"

# Namespaces of the platform and of Kubernetes: an add-on cannot have one of them for its own.
_TAKEN_NAMESPACES = frozenset(
    {"cert-manager", "kong", "services", "default", "kube-node-lease", "kube-public", "kube-system"}
)

_MACHINE_TYPE = re.compile(r"[a-z]\d+[a-z]?-[a-z]+(-[a-z0-9]+){0,3}")


class SettingsError(pulumi.RunError):
    """The configuration of a stack is wrong. The message says all of it, on one screen.

    It is a `RunError`, so that a program which meets it ends with the message alone and no stack trace.
    """


def _checked(check: Callable[[str], Fault | None]) -> AfterValidator:
    def validate(value: str) -> str:
        fault = check(value)
        if fault is not None:
            raise settings_problems.refused(fault)
        return value

    return AfterValidator(validate)


def _machine_type_fault(machine_type: str) -> Fault | None:
    if _MACHINE_TYPE.fullmatch(machine_type):
        return None
    return Fault(
        what="is not a machine type of Google Compute Engine",
        danger="no node of it could be made, and nothing would have a place to run",
        remedy="write family, kind and CPUs, such as 'e2-standard-2'",
    )


def _mirror_fault(mirror: str) -> Fault | None:
    if mirror.startswith("oci://") and len(mirror) > len("oci://"):
        return None
    return Fault(
        what="is not an OCI registry",
        danger="Helm could not find a single chart",
        remedy="write the registry that holds the charts, such as 'oci://europe-west1-docker.pkg.dev/acme/charts'",
    )


Host = Annotated[str, _checked(syntax.host_fault)]
UrlPath = Annotated[str, _checked(syntax.path_fault)]
ProbePath = Annotated[str, _checked(syntax.probe_path_fault)]
Image = Annotated[str, _checked(syntax.image_fault)]
Cpu = Annotated[str, _checked(syntax.cpu_fault)]
Memory = Annotated[str, _checked(syntax.memory_fault)]
ServiceName = Annotated[str, _checked(syntax.service_name_fault)]
ReleaseName = Annotated[str, _checked(syntax.release_name_fault)]
NamespaceName = Annotated[str, _checked(syntax.namespace_fault)]
EnvironmentName = Annotated[str, _checked(syntax.environment_name_fault)]
ChartVersion = Annotated[str, _checked(syntax.chart_version_fault)]
MachineType = Annotated[str, _checked(_machine_type_fault)]
Mirror = Annotated[str, _checked(_mirror_fault)]
Port = Annotated[int, Field(ge=1, le=65535)]
Replicas = Annotated[int, Field(ge=1, le=100)]


class _Section(BaseModel):
    # Strict: in YAML `8080` and `"8080"` are different things, and guessing between them hides mistakes.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, use_attribute_docstrings=True
    )


class ClusterSettings(_Section):
    """The nodes that everything runs on."""

    nodes: Annotated[int, Field(ge=1, le=100)]
    """How many nodes there are. They are identical."""

    machine_type: MachineType
    """Size of each node, as Google Compute Engine names it."""


class ChartSettings(_Section):
    """Where Helm charts come from."""

    source: Literal["upstream", "mirror", "standin"] | None = None
    """`upstream`: their publishers. `mirror`: our own registry. `standin`: a directory of stand-ins, for clusters
    whose nodes run no containers. Default: stand-ins where the environment names their directory, else the mirror
    where there is one, else upstream."""

    mirror: Mirror | None = None
    """OCI registry that holds a copy of each chart."""

    @model_validator(mode="after")
    def _mirror_is_named(self) -> Self:
        if self.source == "mirror" and self.mirror is None:
            raise settings_problems.refused(
                Fault(
                    what="has the source 'mirror', but names no mirror",
                    danger="no chart could be found",
                    remedy="add `mirror:` with the registry that holds the charts, or set `source: upstream`",
                )
            )
        return self


class GatewaySettings(_Section):
    """Kong, through which requests from outside reach services."""

    replicas: Replicas = 2
    """Proxies that serve requests."""

    cpu: Cpu = "200m"
    """CPU that each proxy is sure to get."""

    memory: Memory = "512Mi"
    """Memory of each proxy."""


class CertificateSettings(_Section):
    """cert-manager, which certifies every public host."""

    highly_available: bool = True
    """Whether it outlives the loss of a node."""


class ServiceSettings(_Section):
    """A web service."""

    image: Image
    """Image with a tag or digest."""

    host: Host | None = None
    """Public host. Default: the service's name under `domain`."""

    path: UrlPath = "/"
    """Path under the host below which requests come to this service."""

    port: Port = 8080
    """Port that the container listens on."""

    replicas: Replicas = 1
    """Pods that serve requests."""

    environment: dict[EnvironmentName, str] = {}
    """Environment variables."""

    cpu: Cpu = "100m"
    """CPU that each pod is sure to get."""

    memory: Memory = "128Mi"
    """Memory of each pod."""

    liveness_path: ProbePath = "/healthz"
    """Path that answers while the process works."""

    readiness_path: ProbePath = "/readyz"
    """Path that answers while requests can be served."""

    def host_of(self, name: str, domain: str) -> str:
        """The public host of the service, which has this name in the stack file."""
        return self.host or f"{name}.{domain}"


class AddonSettings(_Section):
    """Any Helm chart."""

    chart: Annotated[str, Field(min_length=1)]
    """Name of the chart in its repository, or an `oci://` reference or a path."""

    repository: str | None = None
    """Repository that publishes the chart."""

    version: ChartVersion | None = None
    """Exact version. Required unless the chart is a path."""

    namespace: NamespaceName | None = None
    """Namespace of its own that it is installed into. Default: the add-on's name."""

    pod_security: Literal["restricted", "baseline", "privileged"] = "baseline"
    """Pod Security Standard of that namespace. Default: baseline, which most charts meet."""

    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    """How long it may take to become ready."""

    values: dict[str, Any] = {}
    """Values of the chart."""

    @model_validator(mode="after")
    def _version_is_named(self) -> Self:
        fault = unversioned_fault(self.chart, self.repository, self.version)
        if fault is not None:
            raise settings_problems.refused(fault)
        return self

    def namespace_of(self, name: str) -> str:
        """The namespace of the add-on, which has this name in the stack file."""
        return self.namespace or name


class Settings(_Section):
    """Everything that a stack file may say."""

    domain: Host
    """Domain under which services have their hosts."""

    cluster: ClusterSettings
    """The nodes that everything runs on."""

    charts: ChartSettings = ChartSettings()
    """Where Helm charts come from."""

    gateway: GatewaySettings = GatewaySettings()
    """Kong, through which requests from outside reach services."""

    certificates: CertificateSettings = CertificateSettings()
    """cert-manager, which certifies every public host."""

    services: dict[ServiceName, ServiceSettings]
    """Web services by name."""

    addons: dict[ReleaseName, AddonSettings] = {}
    """Helm charts by the name of their release."""

    def host(self, service: str) -> str:
        """The public host of a service."""
        return self.services[service].host_of(service, self.domain)

    def addon_namespace(self, addon: str) -> str:
        """The namespace of an add-on."""
        return self.addons[addon].namespace_of(addon)

    def addon_namespaces(self) -> dict[str, PodSecurity]:
        """The namespaces of all add-ons, each with the Pod Security Standard of those in it."""
        return {self.addon_namespace(name): PodSecurity(addon.pod_security) for name, addon in self.addons.items()}


def parse(config: Mapping[str, object], stack: str) -> Settings:
    """Validate a stack's configuration: keys without the project's prefix, values already decoded.

    Raises `SettingsError` with everything that is wrong.
    """
    return _validate(_Source(stack, dict(config)))


def from_pulumi() -> Settings:
    """Read the configuration that the engine gave to the running program."""
    given = pulumi.runtime.config.get_config_env() | pulumi.runtime.config.CONFIG.get()
    secrets = set(pulumi.runtime.config.get_config_secret_keys_env())
    source = _Source(pulumi.get_stack())
    for key, value in given.items():
        source.add(key, _decoded(key, value), key in secrets or pulumi.runtime.config.is_config_secret(key))
    return _validate(source, Path(__file__).parent)


def chart_source(charts: ChartSettings, environment: Mapping[str, str] = os.environ) -> ChartSourceArgs:
    """Say where components take charts from, on this cluster.

    It depends on the environment: whoever runs a cluster whose nodes run no containers names stand-ins there.
    """
    directory = environment.get(CHART_DIRECTORY_VARIABLE)
    source = charts.source or ("standin" if directory else "mirror" if charts.mirror else "upstream")
    if source == "standin":
        fault = _stand_ins_fault(directory)
        if fault is not None:
            problem = Problem(f"{PROJECT}:charts", fault)
            raise SettingsError(settings_problems.listed("The charts cannot be installed.", [problem]))
        return {"directory": str(directory), "stand_in": _STAND_IN_CHART}
    return {"mirror": charts.mirror} if source == "mirror" and charts.mirror else {}


def from_stack_file(directory: Path, stack: str) -> Settings:
    """Read a stack's file and the project's defaults, without any engine."""
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        stacks = sorted(file.name.split(".", 1)[1].removesuffix(".yaml") for file in directory.glob("Pulumi.*.yaml"))
        raise SettingsError(
            settings_problems.explained(
                f"There is no stack {stack!r}: {path.name} does not exist.\n"
                f"  Stacks here: {', '.join(stacks) or '(none)'}",
                danger="an empty stack of that name would be made, on a cluster that nobody has sized",
                remedy="name one of them, or write that file for a new stack",
            )
        )
    source = _Source(stack)
    for key, value in _project_defaults(load_yaml(directory / "Pulumi.yaml")).items():
        source.add(key, value)
    stack_file = load_yaml(path)
    unknown = [str(key) for key in stack_file if key not in _STACK_FILE_KEYS]
    source.problems += [Problem(key, unknown_key_fault(key, _STACK_FILE_KEYS)) for key in unknown]
    if unknown and "config" not in stack_file:
        # Everything would be missing because of it, and need not be said as well.
        raise _refusal(stack, source.problems)
    content = stack_file.get("config")
    if content is not None and not isinstance(content, Mapping):
        raise SettingsError(_no_keys(f"{path.name}: `config:`", content, "write keys below it"))
    for key, value in (content or {}).items():
        source.add(str(key), value, _has_secret(value))
    return _validate(source, directory)


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a file of YAML that holds keys: more strictly than PyYAML, which keeps the last of two equal keys.

    Raises `SettingsError` where it cannot be read.
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        loader.name = path.name
        content = loader.get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise SettingsError(
            settings_problems.explained(
                f"{path.name} cannot be read: {error}",
                danger="the stack would be declared without what the file says",
                remedy="correct the file; Pulumi reads the same YAML",
            )
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError(_no_keys(path.name, content, "write `config:` and keys below it"))
    return content


class _Loader(yaml.SafeLoader):
    """Refuses what PyYAML would lose without a word, or fail on without saying where."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._open_anchors: list[str] = []

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - as PyYAML's
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) and event.anchor in self._open_anchors:
            raise SettingsError(
                settings_problems.explained(
                    f"{self.name}, line {_line(event)}: *{event.anchor} stands inside of what it stands for",
                    danger="the value would have no end, and whatever reads it would not come to one",
                    remedy=f"write out what is meant, or move the anchor &{event.anchor}",
                )
            )
        return super().compose_node(parent, index)

    def compose_sequence_node(self, anchor: Any) -> yaml.SequenceNode:  # noqa: ANN401 - as PyYAML's
        with self._inside(anchor):
            return super().compose_sequence_node(anchor)

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401 - as PyYAML's
        with self._inside(anchor):
            node = super().compose_mapping_node(anchor)
        # Here, not when it is constructed: by then, a merge (`<<`) may have added keys that the mapping overrides.
        lines: dict[object, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            # `yes` and `on` are one key; of others, the texts say whether they are.
            spelt_in_many_ways = key.tag.endswith((":bool", ":int", ":float", ":null"))
            value = self.construct_object(key) if spelt_in_many_ways else key.value
            line = _line(key)
            if value in lines:
                raise SettingsError(
                    settings_problems.explained(
                        f"{self.name}, line {line}: the key {key.value!r} is there twice, first in line {lines[value]}",
                        danger="one of the two would be ignored, and with it all that stands below it",
                        remedy="rename or remove one of them",
                    )
                )
            lines[value] = line
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401 - as PyYAML's
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, ValueError) as error:
            raise SettingsError(
                settings_problems.explained(
                    f"{self.name}, line {_line(node)} cannot be read as {node.tag.rpartition(':')[2]}: {error}",
                    danger="the stack would be declared without what the file says",
                    remedy="put the value in quotes if it is text, or correct it",
                )
            ) from error

    @contextlib.contextmanager
    def _inside(self, anchor: str | None) -> Iterator[None]:
        self._open_anchors.append(anchor or "")
        yield
        self._open_anchors.pop()


@dataclass
class _Source:
    """A stack's configuration on its way to `_validate`."""

    stack: str
    values: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def add(self, key: str, value: object, secret: bool = False) -> None:
        """Take a key as it stands in a stack file, `namespace:name`."""
        namespace, _, name = key.partition(":")
        if namespace == PROJECT and name:
            self.values[name] = value
            if secret:
                self.secrets.add(name)
        elif namespace not in _OTHER_NAMESPACES or not name:
            self.problems.append(Problem(key, settings_problems.namespace_fault(key, PROJECT, _OTHER_NAMESPACES)))


def _validate(source: _Source, directory: Path | None = None) -> Settings:
    """Make settings of a source. In `directory`, the program's, the paths of charts must exist."""
    # What a secret holds must not reach a screen, nor a log: of a key that holds one, only this is said.
    open_values = {key: value for key, value in source.values.items() if key not in source.secrets}
    secrets = [Problem(f"{PROJECT}:{name}", _SECRET_FAULT) for name in sorted(source.secrets)]
    addons = _sound(AddonSettings, open_values.get("addons"))
    problems = [
        *source.problems,
        *secrets,
        *_shared_routes(_sound(ServiceSettings, open_values.get("services")), str(open_values.get("domain"))),
        *_taken_namespaces(addons),
        *(_absent_charts(addons, directory) if directory else ()),
    ]
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(source.values)
    except ValidationError as error:
        details = [detail for detail in error.errors() if str(detail["loc"][0]) not in source.secrets]
        problems += settings_problems.found(details, Settings, PROJECT)
    if problems or settings is None:
        raise _refusal(source.stack, problems)
    return settings


def _refusal(stack: str, problems: Sequence[Problem]) -> SettingsError:
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    headline = f"Pulumi.{stack}.yaml has {count}. Nothing was created or changed."
    return SettingsError(settings_problems.listed(headline, problems))


_AnySection = TypeVar("_AnySection", bound=_Section)


def _sound(section: type[_AnySection], entries: object) -> dict[str, _AnySection]:
    """The entries that are right in themselves: what they have in common is checked even where others are wrong."""
    sound: dict[str, _AnySection] = {}
    for name, entry in entries.items() if isinstance(entries, Mapping) else ():
        with contextlib.suppress(ValidationError):
            sound[str(name)] = section.model_validate(entry)
    return sound


def _shared_routes(services: Mapping[str, ServiceSettings], domain: str) -> list[Problem]:
    """Find services on one host and path."""
    problems: list[Problem] = []
    first: dict[tuple[str, str], str] = {}
    for name, service in services.items():
        host = service.host_of(name, domain)
        other = first.setdefault((host, service.path), name)
        if other != name:
            fault = Fault(
                what=f"is on https://{host}{service.path}, as {other!r} is",
                danger="the gateway would send each request to either of the two",
                remedy="give one of them another `host` or `path`",
            )
            problems.append(Problem(f"{PROJECT}:services.{name}", fault))
    return problems


def _taken_namespaces(addons: Mapping[str, AddonSettings]) -> list[Problem]:
    """Find add-ons in a namespace that is not theirs to have."""
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for name, addon in addons.items():
        namespace = addon.namespace_of(name)
        other = first.setdefault(namespace, name)
        place = f"{PROJECT}:addons.{name}"
        if namespace in _TAKEN_NAMESPACES:
            fault = Fault(
                what=f"is in the namespace {namespace!r}, which holds other parts of the platform",
                danger="the namespace would be declared twice, and removing the add-on would remove them with it",
                remedy="give it another `namespace`",
            )
            problems.append(Problem(place, fault))
        elif addon.pod_security != addons[other].pod_security:
            fault = Fault(
                what=f"shares the namespace {namespace!r} with {other!r}, but not its `podSecurity`",
                danger="pods of one of the two would not be admitted",
                remedy="give both the same `podSecurity`, or one of them another `namespace`",
            )
            problems.append(Problem(place, fault))
    return problems


def _absent_charts(addons: Mapping[str, AddonSettings], directory: Path) -> list[Problem]:
    """Find add-ons whose chart is a path that leads nowhere, from the program's directory."""
    problems: list[Problem] = []
    for name, addon in addons.items():
        if addon.chart.startswith(("./", "../", "/")) and not _exists(directory / addon.chart):
            fault = Fault(
                what=f"is a path, but nothing is at {directory / addon.chart}",
                danger="the add-on could not be installed, and the rest of the stack would be made without it",
                remedy="correct the path, which begins at the directory of the program, or put the chart there",
            )
            problems.append(Problem(f"{PROJECT}:addons.{name}.chart", fault, settings_problems.shown(addon.chart)))
    return problems


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # A name that no file can have.
        return False


def _stand_ins_fault(directory: str | None) -> Fault | None:
    if not directory:
        return Fault(
            what=f"come from stand-ins, but {CHART_DIRECTORY_VARIABLE} names no directory of them",
            danger="nothing could be installed",
            remedy=f"run the stack through `make up` or `make shell`, or set `{PROJECT}:charts.source` to 'upstream'",
        )
    missing = [chart for chart in _PLATFORM_CHARTS if not Path(directory, chart, "Chart.yaml").is_file()]
    if not missing:
        return None
    absent = f"{' and '.join(missing)} cannot be found in" if Path(directory).is_dir() else "there is no directory"
    return Fault(
        what=f"come from stand-ins, but {absent} {directory}",
        danger="the gateway and the certificates could not be installed, and services would wait for them in vain",
        remedy=f"run `make up` again, which makes it anew, or correct {CHART_DIRECTORY_VARIABLE}",
    )


_SECRET_FAULT = Fault(
    what="holds an encrypted value",
    danger="services and add-ons would get it as plain text, for everyone to read who may see their Deployments",
    remedy="keep the secret out of this key, in a Kubernetes Secret that the service reads",
)


def _decoded(key: str, value: object) -> object:
    """Undo what the engine did to a value: all but text arrives as JSON."""
    name = key.partition(":")[2]
    declared = settings_problems.fields(Settings).get(name)
    if not isinstance(value, str) or (declared is not None and declared.annotation is str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _line(part: yaml.Node | yaml.Event) -> int:
    return part.start_mark.line + 1 if part.start_mark else 0


def _no_keys(place: str, content: object, remedy: str) -> str:
    what = f"{place} holds {settings_problems.shown(content)}, not keys"
    return settings_problems.explained(what, "the stack would be declared without what the file says", remedy)


def _project_defaults(project: Mapping[str, Any]) -> dict[str, object]:
    """Defaults that Pulumi.yaml declares, which the engine uses for keys that a stack file lacks."""
    defaults: dict[str, object] = {}
    for key, declared in (project.get("config") or {}).items():
        if isinstance(declared, Mapping):
            for word in ("value", "default"):
                if word in declared:
                    defaults[key if ":" in key else f"{PROJECT}:{key}"] = declared[word]
    return defaults


def _has_secret(value: object) -> bool:
    """Whether a value of a stack file holds what `pulumi config set --secret` wrote."""
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(_has_secret(part) for part in value.values())
    return isinstance(value, list) and any(_has_secret(part) for part in value)
