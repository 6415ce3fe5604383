"""Which hosts a name with a wildcard stands for: certificates and gateways disagree about how many."""


def certified(name: str, host: str) -> bool:
    """Whether a name in a certificate stands for a host, itself one with a wildcard or not.

    A wildcard there stands for one label: https://datatracker.ietf.org/doc/html/rfc6125#section-6.4.3.
    """
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name.removeprefix("*."))


def meet(listener: str, route: str) -> bool:
    """Whether a listener's host name and a route's have hosts in common.

    A wildcard in them stands for any number of labels, and no name for all hosts:
    https://gateway-api.sigs.k8s.io/reference/spec/#hostname.
    """
    if not listener or not route or listener == route:
        return True
    pairs = ((listener, route), (route, listener))
    return any(wide.startswith("*.") and narrow.endswith(wide[1:]) for wide, narrow in pairs)
