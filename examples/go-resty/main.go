// Command orders calls GET /orders of the API in SSOJET_API_URL and prints the answer. Another path
// may follow as an argument.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"example.com/orders/ssojetm2m"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path := "/orders"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	if err := run(ctx, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path string) error {
	config, err := ssojetm2m.ConfigFromEnv()
	if err != nil {
		return err
	}
	tokens, err := ssojetm2m.NewTokenProvider(config, nil)
	if err != nil {
		return err
	}
	client, err := ssojetm2m.NewClient(tokens, config.APIURL, nil)
	if err != nil {
		return err
	}
	defer client.GetClient().CloseIdleConnections()

	response, err := client.R().SetContext(ctx).Get(path)
	if err != nil {
		return err
	}
	fmt.Println(response.String())
	if response.IsError() {
		return fmt.Errorf("the API answered %s", response.Status())
	}
	return nil
}
