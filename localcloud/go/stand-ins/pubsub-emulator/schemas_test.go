package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

const order = `{"type": "record", "name": "Order", "namespace": "shop", "fields": [
	{"name": "id", "type": "string"},
	{"name": "cents", "type": "int"},
	{"name": "note", "type": ["null", "string"], "default": null}
]}`

const orderMessage = `
	syntax = "proto3";
	message Order {
		string id = 1;
		int32 cents = 2;
		Note note = 3;
		message Note { string text = 1; }
	}
`

func (e emulator) schemas() pb.SchemaServiceClient { return pb.NewSchemaServiceClient(e.connection) }

func (e emulator) createSchema(name string, language pb.Schema_Type, definition string) error {
	_, err := e.schemas().CreateSchema(e.ctx, &pb.CreateSchemaRequest{
		Parent: "projects/example", SchemaId: name, Schema: &pb.Schema{Type: language, Definition: definition},
	})
	return err
}

// topicOf makes a topic "orders" whose messages are of a schema "order".
func (e emulator) topicOf(language pb.Schema_Type, definition string, encoding pb.Encoding) {
	e.Helper()
	if err := e.createSchema("order", language, definition); err != nil {
		e.Fatal(err)
	}
	if _, err := e.client.TopicAdminClient.CreateTopic(e.ctx, &pb.Topic{
		Name:           topicName("orders"),
		SchemaSettings: &pb.SchemaSettings{Schema: "projects/example/schemas/order", Encoding: encoding},
	}); err != nil {
		e.Fatal(err)
	}
}

func TestAMessageIsTakenIfItFitsItsTopicsSchemaAndElseRefusedWithTheReason(t *testing.T) {
	for _, encoded := range []struct {
		language   pb.Schema_Type
		definition string
		encoding   pb.Encoding
		fitting    []string
		wrong      map[string]string // Data -> what is said of it.
	}{
		{
			pb.Schema_AVRO, order, pb.Encoding_JSON,
			[]string{
				`{"id": "a", "cents": 5, "note": null}`,
				` { "note": {"string": "fragile"}, "cents": -5, "id": "\u00e4" } ` + "\n",
			},
			map[string]string{
				`{"id": "a", "cents": 5}`: "it lacks note.",
				`{}`:                      "it lacks id, cents, note.",
				`{"id": "a", "cents": "5", "note": null}`:            `its cents is "5" and must be of type "int".`,
				`{"id": "a", "cents": 5.5, "note": null}`:            `its cents is 5.5 and must be of type "int".`,
				`{"id": "a", "cents": 3000000000, "note": null}`:     `its cents is 3000000000 and must be of type "int".`,
				`{"id": "a", "cents": 5, "note": "bare"}`:            `its note is "bare" and must be of type ["null","string"];`,
				`{"id": "a", "cents": 5, "note": null, "extra": 1}`:  "there is no extra in the schema.",
				`{"id": "a", "cents": 5, "note": null} {"id": "b" }`: "it is no JSON.",
				`{"id": "a", `: "it is no JSON.",
				`[]`:           "cannot decode",
				`null`:         "cannot decode",
				`poison`:       "it is no JSON.",
			},
		},
		{
			pb.Schema_AVRO, order, pb.Encoding_BINARY,
			[]string{"\x02a\x0a\x00", "\x02a\x0a\x02\x0efragile"},
			map[string]string{
				"\x02a":                 `"cents"`,
				"\x02a\x0a\x00more":     "4 bytes are left over",
				"\x02a\x0a\x06":         `"note"`,
				"\xfe\xff\xff\xff\x0fa": `"id"`,
				`{"id": "a", "cents": 5, "note": "large"}`: `"id"`,
			},
		},
		{
			pb.Schema_PROTOCOL_BUFFER, orderMessage, pb.Encoding_JSON,
			[]string{`{"id": "a", "cents": 5}`, `{}`, `{"note": {"text": "fragile"}}`},
			map[string]string{
				`{"id": 5}`:              "id",
				`{"extra": 5}`:           `"extra"`,
				`{"cents": 3000000000}`:  "cents",
				`{"note": {"size": "L"}`: `"size"`,
				`poison`:                 "poison",
			},
		},
		{
			pb.Schema_PROTOCOL_BUFFER, orderMessage, pb.Encoding_BINARY,
			[]string{"\x0a\x01a\x10\x05", "\x1a\x03\x0a\x01x"},
			map[string]string{
				"\x0a\x05a":             "cannot parse",
				"\x22\x01x":             "Order has no field 4",
				"\x1a\x03\x12\x01x":     "Note has no field 2",
				"\x08\x05":              "Order has no field 1",
				`{"id": "a"}`:           "cannot parse",
				"\x0a\x02\xff\xff":      "UTF-8",
				"\x0a\x01a\x10\x05\x0a": "cannot parse",
			},
		},
	} {
		t.Run(fmt.Sprintf("%s as %s", encoded.language, encoded.encoding), func(t *testing.T) {
			e := start(t)
			e.topicOf(encoded.language, encoded.definition, encoded.encoding)
			e.subscribe("billing", "orders", "")
			for _, data := range encoded.fitting {
				if err := e.publish("orders", data); err != nil {
					t.Errorf("%q: %v", data, err)
				}
			}
			beginning := fmt.Sprintf(
				`Message 1 for topic "orders" does not fit schema "order" (%s, encoded as %s): `,
				encoded.language, encoded.encoding,
			)
			for data, reason := range encoded.wrong {
				err := e.publish("orders", data)
				said := status.Convert(err).Message()
				if status.Code(err) != codes.InvalidArgument ||
					!strings.HasPrefix(said, beginning) || !strings.Contains(said[len(beginning):], reason) {
					t.Errorf("%q: %v", data, err)
				}
			}
			for range encoded.fitting {
				if received := e.pull("billing"); received == nil {
					t.Error("a message that fits did not arrive")
				}
			}
			if received := e.pull("billing"); received != nil {
				t.Errorf("a message that does not fit arrived: %v", received)
			}
		})
	}
}

