"""What may stand in a stack file, and what it means: data, checked before anything is made.

A stack's configuration becomes frozen, validated `Settings`. Nothing that is not known is accepted, and everything that
is wrong is reported at once, each with its place in the file, the danger and the remedy. Components never see these
classes; `__main__.py` and `platforms/` pass them what they need.
"""

from web_platform import Fault

from settings.arguments import (
    consumer_args,
    gateway_args,
    issuer_args,
    plugins_args,
    route_args,
    worker_autoscaling_args,
    workload_args,
)
from settings.charts import CHART_DIRECTORY_VARIABLE, chart_source
from settings.fields import SettingsError
from settings.reading import from_pulumi, from_stack_file, parse
from settings.relations import PROJECT
from settings.sources import SOURCES_VARIABLE, source_mounts
from settings.stack import SERVICES_NAMESPACE, Settings
from settings.strict_yaml import load_yaml

__all__ = [
    "CHART_DIRECTORY_VARIABLE",
    "PROJECT",
    "SERVICES_NAMESPACE",
    "SOURCES_VARIABLE",
    "Fault",
    "Settings",
    "SettingsError",
    "chart_source",
    "consumer_args",
    "from_pulumi",
    "from_stack_file",
    "gateway_args",
    "issuer_args",
    "load_yaml",
    "parse",
    "plugins_args",
    "route_args",
    "source_mounts",
    "worker_autoscaling_args",
    "workload_args",
]
