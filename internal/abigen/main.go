package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/gaib-go/gaib/internal/abigen/gen"
)

func main() {
	job, err := gen.ParseJob(".", os.Args[1:], os.Stderr)
	if err == nil {
		err = job.Run()
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
