"""Everything that stands in for a cloud: the toolchain, the control plane, the providers and the charts.

Nothing here knows the components, and no component knows anything of this package. What passes between them are the
ordinary interfaces of the field: a kubeconfig, plugins in ``PULUMI_HOME``, charts in a directory.
"""
