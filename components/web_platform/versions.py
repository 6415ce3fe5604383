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

# Of the major version that Cloud SQL runs: see `Database`.
# renovate: datasource=docker depName=postgres
POSTGRES_IMAGE = "17.11"

# The emulators are in the images of this version whose tags end in -emulators.
# renovate: datasource=docker depName=gcr.io/google.com/cloudsdktool/google-cloud-cli
GOOGLE_CLOUD_CLI_IMAGE = "587.0.0"

# renovate: datasource=docker depName=ghcr.io/goccy/bigquery-emulator
BIGQUERY_EMULATOR_IMAGE = "0.8.1"

# renovate: datasource=docker depName=fsouza/fake-gcs-server
FAKE_GCS_SERVER_IMAGE = "1.56.1"
