"""ACL: which groups of consumers are let in. https://developer.konghq.com/plugins/acl/."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from pulumi import Input

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over


class KongAclArgs(TypedDict):
    """Fields of the plugin `acl`."""

    allow: NotRequired[Sequence[Input[str]]]
    """Groups that are let in, all others refused. Each consumer is also a group of its own name. Default: none."""

    deny: NotRequired[Sequence[Input[str]]]
    """Groups that are refused, all others let in. Default: none."""

    hide_groups_header: NotRequired[bool]
    """Whether the service is not told the caller's groups, in `X-Consumer-Groups`. Default: false."""

    always_use_authenticated_groups: NotRequired[bool]
    """Whether groups that another plugin found, such as `ldap-auth`, count instead of a consumer's. Default: false."""


def _faults(config: Config) -> Faults:
    if config.get("allow") and config.get("deny"):
        remedy = "keep the list that is shorter; Kong takes one of the two"
        yield "deny", Fault("is given, and so is allow", checks.REFUSED, remedy)
    if not config.get("allow") and not config.get("deny"):
        yield checks.required("allow", "so is deny", "name the groups that are let in, or those that are not")


ACL = Kind("acl", KongAclArgs, _faults, laid_over(), fits_consumers=False, fits_everywhere=False)
