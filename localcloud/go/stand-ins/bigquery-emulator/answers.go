package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/bigquery-emulator/server"
	"google.golang.org/api/bigquery/v2"
)

var (
	inserting = regexp.MustCompile(`^(.*/tables/[^/]+)/insertAll$`)
	jobs      = regexp.MustCompile(`/projects/[^/]+/jobs(/[^/]+)?$`)
	uploads   = regexp.MustCompile(`^/upload/`)
	resources = regexp.MustCompile(`/datasets(/[^/]+(/tables(/[^/]+)?)?)?$`)

	absent  = regexp.MustCompile(`^Table not found: |^dataset \S+ is not found$|no such table: `)
	present = regexp.MustCompile(`already (created|exists)$`)
	loading = regexp.MustCompile(`^failed to (import from|export to) gcs`)
	// Its disk or its file, of which another attempt may know better.
	broken = regexp.MustCompile(`sqlite3: (database|disk|unable)`)

	steps    = regexp.MustCompile(`^(failed to (analyze|parse statements?|scan rows|create (table|view) CREATE .*?\)): |INVALID_ARGUMENT: )+`)
	position = regexp.MustCompile(`\[at (\d+:\d+)\]`)
	packed   = regexp.MustCompile(`eyJ[\w+/]+=*`)
)

// mender answers as the emulator does, but for what it gets wrong.
type mender struct {
	next   http.Handler
	failed sync.Map // The error of each job that has one, by its address: the emulator forgets it.
}

// answer is one that is not sent yet.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header               { return a.header }
func (a *answer) WriteHeader(code int)              { a.code = code }
func (a *answer) Write(content []byte) (int, error) { return a.body.Write(content) }

func (a *answer) replace(code int, body []byte) {
	a.code = code
	a.body.Reset()
	a.body.Write(body)
}

// told is the error in it.
func (a *answer) told() *server.ServerError {
	var content server.ResponseError
	if json.Unmarshal(a.body.Bytes(), &content) != nil || content.Error == nil || len(content.Error.Errors) == 0 {
		return nil
	}
	told := content.Error.Errors[0]
	told.Status = a.code
	return told
}

// ask is the emulator's own answer.
func (m *mender) ask(request *http.Request) *answer {
	given := &answer{header: http.Header{}, code: http.StatusOK}
	m.next.ServeHTTP(given, request)
	return given
}

func (m *mender) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var given *answer
	if place := inserting.FindStringSubmatch(request.URL.Path); place != nil && request.Method == http.MethodPost {
		given = m.insert(request, place[1])
	} else {
		given = m.ask(request)
	}
	if given.code == http.StatusOK && jobs.MatchString(request.URL.Path) {
		m.mendJob(request, given)
	}
	if given.code >= http.StatusBadRequest {
		mend(request, given)
	}
	for name, values := range given.header {
		w.Header()[name] = values
	}
	w.WriteHeader(given.code)
	_, _ = w.Write(given.body.Bytes()) // If nobody waits for it any more, nobody misses it.
}

// mend corrects an error, and logs it.
func mend(request *http.Request, given *answer) {
	if told := given.told(); told != nil {
		correct(request, told)
		given.replace(told.Status, told.Response())
		report(request, told.Status, string(told.Reason), told.Message)
	}
}

// mendJob corrects the error of a job that was made or is asked for.
func (m *mender) mendJob(request *http.Request, given *answer) {
	var job bigquery.Job
	if json.Unmarshal(given.body.Bytes(), &job) != nil || job.JobReference == nil || job.Status == nil {
		return
	}
	address := job.JobReference.ProjectId + "/" + job.JobReference.JobId
	if failure := job.Status.ErrorResult; failure != nil {
		mended := server.ServerError{Reason: server.ErrorReason(failure.Reason), Message: failure.Message}
		correct(request, &mended)
		if job.Configuration != nil && job.Configuration.DryRun {
			given.replace(mended.Status, mended.Response())
			return
		}
		report(request, given.code, string(mended.Reason), mended.Message)
		m.failed.Store(address, mended.ErrorProto())
	}
	if failure, ok := m.failed.Load(address); ok {
		job.Status.ErrorResult = failure.(*bigquery.ErrorProto)
		job.Status.Errors = []*bigquery.ErrorProto{job.Status.ErrorResult}
		if body, err := json.Marshal(&job); err == nil {
			given.replace(given.code, body)
		}
	}
}

// correct says of an error of the emulator what it is one of.
func correct(request *http.Request, told *server.ServerError) {
	path := request.URL.Path
	told.Message = readable(told.Message)
	if told.Reason != server.InternalError && told.Reason != server.JobInternalError || broken.MatchString(told.Message) {
		return
	}
	switch {
	case absent.MatchString(told.Message):
		told.Status, told.Reason = http.StatusNotFound, server.NotFound
	case present.MatchString(told.Message):
		told.Status, told.Reason = http.StatusConflict, server.Duplicate
	case told.Reason == server.JobInternalError && !loading.MatchString(told.Message) && !uploads.MatchString(path):
		told.Status, told.Reason = http.StatusBadRequest, server.InvalidQuery
	case told.Reason == server.JobInternalError, resources.MatchString(path):
		told.Status, told.Reason = http.StatusBadRequest, server.Invalid
	default:
		told.Status, told.Reason = http.StatusNotImplemented, server.NotImplemented
	}
}

// readable is a message without the steps that led to it, with places as BigQuery writes them, and values as they were.
func readable(message string) string {
	message = position.ReplaceAllString(steps.ReplaceAllString(message, ""), "at [$1]")
	return packed.ReplaceAllStringFunc(message, func(value string) string {
		var content struct{ Body string }
		text, err := base64.StdEncoding.DecodeString(value)
		if err != nil || json.Unmarshal(text, &content) != nil {
			return value
		}
		return content.Body
	})
}

func report(request *http.Request, code int, reason, message string) {
	message = strings.Join(strings.Fields(message), " ")
	log.Printf("%s %s: %d %s: %s", request.Method, request.URL.Path, code, reason, message)
}
