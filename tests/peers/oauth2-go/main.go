// Command oauth2-go is golang.org/x/oauth2/clientcredentials behind the driver protocol.
//
// The package is used as its documentation shows: one Config, whose TokenSource and http.Client
// renew the token by themselves, and an http.Client with a time limit in the context. What the
// package leaves to its user, reading the environment and joining URLs, is done as plainly as can be.
// https://pkg.go.dev/golang.org/x/oauth2/clientcredentials
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	timeout          = 10 * time.Second
	descriptionBytes = 32 * 1024
)

var (
	required    = []string{"SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET", "SSOJET_API_URL"}
	authMethods = map[string]oauth2.AuthStyle{
		"client_secret_post":  oauth2.AuthStyleInParams,
		"client_secret_basic": oauth2.AuthStyleInHeader,
	}
	// Statuses by which a server says that it is not available.
	unavailable = []int{408, 429, 500, 502, 503, 504}
)

type request struct {
	Op        string          `json:"op"`
	ID        json.RawMessage `json:"id"`
	N         *int            `json:"n"`
	Parallel  *int            `json:"parallel"`
	Method    string          `json:"method"`
	Path      string          `json:"path"`
	Body      *string         `json:"body"`
	TimeoutMS []*int          `json:"timeout_ms"`
}

type result struct {
	OK     bool     `json:"ok"`
	Token  string   `json:"token,omitempty"`
	Status int      `json:"status,omitempty"`
	Error  *problem `json:"error,omitempty"`
	MS     int64    `json:"ms"`
}

type problem struct {
	Kind    string  `json:"kind"`
	Code    *string `json:"code"`
	Status  *int    `json:"status"`
	Message string  `json:"message"`
}

type object = map[string]any

type driver struct {
	config *clientcredentials.Config
	source oauth2.TokenSource
	client *http.Client
	apiURL string

	mu        sync.Mutex
	lastError error
}

func newDriver() (*driver, error) {
	var missing []string
	for _, name := range required {
		if os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("missing: %s", strings.Join(missing, ", "))
	}
	style, known := authMethods[setting("SSOJET_AUTH_METHOD", "client_secret_post")]
	if !known {
		return nil, errors.New("SSOJET_AUTH_METHOD must be client_secret_post or client_secret_basic")
	}
	config := &clientcredentials.Config{
		ClientID:     os.Getenv("SSOJET_CLIENT_ID"),
		ClientSecret: os.Getenv("SSOJET_CLIENT_SECRET"),
		TokenURL:     setting("SSOJET_TOKEN_URL", "https://api.ssojet.com/oauth/token"),
		Scopes:       strings.Fields(os.Getenv("SSOJET_SCOPE")),
		AuthStyle:    style,
	}
	if audience := os.Getenv("SSOJET_AUDIENCE"); audience != "" {
		config.EndpointParams = url.Values{"audience": {audience}}
	}
	d := &driver{config: config, apiURL: os.Getenv("SSOJET_API_URL")}
	d.renew()
	return d, nil
}

// renew begins with a new TokenSource, the one way to be rid of a token: a given one cannot be dropped.
func (d *driver) renew() {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Timeout: timeout})
	d.source = d.config.TokenSource(ctx)
	d.client = oauth2.NewClient(ctx, d.source) // what config.Client(ctx) does
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func (d *driver) reply(line []byte) object {
	var req request
	answer := object{"unsupported": true}
	if json.Unmarshal(line, &req) == nil {
		switch req.Op {
		case "token":
			answer = d.repeated(req, d.token)
		case "call":
			answer = d.repeated(req, func(ctx context.Context) (result, error) { return d.call(ctx, req) })
		case "invalidate":
			d.renew()
			answer = object{"ok": true}
		case "describe":
			answer = d.describe()
		}
	}
	if req.ID != nil {
		answer["id"] = req.ID
	}
	return answer
}

// A TokenSource takes no context: a caller that wants to give up has no way to say so.
func (d *driver) token(context.Context) (result, error) {
	token, err := d.source.Token()
	if err != nil {
		return result{}, err
	}
	return result{Token: token.AccessToken}, nil
}

