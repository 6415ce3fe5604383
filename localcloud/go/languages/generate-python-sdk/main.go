// Command generate-python-sdk writes the Python SDK of a Pulumi package, whose schema it reads from standard input.
//
// Pulumi's generators are written in Go, and this project's Python language host is not; it calls this command for
// `pulumi package add`.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	loader := flag.String("loader", "", "address at which the engine answers for the schemas of other packages")
	directory := flag.String("directory", "", "where the SDK is written")
	flag.Parse()
	if err := generate(os.Stdin, *loader, *directory); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(input io.Reader, address, directory string) error {
	var spec schema.PackageSpec
	if err := json.NewDecoder(input).Decode(&spec); err != nil {
		return fmt.Errorf("the schema cannot be read: %w", err)
	}
	client, err := schema.NewLoaderClient(address)
	if err != nil {
		return err
	}
	loader := schema.NewCachedLoader(client)
	described, faults, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if faults.HasErrors() {
		return faults
	}
	files, err := python.GeneratePackage("generate-python-sdk", described, nil, loader)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
