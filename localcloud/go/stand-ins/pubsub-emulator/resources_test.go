package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestPublishingToATopicThatNobodyDeclaredSaysWhereToDeclareIt(t *testing.T) {
	e := start(t)
	e.topics("orders", "refunds")
	err := e.publish("oders", "one")
	wanted := "Topic \"projects/example/topics/oders\" is not there and must be declared in the stack file's `topics`, " +
		"which has orders, refunds."
	if status.Code(err) != codes.NotFound || status.Convert(err).Message() != wanted {
		t.Error(err)
	}
}

func TestWhereThereAreManyTopicsOnlySomeAreNamed(t *testing.T) {
	e := start(t)
	for i := range 13 {
		e.topics(fmt.Sprintf("topic-%02d", i))
	}
	if err := e.publish("oders", "one"); !strings.HasSuffix(err.Error(), "topic-08, topic-09 and 3 more.") {
		t.Error(err)
	}
}

func TestTopicsOfAnotherProjectAreNotNamed(t *testing.T) {
	e := start(t)
	if _, err := e.client.TopicAdminClient.CreateTopic(
		e.ctx, &pb.Topic{Name: "projects/example-two/topics/orders"},
	); err != nil {
		t.Fatal(err)
	}
	if err := e.publish("orders", "one"); !strings.HasSuffix(err.Error(), "which has none.") {
		t.Error(err)
	}
}

func TestReadingASubscriptionThatNobodyDeclaredSaysWhereToDeclareIt(t *testing.T) {
	e := start(t)
	e.topics("orders")
	e.subscribe("billing", "orders", "")
	stream, err := e.client.SubscriptionAdminClient.StreamingPull(e.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&pb.StreamingPullRequest{
		Subscription: subscriptionName("biling"), StreamAckDeadlineSeconds: 10,
	}); err != nil {
		t.Fatal(err)
	}
	_, streamed := stream.Recv()
	_, pulled := e.client.SubscriptionAdminClient.Pull(
		e.ctx, &pb.PullRequest{Subscription: subscriptionName("biling"), MaxMessages: 1},
	)
	wanted := "Subscription \"projects/example/subscriptions/biling\" is not there: its topic must be declared in the " +
		"stack file's `topics` and in the `subscribes` of who reads it; there is billing."
	for how, err := range map[string]error{"streamed": streamed, "pulled": pulled} {
		if status.Code(err) != codes.NotFound || status.Convert(err).Message() != wanted {
			t.Errorf("%s: %v", how, err)
		}
	}
}

func TestWhoReadsASubscriptionLearnsThatItWasDeleted(t *testing.T) {
	e := start(t)
	e.topics("orders")
	e.subscribe("billing", "orders", "")
	if err := e.publish("orders", "one"); err != nil {
		t.Fatal(err)
	}
	err := e.client.Subscriber("billing").Receive(e.ctx, func(_ context.Context, message *pubsub.Message) {
		message.Ack()
		if err := e.client.SubscriptionAdminClient.DeleteSubscription(
			e.ctx, &pb.DeleteSubscriptionRequest{Subscription: subscriptionName("billing")},
		); err != nil {
			t.Error(err)
		}
	})
	if status.Code(err) != codes.NotFound {
		t.Error(err)
	}
}

func TestAMessageMayBeLargeAndMustNotBeEmpty(t *testing.T) {
	e := start(t)
	e.topics("orders")
	for size, code := range map[int]codes.Code{0: codes.InvalidArgument, 5 << 20: codes.OK} {
		if err := e.publish("orders", strings.Repeat("a", size)); status.Code(err) != code {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestARequestThatLacksAPartIsRefusedAndTheNextOneAnswered(t *testing.T) {
	e := start(t)
	e.topics("orders")
	for what, err := range map[string]error{
		"a topic without a mask": func() error {
			_, err := e.client.TopicAdminClient.UpdateTopic(
				e.ctx, &pb.UpdateTopicRequest{Topic: &pb.Topic{Name: topicName("orders")}},
			)
			return err
		}(),
		"no schema": func() error {
			_, err := pb.NewSchemaServiceClient(e.connection).CreateSchema(
				e.ctx, &pb.CreateSchemaRequest{Parent: "projects/example", SchemaId: "order"},
			)
			return err
		}(),
	} {
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := e.publish("orders", "one"); err != nil {
		t.Error(err)
	}
}
