package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// refusing is a subscriber that refuses whatever comes.
type refusing struct {
	stop     context.CancelFunc
	ended    sync.WaitGroup
	mu       sync.Mutex
	attempts []int
}

func (e emulator) refuseAll(subscription string) *refusing {
	ctx, stop := context.WithCancel(e.ctx)
	subscriber := &refusing{stop: stop}
	subscriber.ended.Go(func() {
		if err := e.client.Subscriber(subscription).Receive(ctx, func(_ context.Context, message *pubsub.Message) {
			subscriber.mu.Lock()
			subscriber.attempts = append(subscriber.attempts, *message.DeliveryAttempt)
			subscriber.mu.Unlock()
			message.Nack()
		}); err != nil {
			e.Errorf("%s: %v", subscription, err)
		}
	})
	return subscriber
}

// end gives the numbers of the attempts that the subscriber saw.
func (r *refusing) end() []int {
	r.stop()
	r.ended.Wait()
	return r.attempts
}

func TestWhatOneSubscriberRefusesIsTriedFiveTimesAndThenADeadLetterOfThatOneOnly(t *testing.T) {
	for _, others := range []int{1, 6} {
		t.Run(fmt.Sprintf("beside %d others", others), func(t *testing.T) {
			e := start(t)
			e.topics("orders", "dead-letters")
			e.subscribe("refusing", "orders", "dead-letters")
			e.subscribe("dead", "dead-letters", "")
			for i := range others {
				e.subscribe(fmt.Sprintf("content-%d", i), "orders", "dead-letters")
			}
			if err := e.publish("orders", "poison"); err != nil {
				t.Fatal(err)
			}

			refusing := e.refuseAll("refusing")
			for i := range others {
				message := e.next(fmt.Sprintf("content-%d", i))
				if string(message.Data) != "poison" || *message.DeliveryAttempt != 1 {
					t.Errorf("content-%d got %q in attempt %d", i, message.Data, *message.DeliveryAttempt)
				}
			}
			dead := e.next("dead")
			if attempts := refusing.end(); !slices.Equal(attempts, []int{1, 2, 3, 4, 5}) {
				t.Errorf("attempts: %v", attempts)
			}
			if string(dead.Data) != "poison" {
				t.Errorf("the dead letter is %q", dead.Data)
			}
			for i := range others {
				if again := e.pull(fmt.Sprintf("content-%d", i)); again != nil {
					t.Errorf("content-%d got it twice", i)
				}
			}
			if again := e.pull("dead"); again != nil {
				t.Errorf("there are two dead letters: %v", again)
			}
		})
	}
}

func TestADeadLetterSaysWhereItComesFromAndKeepsItsAttributes(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	e.subscribe("billing", "orders", "dead-letters")
	e.subscribe("dead", "dead-letters", "")
	published := e.client.Publisher("orders").Publish(e.ctx, &pubsub.Message{
		Attributes: map[string]string{"customer": "7"},
	})
	if _, err := published.Get(e.ctx); err != nil {
		t.Fatal(err)
	}
	refusing := e.refuseAll("billing")
	defer refusing.end()
	attributes := e.next("dead").Attributes
	if time := attributes["CloudPubSubDeadLetterSourceTopicPublishTime"]; !regexp.MustCompile(
		`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$`,
	).MatchString(time) {
		t.Errorf("it was published %q", time)
	}
	delete(attributes, "CloudPubSubDeadLetterSourceTopicPublishTime")
	wanted := fmt.Sprint(map[string]string{
		"customer": "7",
		"CloudPubSubDeadLetterSourceSubscription":        "billing",
		"CloudPubSubDeadLetterSourceSubscriptionProject": "example",
		"CloudPubSubDeadLetterSourceDeliveryCount":       "5",
	})
	if fmt.Sprint(attributes) != wanted {
		t.Errorf("attributes: %v, not %s", attributes, wanted)
	}
}

func TestTheLastRefusalMakesADeadLetterAlthoughNobodyPullsAgain(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	e.subscribe("billing", "orders", "dead-letters")
	e.subscribe("dead", "dead-letters", "")
	if err := e.publish("orders", "poison"); err != nil {
		t.Fatal(err)
	}
	for attempt := int32(1); attempt <= 5; attempt++ {
		received := e.pull("billing")
		if received == nil || received.DeliveryAttempt != attempt {
			t.Fatalf("attempt %d: %v", attempt, received)
		}
		e.refuse("billing", received.AckId)
		e.refuse("billing", received.AckId) // To say it twice is one refusal.
	}
	if again := e.pull("billing"); again != nil {
		t.Errorf("a sixth attempt: %v", again)
	}
	if dead := e.pull("dead"); dead == nil || string(dead.Message.Data) != "poison" {
		t.Errorf("the dead letter: %v", dead)
	}
}

