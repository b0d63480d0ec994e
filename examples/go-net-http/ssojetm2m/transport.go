package ssojetm2m

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// TokenSource is what a [Transport] needs. [TokenProvider] is one, and so is a struct that embeds it; a
// test may have its own, for which a 401 of the API is returned as it is.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

// unauthorizedHandler is a TokenSource that may have another token when the API refuses one.
type unauthorizedHandler interface {
	handleUnauthorized(refused string) *tokenFuture
}

// Transport is an [http.RoundTripper] that adds the token to requests for the API's own origin. It
// sends every other request on as it is, and so one that has an Authorization header of yours.
type Transport struct {
	tokens    TokenSource
	apiOrigin string
	base      http.RoundTripper
}

// NewTransport sends through base; nil is a copy of [http.DefaultTransport] with the limits of this
// package. Several transports, for several APIs, may share one TokenProvider.
func NewTransport(tokens TokenSource, apiURL string, base http.RoundTripper) (*Transport, error) {
	if fault := apiURLFault(apiURL); fault != "" {
		return nil, configurationError(fault)
	}
	address, _ := url.Parse(apiURL) // apiURLFault has parsed it
	return &Transport{tokens: tokens, apiOrigin: originOf(address), base: transportOrDefault(base)}, nil
}

// RoundTrip is called for each hop of a redirect, so each has its origin looked at.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	_, hasOwn := request.Header["Authorization"]
	if hasOwn || originOf(request.URL) != t.apiOrigin {
		return t.base.RoundTrip(request)
	}
	token, err := t.tokens.Token(request.Context())
	if err != nil {
		if request.Body != nil {
			_ = request.Body.Close() // a RoundTripper has to, whatever happens
		}
		return nil, err
	}
	response, err := t.send(request, request.Body, token)
	handler, canGetAnother := t.tokens.(unauthorizedHandler)
	if err != nil || response == nil || response.StatusCode != http.StatusUnauthorized || !canGetAnother {
		return response, err
	}
	another := handler.handleUnauthorized(token)
	if another == nil || !canBeSentAgain(request) {
		return response, nil
	}
	go discard(response.Body) // nobody waits for it: the API may drip
	anotherToken, err := another.wait(request.Context())
	if err != nil {
		return nil, err
	}
	body := request.Body
	if request.GetBody != nil {
		if body, err = request.GetBody(); err != nil {
			return nil, err
		}
	}
	return t.send(request, body, anotherToken.value)
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] looks for.
func (t *Transport) CloseIdleConnections() {
	closeIdleConnections(t.base)
	closeIdleConnections(t.tokens)
}

// Format implements [fmt.Formatter], so that no verb looks into the TokenProvider.
func (*Transport) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "Transport") }

// send sends a copy, because a RoundTripper must not change the caller's request. The response names
// the caller's request, so that no dump and no outer layer that sends it again has our token.
func (t *Transport) send(request *http.Request, body io.ReadCloser, token string) (*http.Response, error) {
	authorized := request.Clone(request.Context())
	authorized.Body = body
	authorized.Header.Set("Authorization", "Bearer "+token)
	response, err := t.base.RoundTrip(authorized)
	if response != nil {
		response.Request = request
	}
	return response, err
}

func canBeSentAgain(request *http.Request) bool {
	hasBody := request.Body != nil && request.Body != http.NoBody
	isRedirected := request.Response != nil
	isSafe := request.Method == "" || request.Method == http.MethodGet || request.Method == http.MethodHead
	return (!hasBody || request.GetBody != nil) && (!isRedirected || isSafe)
}

// discard reads the rest of a short answer, so that its connection can be used again.
func discard(body io.ReadCloser) {
	if body != nil {
		closing := time.AfterFunc(drainTime, func() { _ = body.Close() })
		_, _ = io.CopyN(io.Discard, body, drainLimit)
		closing.Stop()
		_ = body.Close()
	}
}

func originOf(address *url.URL) string {
	defaultPort := map[string]string{"http": "80", "https": "443"}[address.Scheme]
	return address.Scheme + "://" + net.JoinHostPort(strings.ToLower(address.Hostname()), cmp.Or(address.Port(), defaultPort))
}

func transportOrDefault(given http.RoundTripper) http.RoundTripper {
	if given != nil {
		return given
	}
	standard, isStandard := http.DefaultTransport.(*http.Transport)
	if !isStandard {
		return http.DefaultTransport // replaced by the program, for tracing or by a stub
	}
	transport := standard.Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectLimit}).DialContext
	transport.ResponseHeaderTimeout = apiRequestLimit
	transport.MaxIdleConnsPerHost = connectionsPerHost
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter}
	transport.OnProxyConnectResponse = proxyError
	return transport
}

// proxyError says what net/http does not: that it was the proxy who refused.
func proxyError(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("the proxy %s answered with status %d", proxy.Host, answer.StatusCode)
}

func closeIdleConnections(holder any) {
	if closer, ok := holder.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
