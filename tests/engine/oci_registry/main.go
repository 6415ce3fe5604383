// A registry that keeps what it is given in memory: its arguments are an address, a certificate and the certificate's key.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	log.Fatal(http.ListenAndServeTLS(os.Args[1], os.Args[2], os.Args[3], registry.New()))
}
