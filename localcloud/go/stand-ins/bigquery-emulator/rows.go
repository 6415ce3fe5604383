package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/goccy/bigquery-emulator/server"
	"google.golang.org/api/bigquery/v2"
)

// insertion is what the emulator reads of a request to insert rows.
type insertion struct {
	Rows                []row `json:"rows"`
	SkipInvalidRows     bool  `json:"skipInvalidRows,omitempty"`
	IgnoreUnknownValues bool  `json:"ignoreUnknownValues,omitempty"`
}

type row struct {
	InsertID string         `json:"insertId,omitempty"`
	JSON     map[string]any `json:"json"`
}

// outcome is the answer to it. Google's own type leaves out an index of 0, without which its client for Python fails.
type outcome struct {
	Kind     string    `json:"kind"`
	Refusals []refusal `json:"insertErrors,omitempty"`
}

type refusal struct {
	Index    int       `json:"index"`
	Failures []failure `json:"errors"`
}

type failure struct {
	Reason    string `json:"reason"`
	Location  string `json:"location"`
	DebugInfo string `json:"debugInfo"`
	Message   string `json:"message"`
}

// insert lets the emulator insert the rows that fit the table.
func (m *mender) insert(request *http.Request, table string) *answer {
	asked := request.Clone(request.Context())
	asked.Method, asked.URL.Path, asked.Body, asked.Header = http.MethodGet, table, http.NoBody, http.Header{}
	given := m.ask(asked)
	var found bigquery.Table
	if given.code != http.StatusOK || json.Unmarshal(given.body.Bytes(), &found) != nil {
		return given
	}
	var fields []*bigquery.TableFieldSchema
	if found.Schema != nil {
		fields = found.Schema.Fields
	}
	rows, err := read(request)
	if err != nil {
		refused := server.ServerError{Status: http.StatusBadRequest, Reason: server.Invalid, Message: err.Error()}
		given.replace(refused.Status, refused.Response())
		return given
	}

	result := outcome{Kind: "bigquery#tableDataInsertAllResponse"}
	var fitting []row
	var places []int
	for i, row := range rows.Rows {
		if failures := misfits(fields, row.JSON, rows.IgnoreUnknownValues, ""); len(failures) > 0 {
			result.Refusals = append(result.Refusals, refusal{i, failures})
		} else {
			fitting, places = append(fitting, row), append(places, i)
		}
	}
	if len(result.Refusals) > 0 && !rows.SkipInvalidRows {
		result.refuse(places, failure{Reason: "stopped"})
	} else {
		rows.Rows = fitting
		given = m.forward(request, rows)
		told := given.told()
		switch {
		case told != nil && told.Reason == server.InternalError && !broken.MatchString(told.Message):
			result.refuse(places, invalid("", readable(told.Message)))
		case given.code != http.StatusOK:
			return given
		}
	}
	body, err := json.Marshal(result)
	if err != nil {
		panic(err) // It is made of texts and numbers.
	}
	given.replace(http.StatusOK, body)
	if len(result.Refusals) > 0 {
		first := result.Refusals[0]
		cause := first.Failures[0]
		report(request, given.code, cause.Reason, fmt.Sprintf("row %d: %s", first.Index, cause.Message))
	}
	return given
}

// read keeps numbers as they are written: some have more digits than a float64.
func read(request *http.Request) (*insertion, error) {
	body := io.Reader(request.Body)
	if request.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = unpacked
	}
	decoder := json.NewDecoder(body)
	decoder.UseNumber()
	rows := &insertion{}
	return rows, decoder.Decode(rows)
}

// forward asks the emulator to insert the rows.
func (m *mender) forward(request *http.Request, rows *insertion) *answer {
	body, err := json.Marshal(rows)
	if err != nil {
		panic(err) // It was read as JSON.
	}
	changed := request.Clone(request.Context())
	changed.Body, changed.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	changed.Header.Del("Content-Encoding")
	return m.ask(changed)
}

func (o *outcome) refuse(places []int, cause failure) {
	for _, place := range places {
		o.Refusals = append(o.Refusals, refusal{place, []failure{cause}})
	}
}

// misfits is what a row has that no field is for, and what it lacks.
func misfits(fields []*bigquery.TableFieldSchema, row map[string]any, ignoreUnknown bool, path string) []failure {
	var found []failure
	unknown := slices.Sorted(maps.Keys(row))
	for _, field := range fields {
		unknown = slices.DeleteFunc(unknown, func(name string) bool { return name == field.Name })
		value, place := row[field.Name], path+field.Name
		if value == nil && field.Mode == "REQUIRED" && field.DefaultValueExpression == "" {
			// It says so, and at no location.
			found = append(found, invalid("", "Missing required field: Msg_0_CLOUD_QUERY_TABLE."+place+"."))
		}
		values, repeated := value.([]any)
		if !repeated {
			values = []any{value}
		}
		for _, value := range values {
			if record, ok := value.(map[string]any); ok && len(field.Fields) > 0 {
				found = append(found, misfits(field.Fields, record, ignoreUnknown, place+".")...)
			}
		}
	}
	for _, name := range unknown {
		if !ignoreUnknown {
			found = append(found, invalid(path+name, "no such field: "+path+name+"."))
		}
	}
	return found
}

func invalid(location, message string) failure {
	return failure{Reason: "invalid", Location: location, Message: message}
}
