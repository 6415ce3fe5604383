package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// How many names of what there is an error lists.
const named = 10

// The fields of topics and subscriptions whose changes are looked at here.
const (
	schemaSettings   = "schema_settings"
	deadLetterPolicy = "dead_letter_policy"
)

// pubSub is Google's fake, mended.
//
// The fake answers with the very objects that it goes on changing, while gRPC reads them. So one call at a time touches
// topics and subscriptions, and answers are copies.
type pubSub struct {
	*pstest.GServer
	published   *pstest.Server // The same fake, which also knows every message by its id.
	resources   sync.Mutex
	gone        map[string]chan struct{} // Subscription -> closed once it is deleted.
	deadLetters *deadLetters
	formats     sync.Map // What was read of schemas: language and definition -> format.
}

func newPubSub() *pubSub {
	server := pstest.NewServer()
	// It listens on a port of its own, where nothing is mended. What it knows stays usable.
	_ = server.Close()
	return &pubSub{
		GServer:     &server.GServer,
		published:   server,
		gone:        map[string]chan struct{}{},
		deadLetters: newDeadLetters(),
	}
}

func (p *pubSub) CreateTopic(ctx context.Context, topic *pb.Topic) (*pb.Topic, error) {
	if err := p.checkSchemaSettings(ctx, topic); err != nil {
		return nil, err
	}
	p.resources.Lock()
	defer p.resources.Unlock()
	return copied(p.GServer.CreateTopic(ctx, topic))
}

func (p *pubSub) GetTopic(ctx context.Context, request *pb.GetTopicRequest) (*pb.Topic, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	if err := p.requireTopic(ctx, request.Topic); err != nil {
		return nil, err
	}
	return copied(p.GServer.GetTopic(ctx, request))
}

func (p *pubSub) UpdateTopic(ctx context.Context, request *pb.UpdateTopicRequest) (*pb.Topic, error) {
	for _, field := range request.UpdateMask.Paths {
		if strings.HasPrefix(field, schemaSettings) {
			if err := p.checkSchemaSettings(ctx, request.Topic); err != nil {
				return nil, err
			}
		}
	}
	p.resources.Lock()
	defer p.resources.Unlock()
	if err := p.requireTopic(ctx, request.Topic.Name); err != nil {
		return nil, err
	}
	return copied(p.GServer.UpdateTopic(ctx, request))
}

func (p *pubSub) ListTopics(ctx context.Context, request *pb.ListTopicsRequest) (*pb.ListTopicsResponse, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	request.Project += "/" // The fake compares beginnings, and one project's name may be the beginning of another's.
	return copied(p.GServer.ListTopics(ctx, request))
}

func (p *pubSub) DeleteTopic(ctx context.Context, request *pb.DeleteTopicRequest) (*emptypb.Empty, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	if err := p.requireTopic(ctx, request.Topic); err != nil {
		return nil, err
	}
	return p.GServer.DeleteTopic(ctx, request)
}

func (p *pubSub) CreateSubscription(ctx context.Context, subscription *pb.Subscription) (*pb.Subscription, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	if err := p.requireTopic(ctx, subscription.Topic); err != nil {
		return nil, err
	}
	policy := subscription.DeadLetterPolicy
	if err := p.checkPolicy(ctx, policy); err != nil {
		return nil, err
	}
	subscription.DeadLetterPolicy = nil
	created, err := p.GServer.CreateSubscription(ctx, subscription)
	if err == nil {
		p.deadLetters.set(subscription.Name, policy)
		p.gone[subscription.Name] = make(chan struct{})
	}
	return p.withPolicy(created, err)
}

func (p *pubSub) GetSubscription(ctx context.Context, request *pb.GetSubscriptionRequest) (*pb.Subscription, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	if err := p.requireSubscription(ctx, request.Subscription); err != nil {
		return nil, err
	}
	return p.withPolicy(p.GServer.GetSubscription(ctx, request))
}

