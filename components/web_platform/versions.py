"""The version of every chart and image that the components install, in one place.

Each is exact: a rebuild installs what was tested, and a newer version arrives as a reviewed change.
"""

# renovate: datasource=helm depName=ingress registryUrl=https://charts.konghq.com
KONG_CHART = "0.24.0"

# 3.9 is the last line of Kong Gateway that is published as an open-source image.
# renovate: datasource=docker depName=kong
KONG_GATEWAY_IMAGE = "3.9.3"

# renovate: datasource=docker depName=kong/kubernetes-ingress-controller
KONG_CONTROLLER_IMAGE = "3.5.13"

# renovate: datasource=docker depName=quay.io/jetstack/charts/cert-manager
CERT_MANAGER_CHART = "v1.21.2"
