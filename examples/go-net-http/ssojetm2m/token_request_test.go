package ssojetm2m

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestBuildTokenRequest(t *testing.T) {
	config := testConfig()
	config.TokenURL += "?tenant=1"
	config.Scopes, config.Audience = []string{"read", "write"}, "orders"
	request := buildTokenRequest(t.Context(), config, "secret")
	want := "audience=orders&client_id=cli_test&client_secret=secret&grant_type=client_credentials&scope=read+write"
	if form := readForm(t, request).Encode(); form != want || request.Method != http.MethodPost || request.URL.RawQuery != "tenant=1" {
		t.Errorf("form %s, request %v", form, request)
	}
}

func parse(status int, body string) (time.Duration, *Error) {
	unwanted := []string{testSecret, url.QueryEscape(testSecret)}
	_, lifetime, failure := parseTokenResponse("sso.example", answerOf(status, ""), []byte(body), unwanted)
	return lifetime, failure
}

func TestLifetimesThatWouldOverflow(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`1e999`: longestLifetime, `"99999999999999999999"`: longestLifetime, `99999999999`: longestLifetime, `3.6e3`: time.Hour,
		`-1e999`: 0, `-99999999999`: 0, `-9223372036854775808`: 0, `0.9`: 0, `[5]`: 0, `"Inf"`: 0, `"0x10"`: 0,
	} {
		lifetime, failure := parse(200, `{"access_token":"t","expires_in":`+text+`}`)
		if lifetime != want || (failure == nil) != (want > 0) {
			t.Errorf("%s: %v, %v; want %v", text, lifetime, failure, want)
		}
	}
}

func TestOAuthErrorsGiveNothingAway(t *testing.T) {
	_, failure := parse(503, `{"error":"inva\u0007lid_client","error_description":"`+strings.Repeat("é", 300)+
		`","error_uri":"https://e/?`+url.QueryEscape(testSecret)+`"}`)
	if failure.Kind != KindOAuth || failure.Status != 503 || !failure.Retryable || failure.Code != "invalid_client" {
		t.Errorf("failure %+v", *failure)
	}
	if failure.Description != strings.Repeat("é", 256) || failure.URI != "[removed]" || !strings.Contains(failure.Message, "client_secret_basic") {
		t.Errorf("failure %+v", *failure)
	}
	_, failure = parse(400, `{"error":"x","error_description":"token abcdefgh","access_token":"abcdefgh"}`)
	if failure.Description != "[removed]" {
		t.Errorf("description %q", failure.Description)
	}
	_, failure = parse(400, `{"error":"invalid_scope"}`)
	if failure.Message != "the token endpoint at sso.example refused: invalid_scope" {
		t.Errorf("message %q", failure.Message)
	}
}

func TestTransportErrorsSayWhy(t *testing.T) {
	refused := newServer(t, nil)
	refused.Close()
	proxy := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) })
	throughProxy, _ := transportOrDefault(nil).(*http.Transport)
	throughProxy.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	noHTTP := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nthe body\r\n\r\n")
		_ = connection.Close()
	})
	failing := func(err error) stub {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	for _, row := range []struct {
		tokenURL    string
		transport   http.RoundTripper
		want        string
		isRetryable bool
	}{
		{refused.URL, nil, "refused", true},
		{noHTTP.URL, nil, "not HTTP", true},
		{"https://sso.example", throughProxy, "status 407", true},
		{"https://sso.example", failing(&net.DNSError{Err: "no such host", Name: "auth-tls"}), "auth-tls: no such host", true},
		{"https://sso.example", failing(&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}), "bad certificate", false},
		{"https://sso.example", failing(io.EOF), "EOF", true},
		{"https://sso.example", failing(errors.New("no responder found")), "no responder found", true},
		{"https://sso.example", failing(nil), "<nil>", true}, // neither an answer nor an error
	} {
		config := testConfig()
		config.TokenURL = row.tokenURL
		host := strings.TrimPrefix(strings.TrimPrefix(row.tokenURL, "http://"), "https://")
		_, failure := requestToken(t.Context(), transportOrDefault(row.transport), config, testSecret)
		if failure == nil || failure.Kind != KindTransport || failure.Retryable != row.isRetryable {
			t.Fatalf("%s: %#v", row.want, failure)
		}
		if !strings.Contains(failure.Message, row.want) || !strings.Contains(failure.Message, host) || strings.Contains(failure.Message, "the body") {
			t.Errorf("want %q, got %q", row.want, failure.Message)
		}
	}
}
