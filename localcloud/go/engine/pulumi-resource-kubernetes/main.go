// Command pulumi-resource-kubernetes serves Pulumi's Kubernetes provider.
//
// The provider's own command embeds two files that its Go module does not ship. They are derived from the module's
// schema when the toolchain is built (localcloud/toolchain) and reach this package through the build's overlay.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema-embed.json
var schema []byte

//go:embed terraform-mapping-embed.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