func TestTheLastRefusalMakesADeadLetterAlthoughTheSubscriberLeaves(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	e.subscribe("billing", "orders", "dead-letters")
	e.subscribe("dead", "dead-letters", "")
	if err := e.publish("orders", "poison"); err != nil {
		t.Fatal(err)
	}
	stream := e.stream("billing")
	for attempt := int32(1); attempt <= 5; attempt++ {
		answer, err := stream.Recv()
		if err != nil || answer.ReceivedMessages[0].DeliveryAttempt != attempt {
			t.Fatalf("attempt %d: %v, %v", attempt, answer, err)
		}
		if err := stream.Send(&pb.StreamingPullRequest{
			ModifyDeadlineAckIds: []string{answer.ReceivedMessages[0].AckId}, ModifyDeadlineSeconds: []int32{0},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if dead := e.next("dead"); string(dead.Data) != "poison" {
		t.Errorf("the dead letter is %q", dead.Data)
	}
}

func TestALateRefusalOfAFormerAttemptIsNoneOfTheLast(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	e.subscribe("billing", "orders", "dead-letters")
	e.subscribe("dead", "dead-letters", "")
	if err := e.publish("orders", "poison"); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		e.refuse("billing", e.pull("billing").AckId)
	}
	last := e.pull("billing").AckId
	e.refuse("billing", strings.Replace(last, ":5", ":4", 1))
	if dead := e.pull("dead"); dead != nil {
		t.Errorf("the last attempt goes on, and there is a dead letter: %v", dead)
	}
	e.refuse("billing", last)
	if dead := e.pull("dead"); dead == nil {
		t.Error("there is no dead letter")
	}
}

func TestAMessageWhoseLastAttemptRunsOutIsADeadLetterAndTheNextOneOfItsKeyComes(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	e.subscribe("dead", "dead-letters", "")
	if _, err := e.client.SubscriptionAdminClient.CreateSubscription(e.ctx, &pb.Subscription{
		Name: subscriptionName("billing"), Topic: topicName("orders"), EnableMessageOrdering: true,
		DeadLetterPolicy: &pb.DeadLetterPolicy{DeadLetterTopic: topicName("dead-letters")},
	}); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{"poison", "next"} {
		if _, err := e.client.TopicAdminClient.Publish(e.ctx, &pb.PublishRequest{
			Topic: topicName("orders"), Messages: []*pb.PubsubMessage{{Data: []byte(data), OrderingKey: "customer"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		e.refuse("billing", e.pull("billing").AckId)
	}
	if err := e.client.SubscriptionAdminClient.ModifyAckDeadline(e.ctx, &pb.ModifyAckDeadlineRequest{
		Subscription: subscriptionName("billing"), AckIds: []string{e.pull("billing").AckId}, AckDeadlineSeconds: 1,
	}); err != nil {
		t.Fatal(err)
	}
	if next := e.next("billing"); string(next.Data) != "next" || *next.DeliveryAttempt != 1 {
		t.Errorf("%q came in attempt %d", next.Data, *next.DeliveryAttempt)
	}
	if dead := e.next("dead"); string(dead.Data) != "poison" || dead.OrderingKey != "customer" {
		t.Errorf("the dead letter is %q of %q", dead.Data, dead.OrderingKey)
	}
}

func TestWithoutAPolicyARefusedMessageComesAgainAndNothingIsCounted(t *testing.T) {
	e := start(t)
	e.topics("orders")
	e.subscribe("billing", "orders", "")
	if err := e.publish("orders", "poison"); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		received := e.pull("billing")
		if received == nil || received.DeliveryAttempt != 0 {
			t.Fatalf("received: %v", received)
		}
		e.refuse("billing", received.AckId)
	}
}

func TestWhatCannotBeADeadLetterIsTriedAgain(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	e.subscribe("billing", "orders", "dead-letters")
	if err := e.publish("orders", "poison"); err != nil {
		t.Fatal(err)
	}
	if err := e.client.TopicAdminClient.DeleteTopic(
		e.ctx, &pb.DeleteTopicRequest{Topic: topicName("dead-letters")},
	); err != nil {
		t.Fatal(err)
	}
	for attempt := int32(1); attempt <= 7; attempt++ {
		received := e.pull("billing")
		if received == nil || received.DeliveryAttempt != attempt {
			t.Fatalf("attempt %d: %v", attempt, received)
		}
		e.refuse("billing", received.AckId)
	}
}

func TestASubscriptionShowsItsPolicyHoweverOneAsks(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters", "other")
	admin := e.client.SubscriptionAdminClient
	name := subscriptionName("billing")
	policy := &pb.DeadLetterPolicy{DeadLetterTopic: topicName("dead-letters"), MaxDeliveryAttempts: 7}
	changed := &pb.DeadLetterPolicy{DeadLetterTopic: topicName("other"), MaxDeliveryAttempts: 9}
	show := func(how string, subscription *pb.Subscription, err error, policy *pb.DeadLetterPolicy) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if !proto.Equal(subscription.DeadLetterPolicy, policy) {
			t.Errorf("%s: %v", how, subscription.DeadLetterPolicy)
		}
	}

	created, err := admin.CreateSubscription(
		e.ctx, &pb.Subscription{Name: name, Topic: topicName("orders"), DeadLetterPolicy: policy},
	)
	show("created", created, err, policy)
	got, err := admin.GetSubscription(e.ctx, &pb.GetSubscriptionRequest{Subscription: name})
	show("got", got, err, policy)
	updated, err := admin.UpdateSubscription(e.ctx, &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: name, Labels: map[string]string{"team": "shop"}},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"labels"}},
	})
	show("labelled", updated, err, policy)
	updated, err = admin.UpdateSubscription(e.ctx, &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: name, DeadLetterPolicy: changed, AckDeadlineSeconds: 30},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"ack_deadline_seconds", "dead_letter_policy"}},
	})
	show("changed", updated, err, changed)
	if updated.AckDeadlineSeconds != 30 {
		t.Errorf("the deadline is %d", updated.AckDeadlineSeconds)
	}
	listed, err := admin.ListSubscriptions(e.ctx, &pb.ListSubscriptionsRequest{Project: "projects/example"}).Next()
	show("listed", listed, err, changed)
	updated, err = admin.UpdateSubscription(e.ctx, &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: name},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"dead_letter_policy"}},
	})
	show("taken away", updated, err, nil)
}

