// Command cert-manager-controller issues the certificates of a cluster in which no container runs.
//
// It runs cert-manager's own controllers as a process beside the API server, once cert-manager's custom resources are
// served there, and until it is told to end. Certificates and their Secrets are real. Nothing outside this machine is
// reached (outside.go): Let's Encrypt is played (letsencrypt.go), and so is what it would find of the cluster
// (gateway.go). The directive below is for letsencrypt.go, whose authority is trusted in place of the system's.
//
//go:debug x509usefallbackroots=1
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/apis/acme"
	"github.com/cert-manager/cert-manager/pkg/apis/certmanager"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/util"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	// Each registers itself: what is imported here runs. Left out are those of Vault and Venafi, those that sign
	// Kubernetes' own requests, which cert-manager calls experimental, and those of the Gateway API, whose custom
	// resources no cluster here has.
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmechallenges"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmeorders"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
)

// How often a cluster is asked for cert-manager's custom resources until it has them.
const askedEvery = time.Second

// Of each controller. A challenge keeps one busy for 8 seconds, since it is looked at five times.
const workers = 20

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig to connect with")
	namespace := flag.String("cluster-resource-namespace", "cert-manager", "namespace of the Secrets of ClusterIssuers")
	version := flag.Bool("version", false, "print cert-manager's version and end")
	flag.Parse()
	if *version {
		fmt.Println(util.AppVersion)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *kubeconfig, *namespace); err != nil && ctx.Err() == nil {
		klog.ErrorS(err, "cert-manager's controllers ended")
		os.Exit(1)
	}
}

// run waits for cert-manager's custom resources, then runs its controllers until ctx ends or one of them fails.
func run(ctx context.Context, kubeconfig, namespace string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	letsEncrypt, err := playLetsEncrypt()
	if err != nil {
		return err
	}
	if err := replaceOutside(outside{letsEncrypt, gateway{client}}); err != nil {
		return err
	}
	guardIssuers()
	if err := waitUntilServed(ctx, client.Discovery()); err != nil {
		return err
	}
	factory, err := controller.NewContextFactory(ctx, options(kubeconfig, namespace))
	if err != nil {
		return err
	}
	controllers := make(map[string]controller.Interface)
	for name, construct := range controller.Known() {
		if controllers[name], err = construct(factory); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	// Only now: the controllers have said what they watch.
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	ended := make(chan error, len(controllers))
	for name, each := range controllers {
		go func() { ended <- fmt.Errorf("%s ended: %w", name, each.Run(workers, ctx)) }()
	}
	klog.InfoS("cert-manager's controllers run", "version", util.AppVersion)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done(): // What controllers are in the middle of, the next start finds as it would after a crash.
		return nil
	}
}

// waitUntilServed returns once every kind that cert-manager's controllers watch is there: a cluster has none of them
// until cert-manager's chart is installed, and Kubernetes serves them one after the other.
func waitUntilServed(ctx context.Context, client discovery.DiscoveryInterface) error {
	for !serves(client, certmanager.GroupName, "certificates", "certificaterequests", "issuers", "clusterissuers") ||
		!serves(client, acme.GroupName, "orders", "challenges") {
		select {
		case <-time.After(askedEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// serves tells whether the API server serves each of the resources of an API group of cert-manager's. One that does not
// answer serves none yet.
func serves(client discovery.DiscoveryInterface, group string, resources ...string) bool {
	served, err := client.ServerResourcesForGroupVersion(group + "/v1")
	if err != nil {
		return false
	}
	found := make(map[string]bool)
	for _, each := range served.APIResources {
		found[each.Name] = true
	}
	for _, each := range resources {
		if !found[each] {
			return false
		}
	}
	return true
}

// options are cert-manager's defaults, but for what would take it outside or slow it down.
func options(kubeconfig, namespace string) controller.ContextOptions {
	return controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   200,
		KubernetesAPIBurst: 400,
		IssuerOptions: controller.IssuerOptions{
			ClusterResourceNamespace: namespace,
			// The machine's own credentials are of somebody's real account.
			ClusterIssuerAmbientCredentials: false,
			IssuerAmbientCredentials:        false,
		},
		ACMEOptions: controller.ACMEOptions{
			HTTP01SolverImage:                 "quay.io/jetstack/cert-manager-acmesolver:" + util.AppVersion,
			HTTP01SolverResourceRequestCPU:    resource.MustParse("10m"),
			HTTP01SolverResourceRequestMemory: resource.MustParse("64Mi"),
			HTTP01SolverResourceLimitsCPU:     resource.MustParse("100m"),
			HTTP01SolverResourceLimitsMemory:  resource.MustParse("64Mi"),
			ACMEHTTP01SolverRunAsNonRoot:      true,
			DNS01Nameservers:                  []string{nowhere},
			DNS01CheckRetryPeriod:             10 * time.Second,
		},
		IngressShimOptions: controller.IngressShimOptions{
			DefaultIssuerKind:                 "Issuer",
			DefaultIssuerGroup:                certmanager.GroupName,
			DefaultAutoCertificateAnnotations: []string{"kubernetes.io/tls-acme"},
		},
		CertificateOptions: controller.CertificateOptions{
			CopiedAnnotationPrefixes: []string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"},
			// Not an hour and more: no real authority's limits have to be kept.
			CertificateRequestMinimumBackoffDuration: 10 * time.Second,
			CertificateRequestMaximumBackoffDuration: 10 * time.Minute,
		},
		SchedulerOptions: controller.SchedulerOptions{MaxConcurrentChallenges: 60},
	}
}
