// Command cached_token prints the cost of the held token beside a bare lock and clock compare.
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"sync"
	"time"

	"example.com/orders/ssojetm2m"
)

const rounds, calls = 300, 20_000

var (
	mu        sync.Mutex
	held      string
	expiresAt = time.Now().Add(time.Hour)
)

//go:noinline
func bare() string {
	mu.Lock()
	token := held
	if !time.Now().Before(expiresAt) {
		token = ""
	}
	mu.Unlock()
	return token
}

func nsPerCall(call func()) float64 {
	began := time.Now()
	for range calls {
		call()
	}
	return float64(time.Since(began).Nanoseconds()) / calls
}

func main() {
	config, err := ssojetm2m.ConfigFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := ssojetm2m.NewTokenProvider(config, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if held, err = tokens.Token(ctx); err != nil {
		log.Fatal(err)
	}
	ours, beside := math.Inf(1), math.Inf(1)
	for range rounds {
		ours = min(ours, nsPerCall(func() { _, _ = tokens.Token(ctx) }))
		beside = min(beside, nsPerCall(func() { _ = bare() }))
	}
	fmt.Printf("{\"ours_ns\": %f, \"bare_ns\": %f}\n", ours, beside)
}
