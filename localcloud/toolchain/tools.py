"""Which programs the local cloud runs, and the Go modules that pin and build them.

The versions stand in ``localcloud/go/*/go.mod`` and nowhere else: a tool's version is its module's.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

GO = Path(__file__).parent.parent / "go"


@dataclass(frozen=True)
class Tool:
    """One program.

    Attributes:
        name: The name under which it is run.
        module: The Go module whose version is the tool's version.
        package: The main package, as ``go build`` takes it.
        version_arguments: What makes the program print its version.
        series: How many leading numbers of the version one found on PATH must share with the pinned one. A client
            that a user chose may be of another release; a part of the control plane may differ in its patch only,
            or the local cluster is not the one that the tests saw.
        stamps: Variables that the linker sets, without which the program reports no version, and what to set each to:
            ``{version}`` is the tool's, ``{kubernetes_minor}`` that of the Kubernetes release beside it.
        own: Whether the program is written here, around what `module` offers: none on PATH is taken for it.
    """

    name: str
    module: str
    package: str
    version_arguments: tuple[str, ...] = ("--version",)
    series: int = 2
    stamps: tuple[tuple[str, str], ...] = ()
    own: bool = False

    @property
    def built_name(self) -> str:
        """The file name that ``go build`` gives: the last element of the package that is no major version."""
        elements = [element for element in self.package.split("/") if not re.fullmatch(r"v\d+", element)]
        return elements[-1]


@dataclass(frozen=True)
class GoModule:
    """A Go module of ours that exists to pin and build tools.

    Attributes:
        directory: Where its go.mod stands.
        tools: What it builds. One module for many shares their compiled packages.
        minutes: How many a cold build takes on 2 cores, measured while the machine had other work too.
        space: How many GiB a cold build leaves in Go's caches and in ours, measured, rounded up.
        overlay: Files that a package embeds but its module does not ship: path below `directory` -> the module and
            the path in it that the content is derived from.
    """

    directory: Path
    tools: tuple[Tool, ...]
    minutes: int = 3
    space: int = 2
    overlay: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called in messages and in the cache."""
        return self.directory.name

    @cached_property
    def _requirements(self) -> dict[str, str]:
        go_mod = (self.directory / "go.mod").read_text()
        return dict(re.findall(r"^(?:require|\t)\s*(\S+) (v\S+)", go_mod, flags=re.MULTILINE))

    def version(self, tool: Tool) -> str:
        """The tool's pinned version, with its leading ``v``."""
        return _RELEASES.get((tool.module, self._requirements[tool.module]), self._requirements[tool.module])

    def stamps(self) -> dict[str, str]:
        """What the linker sets: variable -> value."""
        kubernetes = self._requirements.get(_KUBERNETES, "v1.0.0").split(".")[1]
        return {
            variable: value.format(version=self.version(tool).removeprefix("v"), kubernetes_minor=kubernetes)
            for tool in self.tools
            for variable, value in tool.stamps
        }


# The provider's module carries no release tags that Go understands; this commit is the release, as its Python
# package pulumi-kubernetes of the same version is.
_PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4"
_RELEASES = {(_PROVIDER, "v4.0.0-20260115033456-f47bc2d6f199"): "v4.25.0"}

_CERT_MANAGER = "github.com/cert-manager/cert-manager"

_FAKE_GCS_SERVER = "github.com/fsouza/fake-gcs-server"

_KUBERNETES = "k8s.io/kubernetes"
_KUBERNETES_STAMPS = (
    ("k8s.io/component-base/version.gitVersion", "v{version}"),
    ("k8s.io/client-go/pkg/version.gitVersion", "v{version}"),
)


def _kubernetes(name: str, *version_arguments: str) -> Tool:
    return Tool(
        name,
        module=_KUBERNETES,
        package=f"{_KUBERNETES}/cmd/{name}",
        version_arguments=version_arguments or ("--version",),
        stamps=_KUBERNETES_STAMPS,
    )


