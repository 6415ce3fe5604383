"""The charts that the local cloud installs where upstream's cannot be fetched or would have nothing to run on.

Owns: a directory of unpacked charts.

``ingress``
    Our stand-in for ``kong/ingress`` 0.24.0, with the real custom resource definitions of Kong and of the Gateway API,
    from their Go modules.
``addon``
    Our stand-in for any other chart.
``cert-manager``
    The real chart, from its Go module.

Does not own: which source of charts a stack uses, nor their installation.
"""

from localcloud.charts.assembly import assemble

__all__ = ["assemble"]
