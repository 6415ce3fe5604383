"""Everything that stands in for a cloud, and the commands: toolchain, control plane, providers, charts, rehearsal.

Nothing here declares a component, and no component knows anything of this package. What passes between them are the
ordinary interfaces of the field: a kubeconfig, plugins in ``PULUMI_HOME``, charts in a directory. The commands read
`settings`, which in turn take Google's catalogues of machines, places and roles from here.
"""