MODULES = (
    GoModule(
        GO / "engine",
        tools=(
            Tool(
                "pulumi",
                module="github.com/pulumi/pulumi/pkg/v3",
                package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                version_arguments=("version",),
                series=1,
                stamps=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", "v{version}"),),
            ),
            Tool(
                "pulumi-resource-kubernetes",
                module=_PROVIDER,
                package="./pulumi-resource-kubernetes",
                series=3,
                stamps=((f"{_PROVIDER}/pkg/version.Version", "{version}"),),
            ),
            _kubernetes("kube-apiserver"),
            _kubernetes("kube-controller-manager"),
            _kubernetes("kube-scheduler"),
            _kubernetes("kubectl", "version", "--client"),
            Tool("etcd", module="go.etcd.io/etcd/server/v3", package="go.etcd.io/etcd/server/v3"),
            Tool(
                "helm",
                module="helm.sh/helm/v3",
                package="helm.sh/helm/v3/cmd/helm",
                version_arguments=("version", "--short"),
                series=1,
                stamps=(
                    ("helm.sh/helm/v3/internal/version.version", "v{version}"),
                    # What a chart is rendered for where no cluster is asked.
                    ("helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor", "1"),
                    ("helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor", "{kubernetes_minor}"),
                    ("helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor", "1"),
                    ("helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor", "{kubernetes_minor}"),
                ),
            ),
        ),
        overlay={
            "pulumi-resource-kubernetes/schema-embed.json": (
                _PROVIDER,
                "cmd/pulumi-resource-kubernetes/schema.json",
            ),
            "pulumi-resource-kubernetes/terraform-mapping-embed.json": (
                _PROVIDER,
                "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
            ),
        },
        minutes=20,
        space=11,
    ),
    GoModule(
        GO / "kwok",
        tools=(
            Tool(
                "kwok",
                module="sigs.k8s.io/kwok",
                package="sigs.k8s.io/kwok/cmd/kwok",
                stamps=(("sigs.k8s.io/kwok/pkg/consts.Version", "{version}"),),
            ),
        ),
    ),
    GoModule(
        GO / "cert-manager-controller",
        tools=(
            Tool(
                "cert-manager-controller",
                module=_CERT_MANAGER,
                package="./cert-manager-controller",
                stamps=((f"{_CERT_MANAGER}/pkg/util.AppVersion", "v{version}"),),
                own=True,  # Another one might reach what is real.
            ),
        ),
        space=3,
    ),
)

# Played Google services, for machines without containers; what brings a stack up needs none of them. Of each, the
# version is that of the image that clusters run, as far as it has one.
STAND_INS = (
    GoModule(
        GO / "stand-ins",
        tools=(
            Tool(
                "bigquery-emulator",
                module="github.com/goccy/bigquery-emulator",
                package="./bigquery-emulator",
                stamps=(("main.version", "{version}"),),
                own=True,  # goccy's own takes a mistake for a failure of its own, which clients try again for minutes.
            ),
            # It never says its version, so none on PATH is taken.
            Tool("fake-gcs-server", module=_FAKE_GCS_SERVER, package=_FAKE_GCS_SERVER),
            Tool(
                "pubsub-emulator",
                module="cloud.google.com/go/pubsub/v2",
                package="./pubsub-emulator",
                version_arguments=("-version",),
                own=True,  # Google's of that name counts attempts otherwise, and looks at no schema.
            ),
        ),
        minutes=6,
        space=5,
    ),
)

# For programs in other languages than Python. Their module has an engine of its own, the one that the host for YAML
# compiles against; the engine that runs here speaks to it all the same.
_YAML = "github.com/pulumi/pulumi-yaml"
LANGUAGES = (
    GoModule(
        GO / "languages",
        tools=(
            Tool(
                "pulumi-language-yaml",
                module=_YAML,
                package="./pulumi-language-yaml",
                stamps=((f"{_YAML}/pkg/version.Version", "v{version}"),),
                own=True,  # Pulumi's own leaves schemas beside the folders of packages, and reads them again when old.
            ),
            Tool(
                "generate-python-sdk",
                module="github.com/pulumi/pulumi/pkg/v3",
                package="./generate-python-sdk",
                own=True,
            ),
        ),
    ),
)
