module web-platform.local/localcloud/kong-crds

go 1.26.0

// The chart kong/ingress 0.24.0 brings the definitions of v1.5.2. Those of v1.5.3 differ in nothing but an annotation
// that says so, and the checksum database knows that version only.
require github.com/kong/kubernetes-configuration v1.5.3 // indirect
