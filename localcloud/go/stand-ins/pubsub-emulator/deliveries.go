package main

import (
	"context"
	"sync"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

func (p *pubSub) Pull(ctx context.Context, request *pb.PullRequest) (*pb.PullResponse, error) {
	if _, err := p.existing(ctx, request.Subscription); err != nil {
		return nil, err
	}
	answer, err := p.GServer.Pull(ctx, request)
	if err != nil {
		return nil, err
	}
	return &pb.PullResponse{ReceivedMessages: p.delivered(ctx, request.Subscription, answer.ReceivedMessages)}, nil
}

func (p *pubSub) Acknowledge(ctx context.Context, request *pb.AcknowledgeRequest) (*emptypb.Empty, error) {
	if _, err := p.existing(ctx, request.Subscription); err != nil {
		return nil, err
	}
	return p.GServer.Acknowledge(ctx, request)
}

func (p *pubSub) ModifyAckDeadline(
	ctx context.Context, request *pb.ModifyAckDeadlineRequest,
) (*emptypb.Empty, error) {
	if _, err := p.existing(ctx, request.Subscription); err != nil {
		return nil, err
	}
	if request.AckDeadlineSeconds == 0 {
		again, dead := p.refused(ctx, request.Subscription, request.AckIds)
		for _, ackID := range dead {
			p.acknowledge(ctx, request.Subscription, ackID)
		}
		request.AckIds = again
	}
	return p.GServer.ModifyAckDeadline(ctx, request)
}

// StreamingPull ends when the subscription is deleted. The fake would leave the subscriber waiting, also if another one
// of the same name is made.
func (p *pubSub) StreamingPull(client pb.Subscriber_StreamingPullServer) error {
	first, err := client.Recv()
	if err != nil {
		return err
	}
	gone, err := p.existing(client.Context(), first.Subscription)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		ended <- p.GServer.StreamingPull(&stream{
			Subscriber_StreamingPullServer: client,
			pubSub:                         p,
			subscription:                   first.Subscription,
			version:                        first.ProtocolVersion,
			first:                          first,
		})
	}()
	select {
	case err := <-ended:
		return err
	case <-gone:
		return status.Errorf(codes.NotFound, "Subscription %q was deleted.", first.Subscription)
	}
}

// existing is closed when the subscription is deleted. It must be there.
func (p *pubSub) existing(ctx context.Context, subscription string) (gone <-chan struct{}, err error) {
	p.resources.Lock()
	defer p.resources.Unlock()
	if err := p.requireSubscription(ctx, subscription); err != nil {
		return nil, err
	}
	return p.gone[subscription], nil
}

// stream is a subscriber's stream as the fake sees it.
type stream struct {
	pb.Subscriber_StreamingPullServer
	pubSub       *pubSub
	subscription string
	version      int64
	first        *pb.StreamingPullRequest // Was read already, to know the subscription.
	sending      sync.Mutex
}

func (s *stream) Send(response *pb.StreamingPullResponse) error {
	alive := s.pubSub.delivered(s.Context(), s.subscription, response.ReceivedMessages)
	if len(alive) == 0 {
		return nil
	}
	return s.send(&pb.StreamingPullResponse{
		ReceivedMessages: alive, SubscriptionProperties: response.SubscriptionProperties,
	})
}

func (s *stream) Recv() (*pb.StreamingPullRequest, error) {
	if first := s.first; first != nil {
		s.first = nil
		return first, nil
	}
	for {
		request, err := s.Subscriber_StreamingPullServer.Recv()
		if err != nil {
			return nil, err
		}
		if len(request.ModifyDeadlineAckIds) != len(request.ModifyDeadlineSeconds) {
			return nil, status.Errorf(
				codes.InvalidArgument, "There are %d modify_deadline_ack_ids and %d modify_deadline_seconds.",
				len(request.ModifyDeadlineAckIds), len(request.ModifyDeadlineSeconds),
			)
		}
		if len(request.AckIds) == 0 && len(request.ModifyDeadlineAckIds) == 0 {
			// A sign of life. The fake answers it while it keeps everybody else waiting: for ever, if this client is gone.
			if s.version >= 1 {
				if err := s.send(&pb.StreamingPullResponse{}); err != nil {
					return nil, err
				}
			}
			continue
		}
		s.bury(request)
		return request, nil
	}
}

// bury makes acknowledgements of those refusals that make dead letters.
func (s *stream) bury(request *pb.StreamingPullRequest) {
	var ackIDs []string
	var seconds []int32
	for i, ackID := range request.ModifyDeadlineAckIds {
		if request.ModifyDeadlineSeconds[i] == 0 {
			_, dead := s.pubSub.refused(s.Context(), s.subscription, []string{ackID})
			if len(dead) > 0 {
				request.AckIds = append(request.AckIds, dead...)
				continue
			}
		}
		ackIDs, seconds = append(ackIDs, ackID), append(seconds, request.ModifyDeadlineSeconds[i])
	}
	request.ModifyDeadlineAckIds, request.ModifyDeadlineSeconds = ackIDs, seconds
}

// send lets one at a time send, as gRPC asks for.
func (s *stream) send(response *pb.StreamingPullResponse) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	return s.Subscriber_StreamingPullServer.Send(response)
}
