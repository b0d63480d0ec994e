package ssojetm2m

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
)

func ExampleNewClient() {
	mux := http.NewServeMux() // stands for the token endpoint and for the API
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"access_token":"a-token","token_type":"Bearer","expires_in":3600}`)
	})
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "orders, seen with "+r.Header.Get("Authorization"))
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	tokens, err := NewTokenProvider(Config{
		ClientID:     "cli_example",
		ClientSecret: StaticSecret("secret"),
		TokenURL:     server.URL + "/oauth/token",
		APIURL:       server.URL,
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	client, err := NewClient(tokens, server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.R().SetContext(context.Background()).Get("/orders")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.String())
	// Output: orders, seen with Bearer a-token
}

func ExampleError() {
	_, err := NewTokenProvider(Config{ClientID: "cli_example"}, nil)
	var tokenError *Error
	if errors.As(err, &tokenError) {
		fmt.Println(tokenError.Kind, tokenError.Retryable)
	}
	// Output: configuration false
}
