// A server of MongoDB's protocol with SQLite inside: main FOLDER.
//
// It keeps its data in the folder, listens on mongo.sock there, prints its URL when it
// does, and ends at SIGTERM or with its standard input.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	folder := os.Args[1]
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: filepath.Join(folder, "mongo.sock")},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	until, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	fmt.Println(server.MongoDBURI())
	if err := server.Run(until); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
