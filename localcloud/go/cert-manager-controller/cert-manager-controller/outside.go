package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
)

// nowhere is an address on this machine at which nothing listens: a port that only root could open, and nobody does.
const nowhere = "127.0.0.1:1"

const refusal = "The local cloud reaches nothing outside this machine and plays no service but Let's Encrypt"

const challenges = "/.well-known/acme-challenge/"

// outside stands for the world beyond this machine: a proxy on loopback, through which cert-manager sends all but its
// requests to the API server. What is not played is refused.
type outside struct {
	letsEncrypt *letsEncrypt
	gateway     http.Handler
}

// replaceOutside puts world in place of what lies beyond this machine, for the rest of this process. A stack names
// Let's Encrypt's real directory, and perhaps the real DNS of a cloud. Go exempts loopback from proxies.
func replaceOutside(world outside) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(listener, world)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		os.Setenv(name, "http://"+listener.Addr().String())
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		os.Unsetenv(name)
	}
	// What asks no proxy finds no address either.
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return nil, errors.New(refusal) },
	}
	return nil
}

func (o outside) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	host, port, _ := strings.Cut(request.Host, ":")
	switch {
	case request.Method == http.MethodConnect && port == "443" && o.letsEncrypt.plays(host):
		if connection := hijack(answer, "200 Connected"); connection != nil {
			o.letsEncrypt.connections <- connection
		}
	case request.Method == http.MethodConnect:
		if connection := hijack(answer, "403 "+refusal); connection != nil { // Clients show the words of this line only.
			connection.Close()
		}
	case request.Method == http.MethodGet && port == "" && strings.HasPrefix(request.URL.Path, challenges):
		o.gateway.ServeHTTP(answer, request)
	default:
		http.Error(answer, refusal, http.StatusForbidden)
	}
}

// hijack answers with a status line and takes the connection over.
func hijack(answer http.ResponseWriter, status string) net.Conn {
	connection, _, err := answer.(http.Hijacker).Hijack()
	if err != nil {
		return nil
	}
	if _, err := fmt.Fprintf(connection, "HTTP/1.1 %s\r\n\r\n", status); err != nil {
		connection.Close()
		return nil
	}
	return connection
}
