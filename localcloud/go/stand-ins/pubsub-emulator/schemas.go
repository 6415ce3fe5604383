package main

import (
	"context"
	"path"
	"slices"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The attributes by which Pub/Sub tells a subscriber how to read a message.
const (
	schemaName     = "googclient_schemaname"
	schemaEncoding = "googclient_schemaencoding"
	schemaRevision = "googclient_schemarevisionid"
)

// format is a schema that was read.
type format interface {
	// check says what of the data does not fit.
	check(data []byte, encoding pb.Encoding) error
}

// Publish takes a message only if it fits its topic's schema: the fake keeps schemas, and compares nothing with them.
func (p *pubSub) Publish(ctx context.Context, request *pb.PublishRequest) (*pb.PublishResponse, error) {
	topic, err := p.GetTopic(ctx, &pb.GetTopicRequest{Topic: request.Topic})
	if err != nil {
		return nil, err
	}
	for i, message := range request.Messages {
		if len(message.GetData()) == 0 && len(message.GetAttributes()) == 0 {
			return nil, status.Errorf(
				codes.InvalidArgument, "Message %d for topic %q is empty; it must have data or an attribute.",
				i+1, path.Base(topic.Name),
			)
		}
		if err := p.fit(ctx, topic, i+1, message); err != nil {
			return nil, err
		}
	}
	return p.GServer.Publish(ctx, request)
}

// fit compares a message with its topic's schema, the newest revision first, and notes in it which one it fits.
func (p *pubSub) fit(ctx context.Context, topic *pb.Topic, number int, message *pb.PubsubMessage) error {
	settings := topic.GetSchemaSettings()
	if settings.GetSchema() == "" {
		return nil
	}
	revisions, err := p.revisions(ctx, settings)
	if err != nil {
		return err
	}
	var reason error
	for _, schema := range revisions {
		err := p.check(schema, message.Data, settings.Encoding)
		if err == nil {
			if message.Attributes == nil {
				message.Attributes = map[string]string{}
			}
			message.Attributes[schemaName] = schema.Name
			message.Attributes[schemaEncoding] = settings.Encoding.String()
			message.Attributes[schemaRevision] = schema.RevisionId
			return nil
		}
		if reason == nil {
			reason = err
		}
	}
	if reason == nil {
		return status.Errorf(
			codes.InvalidArgument, "Topic %q takes no message: of its schema %q, the revisions that it names are gone.",
			path.Base(topic.Name), path.Base(settings.Schema),
		)
	}
	return status.Errorf(
		codes.InvalidArgument, "Message %d for topic %q does not fit schema %q (%s, encoded as %s): %v.",
		number, path.Base(topic.Name), path.Base(settings.Schema), revisions[0].Type, settings.Encoding, reason,
	)
}

// revisions are those that a message may fit, the newest first.
func (p *pubSub) revisions(ctx context.Context, settings *pb.SchemaSettings) ([]*pb.Schema, error) {
	answer, err := p.ListSchemaRevisions(ctx, &pb.ListSchemaRevisionsRequest{Name: settings.Schema})
	if err != nil {
		return nil, err
	}
	all := answer.Schemas
	from, to := 0, len(all)
	for i, schema := range all {
		if schema.RevisionId == settings.FirstRevisionId {
			from = i
		}
		if schema.RevisionId == settings.LastRevisionId {
			to = i + 1
		}
	}
	if from >= to {
		return nil, nil
	}
	chosen := slices.Clone(all[from:to])
	slices.Reverse(chosen)
	return chosen, nil
}

// checkSchemaSettings refuses a topic whose messages could not be checked.
func (p *pubSub) checkSchemaSettings(ctx context.Context, topic *pb.Topic) error {
	settings := topic.GetSchemaSettings()
	if settings.GetSchema() == "" {
		return nil
	}
	if settings.Encoding == pb.Encoding_ENCODING_UNSPECIFIED {
		return status.Errorf(
			codes.InvalidArgument, "Topic %q has a schema, so the encoding of its messages must be JSON or BINARY.",
			path.Base(topic.Name),
		)
	}
	_, err := p.GetSchema(ctx, &pb.GetSchemaRequest{Name: settings.Schema})
	return err
}

func (p *pubSub) CreateSchema(ctx context.Context, request *pb.CreateSchemaRequest) (*pb.Schema, error) {
	name := request.Parent + "/schemas/" + request.SchemaId
	if _, err := p.GetSchema(ctx, &pb.GetSchemaRequest{Name: name}); err == nil {
		// The fake would make it a new revision.
		return nil, status.Errorf(codes.AlreadyExists, "Schema %q is there already.", name)
	}
	if _, err := p.read(request.Schema); err != nil {
		return nil, err
	}
	return p.GServer.CreateSchema(ctx, request)
}

func (p *pubSub) CommitSchema(ctx context.Context, request *pb.CommitSchemaRequest) (*pb.Schema, error) {
	if _, err := p.GetSchema(ctx, &pb.GetSchemaRequest{Name: request.Name}); err != nil {
		return nil, err
	}
	if _, err := p.read(request.Schema); err != nil {
		return nil, err
	}
	return p.GServer.CommitSchema(ctx, request)
}

func (p *pubSub) ValidateSchema(
	_ context.Context, request *pb.ValidateSchemaRequest,
) (*pb.ValidateSchemaResponse, error) {
	if _, err := p.read(request.Schema); err != nil {
		return nil, err
	}
	return &pb.ValidateSchemaResponse{}, nil
}

func (p *pubSub) ValidateMessage(
	ctx context.Context, request *pb.ValidateMessageRequest,
) (*pb.ValidateMessageResponse, error) {
	schema := request.GetSchema()
	if name := request.GetName(); name != "" {
		kept, err := p.GetSchema(ctx, &pb.GetSchemaRequest{Name: name})
		if err != nil {
			return nil, err
		}
		schema = kept
	}
	if _, err := p.read(schema); err != nil {
		return nil, err
	}
	if err := p.check(schema, request.Message, request.Encoding); err != nil {
		return nil, status.Errorf(
			codes.InvalidArgument, "The message does not fit the schema (%s, encoded as %s): %v.",
			schema.Type, request.Encoding, err,
		)
	}
	return &pb.ValidateMessageResponse{}, nil
}

func (p *pubSub) check(schema *pb.Schema, data []byte, encoding pb.Encoding) error {
	read, err := p.read(schema)
	if err != nil {
		return err
	}
	return read.check(data, encoding)
}

// read reads a definition once, since each message is compared with it.
func (p *pubSub) read(schema *pb.Schema) (format, error) {
	key := schema.GetType().String() + schema.GetDefinition()
	if read, ok := p.formats.Load(key); ok {
		return read.(format), nil
	}
	var read format
	var err error
	switch schema.GetType() {
	case pb.Schema_AVRO:
		read, err = readAvro(schema.Definition)
	case pb.Schema_PROTOCOL_BUFFER:
		read, err = readProtocolBuffer(schema.Definition)
	default:
		return nil, status.Error(codes.InvalidArgument, "A schema's type must be AVRO or PROTOCOL_BUFFER.")
	}
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "The definition is no %s schema: %v.", schema.Type, err)
	}
	p.formats.Store(key, read)
	return read, nil
}
