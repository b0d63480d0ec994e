// Package ssojetm2m calls an API that SSOJet protects, from a service with no user present: the OAuth
// 2.0 client-credentials grant (RFC 6749, section 4.4) for net/http.
//
// A [TokenProvider] gets the token and keeps it, a [Transport] adds it to requests for the API's
// origin, and a [Client] is an [http.Client] with both.
package ssojetm2m

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// Client is an [http.Client] for one API. All of http.Client is there: Do, Get, Timeout, Jar,
// CheckRedirect. A Timeout counts the wait for a token too, so let it be longer than that may take.
type Client struct {
	*http.Client
	apiURL string
}

// NewClient sends nothing yet. API requests go through base; nil is a copy of [http.DefaultTransport]
// with the limits of this package. To put the token into a client of your own, see [NewTransport].
func NewClient(tokens TokenSource, apiURL string, base http.RoundTripper) (*Client, error) {
	transport, err := NewTransport(tokens, apiURL, base)
	if err != nil {
		return nil, err
	}
	return &Client{Client: &http.Client{Transport: transport}, apiURL: strings.TrimRight(apiURL, "/")}, nil
}

// NewRequest makes a request for a path of the API, which may have a query. The path is appended to
// the API's URL with one slash between, so it names no other host.
func (c *Client) NewRequest(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, c.apiURL+"/"+strings.TrimLeft(path, "/"), body)
}
