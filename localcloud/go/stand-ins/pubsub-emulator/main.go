// Command pubsub-emulator stands in for Google Cloud Pub/Sub on a machine without containers.
//
// It serves topics, subscriptions and schemas with Google's own fake, which Google tests its clients with, and mends in
// it what would teach a developer something wrong: how attempts are counted and dead letters made (deadletters.go),
// messages that do not fit their topic's schema (schemas.go), what is said of a topic or a subscription that nobody
// declared (resources.go), and that one subscriber could keep all others waiting (deliveries.go).
//
// What stays different from the real service:
//
//   - Everything is in memory, and gone when the program ends.
//   - A message that was not acknowledged is tried again at once; the backoff of a retry policy is kept, not followed.
//   - A message that nobody acknowledged is dropped 10 minutes after it was published. Retention is kept, not followed,
//     and seeking a time in the past brings nothing back.
//   - A message whose last attempt ran into its deadline becomes a dead letter at the next delivery, so only once a
//     subscriber is there again. If it was refused, it becomes one at once.
//   - A stream gets about a hundred messages a second. A pull gets many at once.
//   - Of an ordering key, the next message comes only when the one before it was acknowledged.
//   - Subscriptions that push, or that write into BigQuery or Cloud Storage, keep their settings and do nothing.
//   - A new revision of a schema is not compared with the former ones.
//   - There are no snapshots and no permissions, and quotas, sizes and names are not checked.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// The module of Google's fake, whose version is this program's.
const fake = "cloud.google.com/go/pubsub/v2"

// What Pub/Sub takes in one request. gRPC's own limit is less.
const largestRequest = 10 << 20

// How long calls may take to end by themselves. Streams do not.
const patience = 500 * time.Millisecond

func main() {
	host := flag.String("host", "127.0.0.1", "address to listen on")
	port := flag.Uint("port", 8085, "port to listen on; 0 takes a free one")
	printVersion := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *printVersion {
		fmt.Println("pubsub-emulator", versionOf(fake))
		return
	}
	log.SetOutput(io.Discard) // The fake says there that its own port was closed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", net.JoinHostPort(*host, strconv.FormatUint(uint64(*port), 10)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "pubsub-emulator:", err)
		os.Exit(1)
	}
	fmt.Println("pubsub-emulator listens on", listener.Addr())
	if err := serve(ctx, listener); err != nil {
		fmt.Fprintln(os.Stderr, "pubsub-emulator:", err)
		os.Exit(1)
	}
}

// versionOf is the version of a module that this program was built with.
func versionOf(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == path {
				return module.Version
			}
		}
	}
	return "unknown"
}

// serve answers on the listener until the context ends.
func serve(ctx context.Context, listener net.Listener) error {
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(largestRequest),
		// Google's clients send a sign of life every 30 seconds. By default, gRPC takes offence at one in 5 minutes.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
		grpc.UnaryInterceptor(survive),
	)
	pubsub := newPubSub()
	pubsubpb.RegisterPublisherServer(server, pubsub)
	pubsubpb.RegisterSubscriberServer(server, pubsub)
	pubsubpb.RegisterSchemaServiceServer(server, pubsub)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())

	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	force := time.AfterFunc(patience, server.Stop)
	defer force.Stop()
	server.GracefulStop()
	return nil
}

// survive answers a request that the fake stumbles over: it reads parts of requests without asking whether they are
// there, and what one client left out must not end the emulator for all.
func survive(
	ctx context.Context, request any, call *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
) (answer any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = status.Errorf(codes.InvalidArgument, "%s: the request lacks a part (%v).", call.FullMethod, cause)
		}
	}()
	return handle(ctx, request)
}
