"""The words by which Kong's controller knows objects: it passes over those that lack them, without a message."""

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
"""Annotation of an object that is meant for the controller of a class."""

PLUGINS_ANNOTATION = "konghq.com/plugins"
"""Annotation by which an object names its plugins."""

CREDENTIAL_LABEL = "konghq.com/credential"
"""Label of a Secret that says which kind of credential it is."""

HOSTS_ANNOTATION = "konghq.com/host-aliases"
"""Annotation of a route that names further hosts, beside those in its rules."""
