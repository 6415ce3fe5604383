package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/linkedin/goavro/v2"
)

// How much of a value or a type an error shows.
const shown = 60

func init() {
	// Or a few bytes could claim to be followed by gigabytes, and get them.
	goavro.MaxBlockCount, goavro.MaxBlockSize = largestRequest, largestRequest
}

type avro struct {
	schema any
	codec  *goavro.Codec
}

func readAvro(definition string) (format, error) {
	var schema any
	if err := json.Unmarshal([]byte(definition), &schema); err != nil {
		return nil, err
	}
	// What a number or a text stands for is not looked at, only that it is one.
	schema = without(schema, "logicalType")
	if _, err := codecOf(schema); err != nil {
		return nil, err
	}
	// Defaults are for who reads what was written by another schema. Who writes must write every field.
	schema = without(schema, "default")
	codec, err := codecOf(schema)
	return avro{schema, codec}, err
}

func (a avro) check(data []byte, encoding pb.Encoding) error {
	if encoding == pb.Encoding_JSON {
		if !json.Valid(data) {
			return errors.New("it is no JSON")
		}
		_, _, err := a.codec.NativeFromTextual(data)
		if err == nil {
			return nil
		}
		return a.explained(data, err)
	}
	_, rest, err := a.codec.NativeFromBinary(data)
	if err == nil && len(rest) > 0 {
		return fmt.Errorf("%d bytes are left over", len(rest))
	}
	return err
}

// explained says of a record which field is the cause, where the codec says which character.
func (a avro) explained(data []byte, cause error) error {
	var record map[string]json.RawMessage
	properties, _ := a.schema.(map[string]any)
	fields, _ := properties["fields"].([]any)
	if properties["type"] != "record" || json.Unmarshal(data, &record) != nil || record == nil {
		return cause
	}
	var missing []string
	unknown := slices.Sorted(maps.Keys(record))
	for _, field := range fields {
		name := nameOf(field)
		if record[name] == nil {
			missing = append(missing, name)
		}
		unknown = slices.DeleteFunc(unknown, func(other string) bool { return other == name })
	}
	switch {
	case len(missing) > 0:
		return fmt.Errorf("it lacks %s", strings.Join(missing, ", "))
	case len(unknown) > 0:
		return fmt.Errorf("there is no %s in the schema", strings.Join(unknown, ", "))
	}
	// Of the first fields alone, then of one more each time, since a later one may use a type that an earlier one names.
	part := maps.Clone(properties)
	fitting := map[string]json.RawMessage{}
	for i, field := range fields {
		name := nameOf(field)
		fitting[name] = record[name]
		part["fields"] = fields[:i+1]
		codec, err := codecOf(part)
		if err != nil {
			return cause
		}
		written, err := json.Marshal(fitting)
		if err != nil {
			return cause
		}
		if _, _, err := codec.NativeFromTextual(written); err != nil {
			return misfit(name, record[name], field.(map[string]any)["type"])
		}
	}
	return cause
}

func misfit(field string, value json.RawMessage, wanted any) error {
	hint := ""
	if _, union := wanted.([]any); union {
		hint = "; of a union, what is not null is written with its type, such as {\"string\": \"…\"}"
	}
	definition, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	return fmt.Errorf("its %s is %s and must be of type %s%s", field, shortened(value), shortened(definition), hint)
}

func shortened(text []byte) string {
	if letters := []rune(string(bytes.TrimSpace(text))); len(letters) > shown {
		return string(letters[:shown]) + "…"
	}
	return string(text)
}

func nameOf(field any) string {
	properties, _ := field.(map[string]any)
	name, _ := properties["name"].(string)
	return name
}

func codecOf(schema any) (*goavro.Codec, error) {
	definition, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	return goavro.NewCodec(string(definition))
}

// without is a schema in which nothing has that property.
func without(schema any, property string) any {
	switch part := schema.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, value := range part {
			if name != property {
				kept[name] = without(value, property)
			}
		}
		return kept
	case []any:
		kept := []any{}
		for _, value := range part {
			kept = append(kept, without(value, property))
		}
		return kept
	}
	return schema
}