func TestAPolicyThatCannotBeKeptIsRefused(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	for _, wrong := range []struct {
		policy *pb.DeadLetterPolicy
		code   codes.Code
	}{
		{&pb.DeadLetterPolicy{DeadLetterTopic: topicName("missing")}, codes.NotFound},
		{&pb.DeadLetterPolicy{DeadLetterTopic: topicName("dead-letters"), MaxDeliveryAttempts: 4}, codes.InvalidArgument},
		{
			&pb.DeadLetterPolicy{DeadLetterTopic: topicName("dead-letters"), MaxDeliveryAttempts: 101},
			codes.InvalidArgument,
		},
	} {
		_, err := e.client.SubscriptionAdminClient.CreateSubscription(e.ctx, &pb.Subscription{
			Name: subscriptionName("billing"), Topic: topicName("orders"), DeadLetterPolicy: wrong.policy,
		})
		if status.Code(err) != wrong.code {
			t.Errorf("%v: %v", wrong.policy, err)
		}
		e.subscribe("other", "orders", "")
		_, err = e.client.SubscriptionAdminClient.UpdateSubscription(e.ctx, &pb.UpdateSubscriptionRequest{
			Subscription: &pb.Subscription{Name: subscriptionName("other"), DeadLetterPolicy: wrong.policy},
			UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"dead_letter_policy"}},
		})
		if status.Code(err) != wrong.code {
			t.Errorf("updated with %v: %v", wrong.policy, err)
		}
		if err := e.client.SubscriptionAdminClient.DeleteSubscription(
			e.ctx, &pb.DeleteSubscriptionRequest{Subscription: subscriptionName("other")},
		); err != nil {
			t.Fatal(err)
		}
	}
}

func TestManyPublishersAndSubscribersAtOnceLoseNothing(t *testing.T) {
	e := start(t)
	e.topics("orders", "dead-letters")
	e.subscribe("refusing", "orders", "dead-letters")
	e.subscribe("content", "orders", "dead-letters")
	e.subscribe("dead", "dead-letters", "")
	const publishers, each = 8, 5
	refusing := e.refuseAll("refusing")
	var all sync.WaitGroup
	for i := range publishers {
		all.Go(func() {
			for j := range each {
				if err := e.publish("orders", fmt.Sprintf("%d-%d", i, j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, subscription := range []string{"content", "dead"} {
		all.Go(func() {
			var mu sync.Mutex
			seen := map[string]int{}
			e.receive(subscription, func(message *pubsub.Message) bool {
				mu.Lock()
				defer mu.Unlock()
				message.Ack()
				seen[string(message.Data)]++
				return len(seen) == publishers*each
			})
			for data, times := range seen {
				if times != 1 {
					t.Errorf("%s: %s came %d times", subscription, data, times)
				}
			}
		})
	}
	all.Wait()
	if attempts := len(refusing.end()); attempts != 5*publishers*each {
		t.Errorf("%d attempts for %d messages", attempts, publishers*each)
	}
}