func (p *pubSub) UpdateSubscription(
	ctx context.Context, request *pb.UpdateSubscriptionRequest,
) (*pb.Subscription, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	name, policy := request.Subscription.Name, request.Subscription.DeadLetterPolicy
	if err := p.requireSubscription(ctx, name); err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(
		slices.Clone(request.UpdateMask.Paths), func(field string) bool { return field == deadLetterPolicy },
	)
	concerned := len(others) < len(request.UpdateMask.Paths)
	if concerned {
		if err := p.checkPolicy(ctx, policy); err != nil {
			return nil, err
		}
	}
	request.UpdateMask.Paths = others
	updated, err := p.GServer.UpdateSubscription(ctx, request)
	if err == nil && concerned {
		p.deadLetters.set(name, policy)
	}
	return p.withPolicy(updated, err)
}

func (p *pubSub) ListSubscriptions(
	ctx context.Context, request *pb.ListSubscriptionsRequest,
) (*pb.ListSubscriptionsResponse, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	request.Project += "/"
	list, err := copied(p.GServer.ListSubscriptions(ctx, request))
	if err != nil {
		return nil, err
	}
	for _, subscription := range list.Subscriptions {
		subscription.DeadLetterPolicy = p.deadLetters.policy(subscription.Name)
	}
	return list, nil
}

func (p *pubSub) DeleteSubscription(
	ctx context.Context, request *pb.DeleteSubscriptionRequest,
) (*emptypb.Empty, error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	if err := p.requireSubscription(ctx, request.Subscription); err != nil {
		return nil, err
	}
	answer, err := p.GServer.DeleteSubscription(ctx, request)
	if err == nil {
		p.deadLetters.forget(request.Subscription)
		close(p.gone[request.Subscription])
		delete(p.gone, request.Subscription)
	}
	return answer, err
}

// requireTopic says of a topic that is missing where it is declared, and which ones there are.
func (p *pubSub) requireTopic(ctx context.Context, topic string) error {
	if _, err := p.GServer.GetTopic(ctx, &pb.GetTopicRequest{Topic: topic}); err == nil {
		return nil
	}
	list, err := p.GServer.ListTopics(ctx, &pb.ListTopicsRequest{Project: path.Dir(topic) + "/"})
	if err != nil {
		return err
	}
	var names []string
	for _, other := range list.Topics {
		names = append(names, path.Base(other.Name))
	}
	return status.Errorf(
		codes.NotFound, "Topic %q is not there and must be declared in the stack file's `topics`, which has %s.",
		topic, enumerated(names),
	)
}

// requireSubscription says of a subscription that is missing where it is declared, and which ones there are.
func (p *pubSub) requireSubscription(ctx context.Context, subscription string) error {
	if _, err := p.GServer.GetSubscription(
		ctx, &pb.GetSubscriptionRequest{Subscription: subscription},
	); err == nil {
		return nil
	}
	list, err := p.GServer.ListSubscriptions(
		ctx, &pb.ListSubscriptionsRequest{Project: path.Dir(subscription) + "/"},
	)
	if err != nil {
		return err
	}
	var names []string
	for _, other := range list.Subscriptions {
		names = append(names, path.Base(other.Name))
	}
	return status.Errorf(
		codes.NotFound,
		"Subscription %q is not there: its topic must be declared in the stack file's `topics` and in the `subscribes` "+
			"of who reads it; there is %s.",
		subscription, enumerated(names),
	)
}

// withPolicy is the subscription as it was declared: the fake does not know of its dead letters.
func (p *pubSub) withPolicy(subscription *pb.Subscription, err error) (*pb.Subscription, error) {
	answer, err := copied(subscription, err)
	if err == nil {
		answer.DeadLetterPolicy = p.deadLetters.policy(answer.Name)
	}
	return answer, err
}

func enumerated(names []string) string {
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > named:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:named], ", "), len(names)-named)
	}
	return strings.Join(names, ", ")
}

func copied[Answer proto.Message](answer Answer, err error) (Answer, error) {
	if err != nil {
		return answer, err
	}
	return proto.CloneOf(answer), nil
}
