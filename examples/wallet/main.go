// Command wallet is a small wallet back end with a page: accounts of several people on two embedded chains, what they have
// at both NAVs, and what happened to them, also when a chain is reorganised. A transaction is prepared, explained, signed,
// sent and followed until it is mined.
//
//	go run ./examples/wallet
//
// It listens on loopback only, and needs no node. The keys it signs with are those of the embedded chains' test accounts,
// which everyone knows: they stand in for the user's own wallet, see demo.go. The back end itself holds none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "wallet:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("wallet", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:8080", "loopback address to listen on; port 0 takes a free one")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	host, _, err := net.SplitHostPort(*addr)
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	if !loopback(host) {
		return fmt.Errorf("-addr: %q is not a loopback address; the keys here are public, so use 127.0.0.1, ::1 or localhost", host)
	}
	fmt.Fprintln(out, "Starting two embedded chains.")
	demo, err := newDemo(ctx)
	if err != nil {
		return err
	}
	defer demo.close()
	w, err := newWallet(ctx, demo.people, demo.networks)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}

	// What goes on beyond a request, streams and transactions under way, ends before the chains do.
	life, end := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer end()
	w.start(life, &work)
	server := &http.Server{
		Handler:     newHandler(life, &work, w, demo),
		BaseContext: func(net.Listener) context.Context { return life },
		ReadTimeout: 10 * time.Second, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 2 * answerTime, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(out, "The wallet is at http://%s/\nStop with Ctrl-C.\n", listener.Addr())
	select {
	case err = <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		err = errors.Join(err, server.Close())
		return fmt.Errorf("stop: %w", err)
	}
	fmt.Fprintln(out, "Stopped.")
	return nil
}
