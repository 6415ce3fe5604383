package main

import (
	"context"
	"net"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// How long a test waits for what must come. Nothing is read from how long it took.
const patient = time.Minute

// emulator is one that runs, and Google's own client of it.
type emulator struct {
	*testing.T
	ctx        context.Context
	client     *pubsub.Client
	connection *grpc.ClientConn
}

func start(t *testing.T) emulator {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(serving, listener) }()
	connection, err := grpc.NewClient(
		listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
	)
	if err != nil {
		t.Fatal(err)
	}
	client, err := pubsub.NewClient(serving, "example", option.WithGRPCConn(connection))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	t.Cleanup(func() {
		cancel()
		_ = client.Close()
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return emulator{t, ctx, client, connection}
}

func topicName(name string) string        { return "projects/example/topics/" + name }
func subscriptionName(name string) string { return "projects/example/subscriptions/" + name }

func (e emulator) topics(names ...string) {
	e.Helper()
	for _, name := range names {
		if _, err := e.client.TopicAdminClient.CreateTopic(e.ctx, &pb.Topic{Name: topicName(name)}); err != nil {
			e.Fatal(err)
		}
	}
}

// subscribe makes a subscription, with the topic of dead letters unless it is empty.
func (e emulator) subscribe(name, topic, deadLetters string) {
	e.Helper()
	subscription := &pb.Subscription{Name: subscriptionName(name), Topic: topicName(topic)}
	if deadLetters != "" {
		subscription.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicName(deadLetters)}
	}
	if _, err := e.client.SubscriptionAdminClient.CreateSubscription(e.ctx, subscription); err != nil {
		e.Fatal(err)
	}
}

func (e emulator) publish(topic, data string) error {
	_, err := e.client.Publisher(topic).Publish(e.ctx, &pubsub.Message{Data: []byte(data)}).Get(e.ctx)
	return err
}

// receive gives messages of a subscription to handle until it says that it is done, or the test's patience ends.
func (e emulator) receive(subscription string, handle func(*pubsub.Message) (done bool)) {
	e.Helper()
	ctx, done := context.WithCancel(e.ctx)
	defer done()
	subscriber := e.client.Subscriber(subscription)
	subscriber.ReceiveSettings.NumGoroutines = 1
	err := subscriber.Receive(ctx, func(_ context.Context, message *pubsub.Message) {
		if handle(message) {
			done()
		}
	})
	if err != nil {
		e.Errorf("%s: %v", subscription, err)
	}
	if e.ctx.Err() != nil {
		e.Errorf("%s: what was waited for did not come", subscription)
	}
}

// next is the next message of a subscription, acknowledged.
func (e emulator) next(subscription string) *pubsub.Message {
	e.Helper()
	messages := make(chan *pubsub.Message, 100)
	e.receive(subscription, func(message *pubsub.Message) bool {
		message.Ack()
		messages <- message
		return true
	})
	select {
	case message := <-messages:
		return message
	default:
		e.Fatalf("%s: no message", subscription)
		return nil
	}
}

// pull takes at most one message as it is delivered, without acknowledging it.
func (e emulator) pull(subscription string) *pb.ReceivedMessage {
	e.Helper()
	answer, err := e.client.SubscriptionAdminClient.Pull(
		e.ctx, &pb.PullRequest{Subscription: subscriptionName(subscription), MaxMessages: 1},
	)
	if err != nil {
		e.Fatal(err)
	}
	if len(answer.ReceivedMessages) == 0 {
		return nil
	}
	return answer.ReceivedMessages[0]
}

func (e emulator) refuse(subscription, ackID string) {
	e.Helper()
	if err := e.client.SubscriptionAdminClient.ModifyAckDeadline(e.ctx, &pb.ModifyAckDeadlineRequest{
		Subscription: subscriptionName(subscription), AckIds: []string{ackID},
	}); err != nil {
		e.Fatal(err)
	}
}
