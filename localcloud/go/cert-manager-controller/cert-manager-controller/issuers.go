package main

import (
	"context"
	"sync"

	apiutil "github.com/cert-manager/cert-manager/pkg/api/util"
	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	metav1 "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/issuer"
	"github.com/cert-manager/cert-manager/pkg/issuer/acme"
)

// unplayed is an issuer that would reach outside on a way that no proxy sees, or that has no part here. It says so in
// its status and issues nothing.
type unplayed struct{ why string }

func (u unplayed) Setup(_ context.Context, to certmanagerv1.GenericIssuer) error {
	ready := certmanagerv1.IssuerConditionReady
	apiutil.SetIssuerCondition(to, to.GetGeneration(), ready, metav1.ConditionFalse, "NotPlayed", u.why)
	return nil
}

// guarded is an ACME issuer, but for those that send updates to name servers themselves.
type guarded struct {
	issuer.Interface
	known *sync.Map // The issuers whose accounts were looked at since this process started.
}

func (g guarded) Setup(ctx context.Context, to certmanagerv1.GenericIssuer) error {
	for _, solver := range to.GetSpec().ACME.Solvers {
		if solver.DNS01 != nil && solver.DNS01.RFC2136 != nil {
			return unplayed{refusal + ": its solver would update a name server by RFC 2136"}.Setup(ctx, to)
		}
	}
	// An account of which cert-manager has noted that it is registered is taken to be, but the directories of
	// letsencrypt.go were empty when this process started.
	if _, known := g.known.LoadOrStore(to.GetUID(), true); !known {
		to.GetStatus().ACMEStatus().URI = ""
	}
	return g.Interface.Setup(ctx, to)
}

// guardIssuers replaces the issuers that would get past replaceOutside.
func guardIssuers() {
	for _, kind := range []string{apiutil.IssuerVault, apiutil.IssuerVenafi} {
		issuer.RegisterIssuer(kind, func(*controller.Context) (issuer.Interface, error) {
			return unplayed{refusal}, nil
		})
	}
	known := new(sync.Map)
	issuer.RegisterIssuer(apiutil.IssuerACME, func(ctx *controller.Context) (issuer.Interface, error) {
		usual, err := acme.New(ctx)
		return guarded{usual, known}, err
	})
}
