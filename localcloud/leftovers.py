"""What is left in the simulated Google Cloud when a stack is destroyed: what is promised to be kept, and the rest."""

from collections import defaultdict
from collections.abc import Iterable

from localcloud.providers.google import sql
from localcloud.providers.google.cloud import ENABLED, Cloud

RETAINED = "retained"
"""What `Cloud.keep` calls a resource that its program leaves behind on purpose, by type and id."""

# Where the note itself does not say it: why Google or the program keeps such things.
_WHY = {
    ENABLED: "APIs stay enabled: others in the project may use them, and none of them costs anything by itself",
    sql.LOCKED_NAME: "Google gives the name of a deleted instance to nobody for up to a week",
}


def retain(cloud: Cloud, resources: Iterable[tuple[str, str]]) -> None:
    """Notes resources, by type and id, that a stack leaves behind because its program says so."""
    for type_, identifier in resources:
        if cloud.get(type_, identifier) is not None:
            reason = f"{type_.rpartition(':')[2]}: the program retains it when its stack is destroyed"
            cloud.keep(RETAINED, f"{type_} {identifier}", reason)


def kept(cloud: Cloud) -> list[str]:
    """What is promised to outlive its resource or its stack, each with the reason."""
    present = _present(cloud)
    names: dict[str, list[str]] = defaultdict(list)
    for (what, key), detail in cloud.kept().items():
        if what != RETAINED or key in present:
            names[_WHY.get(what, detail)].append(key.rpartition("/")[2])
    return [f"{', '.join(sorted(those))} ({reason})" for reason, those in names.items()]


def unpromised(cloud: Cloud) -> list[str]:
    """What exists although everything was destroyed and nobody promised to keep it, by type and id."""
    return sorted(_present(cloud) - {key for _, key in cloud.kept(RETAINED)})


def _present(cloud: Cloud) -> set[str]:
    return {f"{resource.type} {resource.id}" for resource in cloud.all()}
