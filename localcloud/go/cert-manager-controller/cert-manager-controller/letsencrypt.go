package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// letsEncrypt plays the production and the staging directory of Let's Encrypt with the ACME server that its authors
// make for tests. Both forget accounts and orders when this process ends, and their authorities, which nobody trusts.
type letsEncrypt struct {
	directories map[string]http.Handler
	connections handedOver
}

// playLetsEncrypt starts both directories, and makes this process trust them and no other server but those whose
// authority it is told.
func playLetsEncrypt() (*letsEncrypt, error) {
	// The challenges count as met once cert-manager itself has seen them met, which it checks before it says so: see
	// gateway.go. The others would make one order in a few go another way than the one before.
	for name, value := range map[string]string{
		"PEBBLE_VA_ALWAYS_VALID": "1",
		"PEBBLE_VA_NOSLEEP":      "1",
		"PEBBLE_WFE_NONCEREJECT": "0",
		"PEBBLE_AUTHZREUSE":      "0",
	} {
		os.Setenv(name, value)
	}
	played := &letsEncrypt{
		directories: map[string]http.Handler{
			"acme-v02.api.letsencrypt.org":         newDirectory(),
			"acme-staging-v02.api.letsencrypt.org": newDirectory(),
		},
		connections: make(handedOver),
	}
	certificate, err := played.certificate()
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(certificate.Leaf)
	x509.SetFallbackRoots(trusted) // In place of the system's: see the directive in main.go.
	server := &http.Server{Handler: played, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	go server.ServeTLS(played.connections, "", "")
	return played, nil
}

func (l *letsEncrypt) plays(host string) bool {
	return l.directories[host] != nil
}

func (l *letsEncrypt) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	// Every other address is in the directory itself.
	if request.URL.Path == "/directory" {
		request.URL.Path = wfe.DirectoryPath
	}
	if directory := l.directories[request.Host]; directory != nil {
		directory.ServeHTTP(answer, request)
		return
	}
	http.NotFound(answer, request)
}

func newDirectory() http.Handler {
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	// An order that names no profile gets any of those that there are.
	classic := ca.Profile{
		Description:       "What Let's Encrypt issues unless asked for another profile",
		PromoteCommonName: true,
		ValidityPeriod:    uint64(lifetime(time.Now()).Seconds()),
	}
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"classic": classic})
	server := wfe.New(quiet, store, va.New(quiet, 80, 443, false, "", store), authority,
		[]string{"letsencrypt.org"}, false, false, 1, 1)
	return server.Handler()
}

// lifetime is how long a certificate of Let's Encrypt lasts that is issued at a time.
// https://letsencrypt.org/2025/12/02/from-90-to-45
func lifetime(at time.Time) time.Duration {
	const day = 24 * time.Hour
	switch {
	case at.Before(time.Date(2027, time.February, 10, 0, 0, 0, 0, time.UTC)):
		return 90 * day
	case at.Before(time.Date(2028, time.February, 16, 0, 0, 0, 0, time.UTC)):
		return 64 * day
	default:
		return 45 * day
	}
}

// certificate makes the certificate of both directories' servers, signed by itself.
func (l *letsEncrypt) certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "localcloud"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
	}
	for host := range l.directories {
		template.DNSNames = append(template.DNSNames, host)
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(signed)
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key, Leaf: leaf}, err
}

// handedOver is a listener of connections that somebody else accepted.
type handedOver chan net.Conn

func (h handedOver) Accept() (net.Conn, error) { return <-h, nil }
func (h handedOver) Close() error              { return nil }
func (h handedOver) Addr() net.Addr            { return &net.TCPAddr{} }
