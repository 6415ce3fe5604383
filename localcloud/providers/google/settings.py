"""The provider's own settings: where resources are made that do not say where, and with which labels."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.providers.google.kind import Place
from localcloud.providers.google.locations import region_problems, zone_problems
from localcloud.providers.google.projects import PROJECT_ID
from localcloud.providers.inputs import Input, Kind, Problem, check
from localcloud.providers.properties import UNKNOWN, Property

# https://www.pulumi.com/registry/packages/gcp/installation-configuration/#configuration-options
# Those that concern the way to Google have no effect here: nothing is sent there, and no credentials are read.
_NAMES = (
    "accessToken",
    "addPulumiAttributionLabel",
    "batching",
    "billingProject",
    "credentials",
    "defaultLabels",
    "deletionPolicy",
    "disableGooglePartnerName",
    "externalCredentials",
    "googlePartnerName",
    "impersonateServiceAccount",
    "impersonateServiceAccountDelegates",
    "pollInterval",
    "preferGlobalEndpoints",
    "preferRegionalEndpoints",
    "project",
    "pulumiAttributionLabelAdditionStrategy",
    "region",
    "requestReason",
    "requestTimeout",
    "scopes",
    "universeDomain",
    "userProjectOverride",
    "zone",
)
_ENGINES = ("version", "pluginDownloadURL")

# An id that older projects of companies have.
_DOMAIN_PROJECT = r"[a-z0-9.-]+:[a-z][a-z0-9-]*"

_ATTRIBUTION = {"goog-pulumi-provisioned": "true"}


@dataclass(frozen=True)
class Settings:
    """What a provider is configured with.

    Attributes:
        place: Where it makes what says nothing of its place.
        default_labels: Labels of everything that can have labels.
        deletion_policy: What deleting means for resources that do not say it. Default: ``DELETE``.
    """

    place: Place = field(default_factory=Place)
    default_labels: Mapping[str, str] = field(default_factory=lambda: dict(_ATTRIBUTION))
    deletion_policy: str = "DELETE"


def is_setting(name: str) -> bool:
    """Whether the real provider has a setting, or the engine adds it to every provider's."""
    return name in _NAMES or name in _ENGINES or name.endswith("CustomEndpoint") or name.startswith("__")


def problems(given: Mapping[str, Property]) -> list[Problem]:
    """What is wrong with settings; any value may be `UNKNOWN`."""
    known = [Input(name, Kind.STRING) for name in _NAMES]
    found = [each for name in given if not is_setting(name) for each in check(known, {name: UNKNOWN})]
    found = [Problem(each.path, each.reason.replace("a property of this resource", "a setting")) for each in found]
    region, zone = given.get("region"), given.get("zone")
    return [
        *found,
        *_project_problems(given.get("project")),
        *region_problems("region", region),
        *zone_problems("zone", zone, region),
        *_label_problems(given.get("defaultLabels")),
    ]


def settings_of(given: Mapping[str, Property]) -> Settings:
    """The settings from what a provider is configured with; `problems` has none with it."""
    attribution = {} if _parsed(given.get("addPulumiAttributionLabel")) is False else _ATTRIBUTION
    return Settings(
        place=Place(given.get("project"), given.get("region"), given.get("zone")),
        default_labels={**attribution, **(_parsed(given.get("defaultLabels")) or {})},
        deletion_policy=given.get("deletionPolicy") or "DELETE",
    )


def _project_problems(value: Property) -> list[Problem]:
    if value is None or value is UNKNOWN:
        return []
    if isinstance(value, str) and re.fullmatch(rf"{PROJECT_ID}|{_DOMAIN_PROJECT}", value):
        return []
    return [
        Problem(
            "project",
            f"{value!r} is not a project id\n"
            "  Danger: Google has no project of that id, and every resource would be refused\n"
            "  Remedy: give the project's id, not its name or number: 6 to 30 lower-case letters, digits and hyphens, "
            "a letter first, no hyphen last",
        )
    ]


def _label_problems(value: Property) -> list[Problem]:
    if value is None or value is UNKNOWN:
        return []
    try:
        labels = _parsed(value)
    except ValueError:
        labels = None
    return check([Input("defaultLabels", Kind.STRING_MAP)], {"defaultLabels": value if labels is None else labels})


def _parsed(value: Property) -> Property:
    """A value that is no text: the SDKs and the configuration file give it as JSON in one."""
    return json.loads(value) if isinstance(value, str) and value else value
