package main

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Makes the program of the tests be the emulator.
const play = "PLAY_PUBSUB_EMULATOR"

func TestMain(m *testing.M) {
	if os.Getenv(play) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func emulatorProcess(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], arguments...)
	command.Env = append(os.Environ(), play+"=1")
	return command
}

// listening starts an emulator as a process, and gives its address.
func listening(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	command := emulatorProcess(t, "-port", "0")
	command.Stderr = &strings.Builder{}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return command, strings.TrimSpace(strings.TrimPrefix(line, "pubsub-emulator listens on "))
}

func TestItSaysItsVersion(t *testing.T) {
	said, err := emulatorProcess(t, "-version").Output()
	if err != nil || !regexp.MustCompile(`^pubsub-emulator v\d+\.\d+\.\d+\n$`).Match(said) {
		t.Errorf("%q, %v", said, err)
	}
}

func TestATakenPortIsSaidInALine(t *testing.T) {
	_, address := listening(t)
	_, port, _ := strings.Cut(address, ":")
	command := emulatorProcess(t, "-port", port)
	var said strings.Builder
	command.Stderr = &said
	err := command.Run()
	if command.ProcessState.ExitCode() != 1 {
		t.Error(err)
	}
	if wanted := "pubsub-emulator: listen tcp " + address + ": bind: address already in use\n"; said.String() != wanted {
		t.Errorf("it said %q", said.String())
	}
}

func TestItServesFromWhenItSaysSoAndEndsWhenToldAlthoughSomebodyReads(t *testing.T) {
	for _, told := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(told.String(), func(t *testing.T) {
			command, address := listening(t)
			connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			health, err := grpc_health_v1.NewHealthClient(connection).Check(
				t.Context(), &grpc_health_v1.HealthCheckRequest{},
			)
			if err != nil || health.Status != grpc_health_v1.HealthCheckResponse_SERVING {
				t.Fatal(health, err)
			}
			publisher := pubsubpb.NewPublisherClient(connection)
			if _, err := publisher.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topicName("orders")}); err != nil {
				t.Fatal(err)
			}
			subscriber := pubsubpb.NewSubscriberClient(connection)
			if _, err := subscriber.CreateSubscription(t.Context(), &pubsubpb.Subscription{
				Name: subscriptionName("billing"), Topic: topicName("orders"),
			}); err != nil {
				t.Fatal(err)
			}
			stream, err := subscriber.StreamingPull(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := stream.Send(&pubsubpb.StreamingPullRequest{
				Subscription: subscriptionName("billing"), StreamAckDeadlineSeconds: 10,
			}); err != nil {
				t.Fatal(err)
			}

			if err := command.Process.Signal(told); err != nil {
				t.Fatal(err)
			}
			if _, err := stream.Recv(); err == nil {
				t.Error("a message came that nobody published")
			}
			hung := time.AfterFunc(patient, func() { _ = command.Process.Kill() })
			defer hung.Stop()
			if err := command.Wait(); err != nil {
				t.Error(err)
			}
			if said := command.Stderr.(*strings.Builder).String(); said != "" {
				t.Errorf("it complained: %s", said)
			}
		})
	}
}
