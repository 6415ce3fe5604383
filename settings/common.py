"""services.yaml: what every stack says of its workloads, said once. A stack file says where it differs: in scale."""

from collections.abc import Mapping
from pathlib import Path

from web_platform import Fault
from web_platform.chart_values import merge_values
from web_platform.errors import unknown_key_fault

from settings.encryption import encrypted, replaced
from settings.fields import Encrypted
from settings.problems import Problem, shown
from settings.strict_yaml import load_yaml
from settings.workloads import WORKLOADS

FILE = "services.yaml"

# What stands for the stack's domain in it, wherever there is text.
_DOMAIN = "${domain}"


def read_common(directory: Path) -> tuple[dict[str, dict[str, object]], list[Problem]]:
    """Read the file, by section and name, and say what of it cannot be used. Without one, there is nothing.

    Raises `SettingsError` where it is no YAML.
    """
    path = directory / FILE
    content = load_yaml(path) if path.is_file() else {}
    sections: dict[str, dict[str, object]] = {}
    found: list[Problem] = []
    for section, named in content.items():
        place = f"{FILE}: {section}"
        if section not in WORKLOADS:
            found.append(Problem(place, unknown_key_fault(str(section), WORKLOADS)))
        elif named is not None and not isinstance(named, Mapping):
            found.append(Problem(place, _NO_NAMES, shown(named)))
        else:
            workloads = {str(name): workload for name, workload in (named or {}).items()}
            places = {each for name, workload in workloads.items() for each in encrypted(workload, (name,))}
            found += [Problem(f"{place}.{'.'.join(each)}", _ENCRYPTED) for each in sorted(places)]
            # What is told here is not told as no value of its kind too.
            sections[section] = {
                name: replaced(workload, places, lambda _: Encrypted(), (name,)) for name, workload in workloads.items()
            }
    return sections, found


def with_common(
    values: Mapping[str, object], common: Mapping[str, Mapping[str, object]], domain: object
) -> dict[str, object]:
    """Lay what a stack file says of workloads over what all of them say: keys merge, lists and texts are replaced."""
    merged = dict(values)
    for section, named in common.items():
        own = values.get(section)
        if own is not None and not isinstance(own, Mapping):
            continue  # Which is told as what is wrong with the stack file.
        base = {name: _named(workload, str(domain)) for name, workload in named.items()}
        # A name alone, `hello:`, says nothing more of it.
        over = {name: {} if workload is None and name in base else workload for name, workload in (own or {}).items()}
        merged[section] = merge_values(base, over)
    return merged


def _named(value: object, domain: str) -> object:
    if isinstance(value, str):
        return value.replace(_DOMAIN, domain)
    if isinstance(value, Mapping):
        return {key: _named(part, domain) for key, part in value.items()}
    return [_named(part, domain) for part in value] if isinstance(value, list) else value


_NO_NAMES = Fault(
    what="is not keys with values",
    danger="the stacks would be declared without what the file says",
    remedy="write names of workloads below it, and what each is below those",
)

_ENCRYPTED = Fault(
    what="holds an encrypted value",
    danger="no stack could read it: each encrypts by a key of its own",
    remedy="write it into the stack files, at the same place: `pulumi config set --secret --path`",
)
