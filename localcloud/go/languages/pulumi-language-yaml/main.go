// Command pulumi-language-yaml is Pulumi's language host for programs in YAML.
//
// The host's own command loads packages by itself: it starts a second process of each, leaves its schema beside the
// folder that it is in, and reads that again when it is old. This one asks the engine, which knows them already.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi-yaml/pkg/server"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// How often the host looks whether the engine is still there, so that it ends with an engine that was killed.
const healthInterval = time.Second

func main() {
	flag.String("tracing", "", "not used; the engine may pass it")
	flag.String("root", "", "not used; the engine passes it")
	flag.Parse()
	logging.InitLogging(false, 0, false)
	if err := serve(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(engine string) error {
	stopped, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if engine != "" {
		if err := rpcutil.Healthcheck(stopped, engine, healthInterval, stop); err != nil {
			return fmt.Errorf("the engine at %s does not answer: %w", engine, err)
		}
	}
	cancel := make(chan bool)
	go func() {
		<-stopped.Done()
		close(cancel)
	}()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(registrar *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(registrar, server.NewLanguageHost(engine, "", true))
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}
