// Command bigquery-emulator stands in for BigQuery on a machine without containers.
//
// It serves goccy's emulator, and mends in its answers what Google's clients would take for a failure of the service,
// and try again for ten minutes, where it is a mistake of whoever calls:
//
//   - What is wrong with a query is said at once, as an invalid query, a table that is not found, or a duplicate; of a
//     job, also when it is asked for later, and of a dry run, instead of a job (answers.go).
//   - A dataset that is there already is a duplicate, and a table that cannot be made is invalid (answers.go).
//   - A row with an unknown field, or without a required one, is refused with its index and the field's name, and the
//     other rows of the request with it, unless invalid rows are to be skipped (rows.go).
//   - What the emulator cannot do is not implemented, and stays so (answers.go).
//
// Each refusal is one line of its log.
//
// What stays different from the real service:
//
//   - Queries of what is missing in the emulator's SQL are invalid queries, and a few invalid ones are answered.
//   - SQL writes rows without required columns.
//   - A value that does not fit its column may be taken for one that does. If it is refused, so are all rows of the
//     request, for the same reason: the emulator does not say which one it was.
//   - There are no permissions and no quotas, and names of datasets, tables and columns are hardly checked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/goccy/bigquery-emulator/server"
	"github.com/goccy/bigquery-emulator/types"
)

// The version of goccy's emulator, which the linker sets.
var version = "unknown"

func main() {
	project := flag.String("project", "", "the project that there is")
	host := flag.String("host", "127.0.0.1", "address to listen on")
	port := flag.Uint("port", 9050, "port of the REST API; 0 takes a free one")
	storagePort := flag.Uint("grpc-port", 9060, "port of the storage API; 0 takes a free one")
	database := flag.String("database", "", "file to keep tables in; without it, they are gone when the program ends")
	contents := flag.String("data-from-yaml", "", "file with datasets and tables to begin with")
	printVersion := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *printVersion {
		fmt.Println("bigquery-emulator", version)
		return
	}
	at := func(port uint) string { return net.JoinHostPort(*host, strconv.FormatUint(uint64(port), 10)) }
	if err := serve(*project, *database, *contents, at(*port), at(*storagePort)); err != nil {
		fmt.Fprintln(os.Stderr, "bigquery-emulator:", err)
		os.Exit(1)
	}
}

// serve answers until it is told to end.
func serve(project, database, contents, address, storageAddress string) error {
	if project == "" {
		return errors.New("--project is missing")
	}
	storage := server.TempStorage
	if database != "" {
		storage = server.Storage(fmt.Sprintf("file:%s?cache=shared", database))
	}
	emulator, err := server.New(storage)
	if err != nil {
		return err
	}
	// What it has to say about answers is said where they are mended.
	if err := emulator.SetLogLevel(server.LogLevelFatal); err != nil {
		return err
	}
	if err := emulator.SetProject(project); err != nil {
		return err
	}
	sources := []server.Source{server.StructSource(types.NewProject(project))}
	if contents != "" {
		sources = append(sources, server.YAMLSource(contents))
	}
	if err := emulator.Load(sources...); err != nil {
		return err
	}
	emulator.Handler = &mender{next: emulator.Handler}
	emulator.SetListenCallback(func(address, storageAddress string) {
		fmt.Println("bigquery-emulator listens on", address, "and, for the storage API, on", storageAddress)
	})

	ended := make(chan error, 1)
	go func() { ended <- emulator.Serve(context.Background(), address, storageAddress) }()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if err := emulator.Stop(context.Background()); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