func TestOfAPublishedBatchNothingIsTakenIfOneDoesNotFit(t *testing.T) {
	e := start(t)
	e.topicOf(pb.Schema_AVRO, `"string"`, pb.Encoding_JSON)
	e.subscribe("billing", "orders", "")
	_, err := e.client.TopicAdminClient.Publish(e.ctx, &pb.PublishRequest{
		Topic: topicName("orders"), Messages: []*pb.PubsubMessage{{Data: []byte(`"a"`)}, {Data: []byte(`5`)}},
	})
	if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "Message 2 for topic") {
		t.Error(err)
	}
	if received := e.pull("billing"); received != nil {
		t.Error(received)
	}
}

func TestWhatALogicalTypeStandsForIsWrittenAsTheTypeThatItIsOf(t *testing.T) {
	e := start(t)
	e.topicOf(pb.Schema_AVRO, `{"type": "record", "name": "Order", "fields": [
		{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}, "default": 0},
		{"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
		{"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
		{"name": "id", "type": {"type": "string", "logicalType": "uuid"}}
	]}`, pb.Encoding_JSON)
	data := `{"at": 1700000000000, "day": {"int": 19000}, "price": "\u0004\u00d2", ` +
		`"id": "0b7c7f0e-55b1-4a38-a8a9-6dbb1c9f3b43"}`
	if err := e.publish("orders", data); err != nil {
		t.Error(err)
	}
	if err := e.publish("orders", strings.Replace(data, "1700000000000", `"today"`, 1)); err == nil {
		t.Error("a text is no timestamp")
	}
}

func TestAFewBytesCannotStandForMillionsOfValues(t *testing.T) {
	e := start(t)
	e.topicOf(pb.Schema_AVRO, `{"type": "array", "items": "null"}`, pb.Encoding_BINARY)
	beginning := binary.AppendVarint(nil, 2*largestRequest)
	if err := e.publish("orders", string(append(beginning, 0))); status.Code(err) != codes.InvalidArgument {
		t.Error(err)
	}
}

