"""The ways to run the project, each with what it needs and what is found of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from localcloud.doctor import embedded, google, kind, languages, stand_ins
from localcloud.doctor.findings import Finding, Look, State, lacks


@dataclass(frozen=True)
class Mode:
    """A way to run the project.

    Attributes:
        name: What it is called.
        purpose: What it is for, as a sentence.
        findings: What is found of each thing that it needs, by its name.
        base: The mode whose needs it has too.
    """

    name: str
    purpose: str
    findings: dict[str, Finding]
    base: "Mode | None" = None

    @property
    def lacking(self) -> list[str]:
        """The names of what keeps it from being used."""
        inherited = self.base.lacking if self.base else []
        return inherited + [name for name, finding in self.findings.items() if finding.state is State.LACKS]


def examine() -> list[Mode]:
    """Every mode, the one first without which nothing can be rehearsed; all things are looked at beside each other."""
    looks = [mode.looks() for mode in (embedded, stand_ins, languages, kind, google)]
    with ThreadPoolExecutor() as pool:
        looked = [{name: pool.submit(_looked, look) for name, look in each.items()} for each in looks]
    found = ({name: each.result() for name, each in one.items()} for one in looked)
    cluster, processes, others, containers, cloud = found
    base = Mode("embedded cluster", "Rehearsals of every stack, and dev without containers.", cluster)
    packages = "The components in YAML, and with a generated SDK: docs/packages.md."
    services = "Google's services for dev as processes: `make stand-ins`, `make example`."
    return [
        base,
        Mode("stand-ins", services, processes, base),
        Mode("other languages", packages, others, base),
        Mode("kind", "Dev with containers: `make up CLUSTER=kind`, docs/kind.md.", containers, base),
        Mode("Google Cloud", "The real one: `make up STACK=prod`, docs/google-cloud.md.", cloud),
    ]


def _looked(look: Look) -> Finding:
    """What a look finds, even where the machine keeps it from looking."""
    try:
        return look()
    except (OSError, ValueError) as error:
        return lacks(f"cannot be told: {error}", "Mend what is said here, and look again.")
