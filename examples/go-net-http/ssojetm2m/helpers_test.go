package ssojetm2m

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const testSecret = "s3cret:with+odd&=%/ \"é"

func testConfig() Config {
	return Config{
		ClientID:     "cli_test",
		ClientSecret: StaticSecret(testSecret),
		TokenURL:     "https://sso.example/token",
		APIURL:       "https://api.example/v1",
		AuthMethod:   ClientSecretPost,
	}
}

func newProvider(t *testing.T, config Config, transport http.RoundTripper) *TokenProvider {
	t.Helper()
	tokens, err := NewTokenProvider(config, transport)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func newServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// stub is the smallest way to answer without a server: an http.RoundTripper.
type stub func(*http.Request) (*http.Response, error)

func (s stub) RoundTrip(request *http.Request) (*http.Response, error) { return s(request) }

func answerOf(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func respondWith(status int) func() (*http.Response, error) {
	return func() (*http.Response, error) { return answerOf(status, ""), nil }
}

// tokenEndpoint answers token-1, token-2, … and counts. The requests from failFrom on, but before
// failUntil, are answered by fail.
type tokenEndpoint struct {
	requests  atomic.Int64
	lifetime  int // seconds; 600 if it is 0
	delay     time.Duration
	failFrom  int64
	failUntil int64
	fail      func() (*http.Response, error)
}

func (e *tokenEndpoint) RoundTrip(request *http.Request) (*http.Response, error) {
	number := e.requests.Add(1)
	select {
	case <-time.After(e.delay):
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
	isFailing := e.failFrom != 0 && number >= e.failFrom && (e.failUntil == 0 || number < e.failUntil)
	if isFailing {
		return e.fail()
	}
	lifetime := e.lifetime
	if lifetime == 0 {
		lifetime = 600
	}
	return answerOf(200, fmt.Sprintf(`{"access_token":"token-%d","expires_in":%d}`, number, lifetime)), nil
}

func (e *tokenEndpoint) wantRequests(t *testing.T, want int64) {
	t.Helper()
	if got := e.requests.Load(); got != want {
		t.Errorf("%d token requests, want %d", got, want)
	}
}

func wantKind(t *testing.T, err error, kind Kind) *Error {
	t.Helper()
	var tokenError *Error
	if !errors.As(err, &tokenError) || tokenError.Kind != kind {
		t.Fatalf("error %v, want one of kind %s", err, kind)
	}
	return tokenError
}

func wantToken(t *testing.T, tokens *TokenProvider, want string) {
	t.Helper()
	got, err := tokens.Token(t.Context())
	if err != nil || got != want {
		t.Errorf("token %q, error %v; want %q", got, err, want)
	}
}