func (d *driver) call(ctx context.Context, req request) (result, error) {
	target := strings.TrimRight(d.apiURL, "/") + "/" + strings.TrimLeft(req.Path, "/")
	var body io.Reader
	if req.Body != nil {
		body = strings.NewReader(*req.Body)
	}
	outgoing, err := http.NewRequestWithContext(ctx, req.Method, target, body)
	if err != nil {
		return result{}, configurationError{err}
	}
	if req.Body != nil {
		outgoing.Header.Set("Content-Type", "application/json")
	}
	response, err := d.client.Do(outgoing)
	if err != nil {
		return result{}, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return result{}, &url.Error{Op: "Read", URL: target, Err: err}
	}
	return result{Status: response.StatusCode}, nil
}

// repeated does it n times, parallel at once; results in the order of the starts.
func (d *driver) repeated(req request, once func(context.Context) (result, error)) object {
	results := make([]result, count(req.N))
	indexes := make(chan int)
	var workers sync.WaitGroup
	for range count(req.Parallel) {
		workers.Go(func() {
			for i := range indexes {
				results[i] = d.timed(limit(req.TimeoutMS, i), once)
			}
		})
	}
	for i := range results {
		indexes <- i
	}
	close(indexes)
	workers.Wait()
	return object{"results": results}
}

func count(n *int) int {
	if n == nil {
		return 1
	}
	return *n
}

func limit(timeouts []*int, i int) *int {
	if i < len(timeouts) {
		return timeouts[i]
	}
	return nil
}

func (d *driver) timed(limitMS *int, once func(context.Context) (result, error)) result {
	ctx := context.Background()
	if limitMS != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*limitMS)*time.Millisecond)
		defer cancel()
	}
	began := time.Now()
	done, err := once(ctx)
	if err != nil {
		d.mu.Lock()
		d.lastError = err
		d.mu.Unlock()
		done.Error = describedProblem(err, ctx.Err() != nil)
	}
	done.OK = err == nil
	done.MS = time.Since(began).Milliseconds()
	return done
}

type configurationError struct{ error }

func describedProblem(err error, isGivenUp bool) *problem {
	described := &problem{Kind: "protocol", Message: err.Error()}
	var configuration configurationError
	var retrieve *oauth2.RetrieveError
	var transport *url.Error
	switch {
	case errors.As(err, &configuration):
		described.Kind = "configuration"
	case isGivenUp:
		described.Kind = "cancelled"
	case errors.As(err, &retrieve):
		described.Status = &retrieve.Response.StatusCode
		if retrieve.ErrorCode != "" {
			described.Kind, described.Code = "oauth", &retrieve.ErrorCode
		} else if slices.Contains(unavailable, *described.Status) {
			described.Kind = "transport"
		}
	case errors.As(err, &transport) && !strings.HasPrefix(transport.Err.Error(), "oauth2: "):
		described.Kind = "transport"
	}
	return described
}

func (d *driver) describe() object {
	var text strings.Builder
	for _, thing := range []any{d.config, d.client, d.lastError} {
		fmt.Fprintf(&text, "%v\n%+v\n%#v\n", thing, thing, thing)
		form, err := json.Marshal(thing)
		fmt.Fprintln(&text, string(form), err)
	}
	described := text.String()
	return object{"text": described[:min(len(described), descriptionBytes)]}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == "golang.org/x/oauth2" {
				return dependency.Version
			}
		}
	}
	return "unknown"
}

func main() {
	out := json.NewEncoder(os.Stdout)
	d, err := newDriver()
	if err != nil {
		out.Encode(object{"ready": false, "error": describedProblem(configurationError{err}, false)})
		os.Exit(1)
	}
	out.Encode(object{
		"ready":        true,
		"protocol":     1,
		"language":     "go",
		"client":       "x/oauth2",
		"versions":     object{"go": runtime.Version(), "golang.org/x/oauth2": version()},
		"capabilities": []string{"parallel", "cancel"},
	})
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			out.Encode(d.reply(line))
		}
		if err != nil {
			return
		}
	}
}
