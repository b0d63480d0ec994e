package ssojetm2m

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AuthMethod is how the client shows its secret to the token endpoint.
type AuthMethod string

const (
	ClientSecretPost  AuthMethod = "client_secret_post" // the default
	ClientSecretBasic AuthMethod = "client_secret_basic"

	defaultTokenURL = "https://api.ssojet.com/oauth/token"
)

// How errors name a setting: by its field and by its variable.
const (
	clientSecretName = "ClientSecret (SSOJET_CLIENT_SECRET)"
	apiURLName       = "APIURL (SSOJET_API_URL)"

	missingOrEmpty = "missing or empty: "
)

// Secret is called for each token request, so that a rotated secret is used without a restart. It
// should heed ctx. It is a function because that prints as an address, never as the secret.
type Secret func(ctx context.Context) (string, error)

// StaticSecret is a secret that stays the same.
func StaticSecret(secret string) Secret {
	return func(context.Context) (string, error) { return secret, nil }
}

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Config is filled in by code or by [ConfigFromEnv]. [NewTokenProvider] checks it.
type Config struct {
	ClientID     string
	ClientSecret Secret     `json:"-"` // encoding/json has no form for a function
	APIURL       string     // base URL of the protected API
	TokenURL     string     // optional
	Scopes       []string   // optional
	Audience     string     // optional
	AuthMethod   AuthMethod // optional
}

// ConfigFromEnv reads the SSOJET_* variables and checks them. An empty variable counts as absent.
func ConfigFromEnv() (Config, error) {
	secret := os.Getenv("SSOJET_CLIENT_SECRET")
	config := Config{
		ClientID:     os.Getenv("SSOJET_CLIENT_ID"),
		ClientSecret: StaticSecret(secret),
		APIURL:       os.Getenv("SSOJET_API_URL"),
		TokenURL:     os.Getenv("SSOJET_TOKEN_URL"),
		Scopes:       strings.Fields(os.Getenv("SSOJET_SCOPE")),
		Audience:     os.Getenv("SSOJET_AUDIENCE"),
		AuthMethod:   AuthMethod(os.Getenv("SSOJET_AUTH_METHOD")),
	}
	return config.checked(credentialFault(clientSecretName, secret))
}

// checked returns a copy with the defaults filled in, or one error that names all that is wrong.
func (c Config) checked(faults ...string) (Config, error) {
	c.TokenURL = cmp.Or(c.TokenURL, defaultTokenURL)
	c.AuthMethod = cmp.Or(c.AuthMethod, ClientSecretPost)
	c.Scopes = strings.Fields(strings.Join(c.Scopes, " "))
	if c.ClientSecret == nil {
		faults = append(faults, missingOrEmpty+clientSecretName)
	}
	if c.AuthMethod != ClientSecretPost && c.AuthMethod != ClientSecretBasic {
		faults = append(faults, "AuthMethod (SSOJET_AUTH_METHOD) must be client_secret_post or client_secret_basic")
	}
	faults = append(faults,
		credentialFault("ClientID (SSOJET_CLIENT_ID)", c.ClientID),
		unicodeFault("Scopes (SSOJET_SCOPE)", strings.Join(c.Scopes, " ")),
		unicodeFault("Audience (SSOJET_AUDIENCE)", c.Audience),
		urlFault("TokenURL (SSOJET_TOKEN_URL)", c.TokenURL),
		apiURLFault(c.APIURL),
	)
	faults = slices.DeleteFunc(faults, func(fault string) bool { return fault == "" })
	if len(faults) > 0 {
		return Config{}, configurationError(strings.Join(faults, "; "))
	}
	return c, nil
}

func unicodeFault(name, value string) string {
	if utf8.ValidString(value) {
		return ""
	}
	return name + " is not valid UTF-8"
}

var controlCharacter = regexp.MustCompile(`\p{Cc}`)

func credentialFault(name, value string) string {
	if value == "" {
		return missingOrEmpty + name
	}
	if found := controlCharacter.FindString(value); found != "" {
		return fmt.Sprintf("%s has the control character %+q in it, perhaps the line end of a file", name, found)
	}
	return unicodeFault(name, value)
}

// url.Parse mends a space, takes a backslash in a path and drops an empty fragment.
var unfitForURL = regexp.MustCompile(`[ \\#\p{Cc}]`)

// urlFault does not repeat the URL: there may be a password in it.
func urlFault(name, text string) string {
	if text == "" {
		return missingOrEmpty + name
	}
	address, err := url.Parse(text)
	if unfitForURL.MatchString(text) || !utf8.ValidString(text) {
		return name + " has a fragment, white space, a backslash, a control character or invalid UTF-8 in it"
	}
	if err != nil || address.Hostname() == "" || address.User != nil || !isPort(address.Port()) {
		return name + " must be a URL with a host, no user name, and a port from 1 to 65535 if any"
	}
	isLocal := address.Scheme == "http" && isLoopback(address.Hostname())
	if address.Scheme != "https" && !isLocal {
		return name + " must be https (http is for localhost, 127.0.0.0/8 and [::1] alone)"
	}
	return ""
}

func apiURLFault(text string) string {
	if strings.Contains(text, "?") {
		return apiURLName + " has a query"
	}
	return urlFault(apiURLName, text)
}

// isPort is given what url.Parse found to be digits, or nothing.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || (err == nil && port[0] != '0')
}

// isLoopback accepts nothing that http.ProxyFromEnvironment would send through a proxy: it knows
// localhost in lower case alone, and no address with a zone.
func isLoopback(host string) bool {
	address, _ := netip.ParseAddr(host) // the zero Addr for a name: it is no loopback
	return host == "localhost" || (address.IsLoopback() && address.Zone() == "")
}
