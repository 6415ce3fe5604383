package main

import (
	"strings"
	"testing"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// stream opens a stream of a subscription as a client does that wants its signs of life answered.
func (e emulator) stream(subscription string) pb.Subscriber_StreamingPullClient {
	e.Helper()
	stream, err := e.client.SubscriptionAdminClient.StreamingPull(e.ctx)
	if err != nil {
		e.Fatal(err)
	}
	if err := stream.Send(&pb.StreamingPullRequest{
		Subscription: subscriptionName(subscription), StreamAckDeadlineSeconds: 10, ProtocolVersion: 1,
	}); err != nil {
		e.Fatal(err)
	}
	return stream
}

func TestASignOfLifeIsAnswered(t *testing.T) {
	e := start(t)
	e.topics("orders")
	e.subscribe("billing", "orders", "")
	stream := e.stream("billing")
	if err := stream.Send(&pb.StreamingPullRequest{}); err != nil {
		t.Fatal(err)
	}
	if answer, err := stream.Recv(); err != nil || len(answer.ReceivedMessages) != 0 {
		t.Error(answer, err)
	}
}

func TestWhoShowsLifeAndReadsNothingKeepsNobodyElseWaiting(t *testing.T) {
	e := start(t)
	e.topics("orders", "refunds")
	e.subscribe("billing", "orders", "")
	for range 5 {
		if err := e.publish("orders", strings.Repeat("more than gRPC keeps for who does not read", 10_000)); err != nil {
			t.Fatal(err)
		}
	}
	stream := e.stream("billing")
	for range 20 {
		if err := stream.Send(&pb.StreamingPullRequest{}); err != nil {
			t.Fatal(err)
		}
		if err := e.publish("refunds", "one"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoSendsDeadlinesForNothingIsRefusedAndOthersAreServed(t *testing.T) {
	e := start(t)
	e.topics("orders")
	e.subscribe("billing", "orders", "")
	stream := e.stream("billing")
	if err := stream.Send(&pb.StreamingPullRequest{ModifyDeadlineAckIds: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); status.Code(err) != codes.InvalidArgument {
		t.Error(err)
	}
	if err := e.publish("orders", "one"); err != nil {
		t.Fatal(err)
	}
	if message := e.next("billing"); string(message.Data) != "one" {
		t.Errorf("it is %q", message.Data)
	}
}

func TestAcknowledgingAndRefusingTellOfASubscriptionThatIsMissing(t *testing.T) {
	e := start(t)
	missing := subscriptionName("biling")
	acknowledged := e.client.SubscriptionAdminClient.Acknowledge(
		e.ctx, &pb.AcknowledgeRequest{Subscription: missing, AckIds: []string{"a"}},
	)
	refused := e.client.SubscriptionAdminClient.ModifyAckDeadline(
		e.ctx, &pb.ModifyAckDeadlineRequest{Subscription: missing, AckIds: []string{"a"}},
	)
	for how, err := range map[string]error{"acknowledged": acknowledged, "refused": refused} {
		if status.Code(err) != codes.NotFound {
			t.Errorf("%s: %v", how, err)
		}
	}
}
