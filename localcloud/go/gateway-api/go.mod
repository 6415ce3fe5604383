module web-platform.local/localcloud/gateway-api

go 1.26.0

// The version that Kong's controller 3.5 is built for.
require sigs.k8s.io/gateway-api v1.3.0 // indirect