func TestAMessageOfASchemaSaysHowToReadIt(t *testing.T) {
	e := start(t)
	e.topicOf(pb.Schema_AVRO, `"string"`, pb.Encoding_JSON)
	e.subscribe("billing", "orders", "")
	if err := e.publish("orders", `"a"`); err != nil {
		t.Fatal(err)
	}
	kept, err := e.schemas().GetSchema(e.ctx, &pb.GetSchemaRequest{Name: "projects/example/schemas/order"})
	if err != nil {
		t.Fatal(err)
	}
	wanted := fmt.Sprint(map[string]string{
		"googclient_schemaname":       "projects/example/schemas/order",
		"googclient_schemaencoding":   "JSON",
		"googclient_schemarevisionid": kept.RevisionId,
	})
	if attributes := e.next("billing").Attributes; fmt.Sprint(attributes) != wanted {
		t.Errorf("attributes: %v, not %s", attributes, wanted)
	}
}

func TestAMessageMayFitAnyOfTheRevisionsThatTheTopicNames(t *testing.T) {
	e := start(t)
	e.topicOf(pb.Schema_AVRO, `"string"`, pb.Encoding_JSON)
	second, err := e.schemas().CommitSchema(e.ctx, &pb.CommitSchemaRequest{
		Name: "projects/example/schemas/order", Schema: &pb.Schema{Type: pb.Schema_AVRO, Definition: `"int"`},
	})
	if err != nil {
		t.Fatal(err)
	}
	newest, err := e.schemas().CommitSchema(e.ctx, &pb.CommitSchemaRequest{
		Name: "projects/example/schemas/order", Schema: &pb.Schema{Type: pb.Schema_AVRO, Definition: `"long"`},
	})
	if err != nil {
		t.Fatal(err)
	}
	e.subscribe("billing", "orders", "")
	for _, data := range []string{`"a"`, `5`} {
		if err := e.publish("orders", data); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		message := e.next("billing")
		fitted := message.Attributes["googclient_schemarevisionid"]
		if (fitted == newest.RevisionId) != (string(message.Data) == `5`) {
			t.Errorf("%s was taken as of revision %s", message.Data, fitted)
		}
	}
	if _, err := e.client.TopicAdminClient.UpdateTopic(e.ctx, &pb.UpdateTopicRequest{
		Topic: &pb.Topic{Name: topicName("orders"), SchemaSettings: &pb.SchemaSettings{
			Schema:   "projects/example/schemas/order",
			Encoding: pb.Encoding_JSON, FirstRevisionId: second.RevisionId,
		}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"schema_settings"}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := e.publish("orders", `5`); err != nil {
		t.Error(err)
	}
	if err := e.publish("orders", `"a"`); status.Code(err) != codes.InvalidArgument {
		t.Error(err)
	}
}

func TestATopicWhoseSchemaIsGoneTakesNothing(t *testing.T) {
	e := start(t)
	e.topicOf(pb.Schema_AVRO, `"string"`, pb.Encoding_JSON)
	if _, err := e.schemas().DeleteSchema(
		e.ctx, &pb.DeleteSchemaRequest{Name: "projects/example/schemas/order"},
	); err != nil {
		t.Fatal(err)
	}
	if err := e.publish("orders", `"a"`); status.Code(err) != codes.InvalidArgument {
		t.Error(err)
	}
}

func TestATopicIsRefusedWhoseMessagesCouldNotBeChecked(t *testing.T) {
	e := start(t)
	if err := e.createSchema("order", pb.Schema_AVRO, order); err != nil {
		t.Fatal(err)
	}
	for code, settings := range map[codes.Code]*pb.SchemaSettings{
		codes.NotFound:        {Schema: "projects/example/schemas/missing", Encoding: pb.Encoding_JSON},
		codes.InvalidArgument: {Schema: "projects/example/schemas/order"},
	} {
		_, err := e.client.TopicAdminClient.CreateTopic(
			e.ctx, &pb.Topic{Name: topicName("orders"), SchemaSettings: settings},
		)
		if status.Code(err) != code {
			t.Errorf("%v: %v", settings, err)
		}
	}
}

func TestADefinitionThatCannotBeReadIsRefusedWhereverItIsGiven(t *testing.T) {
	e := start(t)
	for _, known := range []string{"avro", "buffer"} {
		language, definition := pb.Schema_AVRO, order
		if known == "buffer" {
			language, definition = pb.Schema_PROTOCOL_BUFFER, orderMessage
		}
		if err := e.createSchema(known, language, definition); err != nil {
			t.Fatal(err)
		}
	}
	for _, wrong := range []struct {
		language   pb.Schema_Type
		definition string
	}{
		{pb.Schema_TYPE_UNSPECIFIED, `"string"`},
		{pb.Schema_AVRO, ``},
		{pb.Schema_AVRO, `{`},
		{pb.Schema_AVRO, `{"type": "text"}`},
		{pb.Schema_AVRO, `{"type": "record", "name": "Order"}`},
		{pb.Schema_AVRO, `{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int", "default": "a"}]}`},
		{pb.Schema_PROTOCOL_BUFFER, `message`},
		{pb.Schema_PROTOCOL_BUFFER, `syntax = "proto3";`},
		{pb.Schema_PROTOCOL_BUFFER, `syntax = "proto3"; message One {} message Two {}`},
		{pb.Schema_PROTOCOL_BUFFER, `syntax = "proto3"; message One { Unknown one = 1; }`},
		{pb.Schema_PROTOCOL_BUFFER, `syntax = "proto3"; import "google/protobuf/empty.proto"; message One {}`},
	} {
		language, definition := wrong.language, wrong.definition
		schema := &pb.Schema{Type: language, Definition: definition}
		created := e.createSchema("order", language, definition)
		_, committed := e.schemas().CommitSchema(
			e.ctx, &pb.CommitSchemaRequest{Name: "projects/example/schemas/avro", Schema: schema},
		)
		_, validated := e.schemas().ValidateSchema(
			e.ctx, &pb.ValidateSchemaRequest{Parent: "projects/example", Schema: schema},
		)
		_, compared := e.schemas().ValidateMessage(e.ctx, &pb.ValidateMessageRequest{
			Parent:     "projects/example",
			SchemaSpec: &pb.ValidateMessageRequest_Schema{Schema: schema},
			Message:    []byte(`{}`), Encoding: pb.Encoding_JSON,
		})
		for how, err := range map[string]error{
			"created": created, "committed": committed, "validated": validated, "compared": compared,
		} {
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s %q: %v", how, definition, err)
			}
		}
	}
}

func TestAMessageCanBeComparedWithASchemaBeforeThereIsATopic(t *testing.T) {
	e := start(t)
	if err := e.createSchema("order", pb.Schema_AVRO, order); err != nil {
		t.Fatal(err)
	}
	fitting, err := base64.StdEncoding.DecodeString("AmEKAA==")
	if err != nil {
		t.Fatal(err)
	}
	for code, message := range map[codes.Code][]byte{codes.OK: fitting, codes.InvalidArgument: []byte("a")} {
		for how, request := range map[string]*pb.ValidateMessageRequest{
			"by name": {SchemaSpec: &pb.ValidateMessageRequest_Name{Name: "projects/example/schemas/order"}},
			"given": {SchemaSpec: &pb.ValidateMessageRequest_Schema{
				Schema: &pb.Schema{Type: pb.Schema_AVRO, Definition: order},
			}},
		} {
			request.Parent, request.Message, request.Encoding = "projects/example", message, pb.Encoding_BINARY
			if _, err := e.schemas().ValidateMessage(e.ctx, request); status.Code(err) != code {
				t.Errorf("%s, %q: %v", how, message, err)
			}
		}
	}
}

func TestASchemaIsMadeOnce(t *testing.T) {
	e := start(t)
	if err := e.createSchema("order", pb.Schema_AVRO, order); err != nil {
		t.Fatal(err)
	}
	if err := e.createSchema("order", pb.Schema_AVRO, order); status.Code(err) != codes.AlreadyExists {
		t.Error(err)
	}
}
