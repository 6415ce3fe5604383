"""What dangles between the objects of a stack: names that nothing bears, ways to nowhere, things that nobody uses.

The API server admits each object by itself, and the controllers that read them pass over what they cannot find. So a
stack can be admitted whole and still serve nothing, or let in everybody. Pure functions over objects as plain mappings,
wherever they come from: an API server, a chart's templates, the inputs of a Pulumi program. Objects are taken for all
that there are: what was not handed over does not exist. What is only known later is passed over.

A module a concern, each with a function of its name. What single objects say wrongly is not looked at here: components
and the API server refuse it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from web_platform.relations.certificates import certificates
from web_platform.relations.challenges import challenges
from web_platform.relations.consumers import consumers
from web_platform.relations.gateways import gateways
from web_platform.relations.network_policies import network_policies
from web_platform.relations.objects import Dangling, Objects
from web_platform.relations.plugins import plugins
from web_platform.relations.routing import routing

__all__ = ["Dangling", "dangling"]

_CONCERNS = (routing, gateways, certificates, challenges, plugins, consumers, network_policies)


def dangling(objects: Iterable[Mapping[str, Any]]) -> list[Dangling]:
    """Find everything that dangles between objects, of any number of namespaces, in a fixed order."""
    known = Objects(objects)
    return sorted({found for concern in _CONCERNS for found in concern(known)})
