"""Prometheus: what Kong counts. https://developer.konghq.com/plugins/prometheus/."""

from typing import NotRequired, TypedDict

from web_platform.kong_plugins.kind import Kind, laid_over, nothing


class KongPrometheusArgs(TypedDict):
    """Fields of the plugin `prometheus`."""

    status_code_metrics: NotRequired[bool]
    """Whether answers are counted by status. Default: true, which is not Kong's: alerts need it."""

    latency_metrics: NotRequired[bool]
    """Whether it is measured how long answers take. Default: true, which is not Kong's."""

    bandwidth_metrics: NotRequired[bool]
    """Whether bytes are counted. Default: true, which is not Kong's."""

    upstream_health_metrics: NotRequired[bool]
    """Whether the health of each pod is told. Default: false."""

    ai_metrics: NotRequired[bool]
    """Whether requests to language models, their tokens and costs are counted. Default: false."""

    per_consumer: NotRequired[bool]
    """Whether all is counted for each consumer apart. Default: false."""


PROMETHEUS = Kind(
    "prometheus",
    KongPrometheusArgs,
    nothing,
    laid_over(status_code_metrics=True, latency_metrics=True, bandwidth_metrics=True),
)
