package ssojetm2m

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-resty/resty/v2"
)

func newClient(t *testing.T, api *apiStub) *resty.Client {
	t.Helper()
	config := testConfig()
	client, err := NewClient(newProvider(t, config, api), config.APIURL, api)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestPathVectors(t *testing.T) {
	rows := readVectors(t).Paths
	need(t, len(rows))
	api := &apiStub{}
	client := newClient(t, api)
	withToken := 0
	for _, row := range rows {
		before := len(api.sent)
		_, err := client.R().Get(strings.ReplaceAll(row.Path, "{decoy}", "evil.example"))
		if err != nil {
			continue // refused
		}
		for _, request := range api.sent[before:] {
			if request.Header.Get("Authorization") == "" {
				continue
			}
			withToken++
			if !strings.HasPrefix(request.URL.String(), "https://api.example/v1/") {
				t.Errorf("%s: the token was sent to %s", row.Name, request.URL)
			}
		}
	}
	if withToken < len(rows)/2 {
		t.Errorf("%d of %d paths had a token", withToken, len(rows))
	}
}

// resty copies the body of a request, so that it can be sent again, a stream's too.
func TestA401IsAnsweredWithTheBodySentAgain(t *testing.T) {
	for name, body := range map[string]any{
		"a value":  map[string]int{"quantity": 1},
		"a stream": io.MultiReader(strings.NewReader(`{"quantity":1}`)),
	} {
		api := &apiStub{statuses: []int{http.StatusUnauthorized}}
		response, err := newClient(t, api).R().SetBody(body).Post("/orders")
		if err != nil || response.StatusCode() != http.StatusOK {
			t.Fatalf("%s: %v, %v", name, response, err)
		}
		if len(api.bodies) != 2 || api.bodies[0] != `{"quantity":1}` || api.bodies[1] != api.bodies[0] {
			t.Errorf("%s: bodies %q", name, api.bodies)
		}
		api.wantSent(t, "token-1", "token-2")
	}
}

// resty's debug log and its curl lines show what it knows, and the token is added below it.
func TestDebugShowsNoToken(t *testing.T) {
	var log bytes.Buffer
	client := newClient(t, &apiStub{}).SetDebug(true).EnableGenerateCurlOnDebug().SetLogger(logger{&log})
	response, err := client.R().Get("/orders")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&log, "%v %+v %s", client, response.Request.RawRequest, response.Request.GenerateCurlCommand())
	if !strings.Contains(log.String(), "curl -X GET") || strings.Contains(log.String(), "token-1") {
		t.Errorf("log: %s", log.String())
	}
}

type logger struct{ io.Writer }

func (l logger) Errorf(format string, values ...any) { fmt.Fprintf(l, format, values...) }
func (l logger) Warnf(format string, values ...any)  { fmt.Fprintf(l, format, values...) }
func (l logger) Debugf(format string, values ...any) { fmt.Fprintf(l, format, values...) }
