// Package ssojetm2m calls an API that SSOJet protects, from a service with no user present: the OAuth
// 2.0 client-credentials grant (RFC 6749, section 4.4) for resty.
//
// A [TokenProvider] gets the token and keeps it, a [Transport] adds it to requests for the API's
// origin, and [NewClient] makes a [resty.Client] of both.
package ssojetm2m

import (
	"net/http"

	"github.com/go-resty/resty/v2"
)

// NewClient sends nothing yet. It returns an ordinary client for one API, but for three things: its
// base URL is set, it has no cookie jar, and resty's SetProxy, SetTLSClientConfig and the like find no
// [http.Transport] to change. Do that to a transport of your own and give it as base; nil is a copy of
// [http.DefaultTransport] with the limits of this package.
func NewClient(tokens TokenSource, apiURL string, base http.RoundTripper) (*resty.Client, error) {
	transport, err := NewTransport(tokens, apiURL, base)
	if err != nil {
		return nil, err
	}
	return resty.NewWithClient(&http.Client{Transport: transport}).SetBaseURL(apiURL), nil
}
