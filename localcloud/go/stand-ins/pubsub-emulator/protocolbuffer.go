package main

import (
	"context"
	"fmt"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// What a definition is called in what the compiler says of it.
const definitionFile = "schema.proto"

type protocolBuffer struct {
	message protoreflect.MessageDescriptor
}

func readProtocolBuffer(definition string) (format, error) {
	// There is nothing to import from, as in Pub/Sub.
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{definitionFile: definition}),
	}}
	files, err := compiler.Compile(context.Background(), definitionFile)
	if err != nil {
		return nil, err
	}
	messages := files[0].Messages()
	if messages.Len() != 1 {
		return nil, fmt.Errorf("it defines %d messages and must define exactly one", messages.Len())
	}
	return protocolBuffer{messages.Get(0)}, nil
}

func (p protocolBuffer) check(data []byte, encoding pb.Encoding) error {
	message := dynamicpb.NewMessage(p.message)
	if encoding == pb.Encoding_JSON {
		return protojson.Unmarshal(data, message)
	}
	if err := proto.Unmarshal(data, message); err != nil {
		return err
	}
	// Other readers skip what they do not know. Pub/Sub refuses it.
	return protorange.Range(message, func(values protopath.Values) error {
		part, ok := values.Index(-1).Value.Interface().(protoreflect.Message)
		if ok && len(part.GetUnknown()) > 0 {
			number, _, _ := protowire.ConsumeField(part.GetUnknown())
			return fmt.Errorf("%s has no field %d", part.Descriptor().Name(), number)
		}
		return nil
	})
}
