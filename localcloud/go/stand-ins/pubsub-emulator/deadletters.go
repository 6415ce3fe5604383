package main

import (
	"context"
	"maps"
	"path"
	"strconv"
	"strings"
	"sync"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// What Pub/Sub takes for a number of attempts, and what it takes none for.
const fewestAttempts, mostAttempts = 5, 100

// The attributes by which a dead letter says where it comes from.
const source = "CloudPubSubDeadLetterSource"

// deadLetters counts the attempts of every subscription by itself.
//
// The fake counts a message's deliveries over all subscriptions of its topic: beside others, a subscription would give
// up early, or without having tried. It therefore never sees a dead letter policy.
type deadLetters struct {
	mu       sync.Mutex
	policies map[string]*pb.DeadLetterPolicy // By subscription.
	letters  map[string]map[string]*letter   // By subscription and message.
}

// letter is what one subscription had of one message.
type letter struct {
	attempts int32
	ackID    string // Of the last attempt.
	dead     bool   // It is a dead letter, or about to be.
}

func newDeadLetters() *deadLetters {
	return &deadLetters{policies: map[string]*pb.DeadLetterPolicy{}, letters: map[string]map[string]*letter{}}
}

func (d *deadLetters) set(subscription string, policy *pb.DeadLetterPolicy) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if policy == nil {
		delete(d.policies, subscription)
		return
	}
	policy = proto.CloneOf(policy)
	if policy.MaxDeliveryAttempts == 0 {
		policy.MaxDeliveryAttempts = fewestAttempts
	}
	d.policies[subscription] = policy
}

func (d *deadLetters) policy(subscription string) *pb.DeadLetterPolicy {
	d.mu.Lock()
	defer d.mu.Unlock()
	return proto.CloneOf(d.policies[subscription])
}

func (d *deadLetters) forget(subscription string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.policies, subscription)
	delete(d.letters, subscription)
}

// exhausted gives a policy if another delivery would be one too many by it, and tells whoever asks first to forward the
// message. A refusal counts only if it is of the last attempt: the fake overlooks others too.
func (d *deadLetters) exhausted(
	subscription, message string, refused string,
) (policy *pb.DeadLetterPolicy, attempts int32, first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	policy, letter := d.policies[subscription], d.letters[subscription][message]
	if policy == nil || letter == nil || letter.attempts < policy.MaxDeliveryAttempts {
		return nil, 0, false
	}
	if refused != "" && refused != letter.ackID {
		return nil, 0, false
	}
	first = !letter.dead
	letter.dead = true
	return policy, letter.attempts, first
}

// revive takes back that a letter is dead: it could not be forwarded.
func (d *deadLetters) revive(subscription, message string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if letter := d.letters[subscription][message]; letter != nil {
		letter.dead = false
	}
}

// counted is the message with the number of its attempt, where the subscription has dead letters. It is another object:
// the fake changes its own while gRPC reads.
func (d *deadLetters) counted(subscription string, received *pb.ReceivedMessage) *pb.ReceivedMessage {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := &pb.ReceivedMessage{AckId: received.AckId, Message: received.Message}
	if d.policies[subscription] == nil {
		return answer
	}
	if d.letters[subscription] == nil {
		d.letters[subscription] = map[string]*letter{}
	}
	counted := d.letters[subscription][received.Message.MessageId]
	if counted == nil {
		counted = &letter{}
		d.letters[subscription][received.Message.MessageId] = counted
	}
	counted.attempts++
	counted.ackID = received.AckId
	answer.DeliveryAttempt = counted.attempts
	return answer
}

// checkPolicy refuses what Pub/Sub refuses. Needs the lock of the resources.
func (p *pubSub) checkPolicy(ctx context.Context, policy *pb.DeadLetterPolicy) error {
	if policy == nil {
		return nil
	}
	if most := policy.MaxDeliveryAttempts; most != 0 && (most < fewestAttempts || most > mostAttempts) {
		return status.Errorf(
			codes.InvalidArgument, "max_delivery_attempts is %d; it must be from %d to %d.",
			most, fewestAttempts, mostAttempts,
		)
	}
	return p.requireTopic(ctx, policy.DeadLetterTopic)
}

// delivered is what a subscriber gets of the messages that the fake delivers: those with attempts left, counted.
func (p *pubSub) delivered(
	ctx context.Context, subscription string, messages []*pb.ReceivedMessage,
) []*pb.ReceivedMessage {
	var alive []*pb.ReceivedMessage
	for _, received := range messages {
		if p.buried(ctx, subscription, received.Message.MessageId, "") {
			p.acknowledge(ctx, subscription, received.AckId)
		} else {
			alive = append(alive, p.deadLetters.counted(subscription, received))
		}
	}
	return alive
}

// buried forwards a message that has no attempt left to the dead letters, and says whether it is there. What cannot be
// forwarded is tried again, as in reality: its dead letter topic may be gone, or have a schema that it does not fit.
func (p *pubSub) buried(ctx context.Context, subscription, message, refused string) bool {
	policy, attempts, first := p.deadLetters.exhausted(subscription, message, refused)
	if policy == nil || !first {
		return policy != nil
	}
	original := p.published.Message(message)
	attributes := map[string]string{}
	maps.Copy(attributes, original.Attributes)
	maps.Copy(attributes, map[string]string{
		source + "Subscription":        path.Base(subscription),
		source + "SubscriptionProject": strings.Split(subscription, "/")[1],
		source + "DeliveryCount":       strconv.Itoa(int(attempts)),
		source + "TopicPublishTime":    original.PublishTime.UTC().Format("2006-01-02T15:04:05.000+00:00"),
	})
	_, err := p.Publish(ctx, &pb.PublishRequest{
		Topic: policy.DeadLetterTopic,
		Messages: []*pb.PubsubMessage{
			{Data: original.Data, Attributes: attributes, OrderingKey: original.OrderingKey},
		},
	})
	if err != nil {
		p.deadLetters.revive(subscription, message)
	}
	return err == nil
}

func (p *pubSub) acknowledge(ctx context.Context, subscription, ackID string) {
	// It fails only if the subscription is gone, and then so is the message.
	_, _ = p.GServer.Acknowledge(ctx, &pb.AcknowledgeRequest{Subscription: subscription, AckIds: []string{ackID}})
}

// refused sorts messages that a subscriber refused: those that are tried again, and those that are dead letters now.
func (p *pubSub) refused(ctx context.Context, subscription string, ackIDs []string) (again, dead []string) {
	for _, ackID := range ackIDs {
		message, _, _ := strings.Cut(ackID, ":") // The fake's own form: the message, and the number of a delivery.
		if p.buried(ctx, subscription, message, ackID) {
			dead = append(dead, ackID)
		} else {
			again = append(again, ackID)
		}
	}
	return again, dead
}
