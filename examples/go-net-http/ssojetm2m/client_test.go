package ssojetm2m

import (
	"net/http"
	"strings"
	"testing"
)

func TestNewRequestKeepsThePathOfTheAPIURL(t *testing.T) {
	for path, want := range map[string]string{
		"/orders":    "https://api.example/v1/orders",
		"orders?a=b": "https://api.example/v1/orders?a=b",
		"//evil/x":   "https://api.example/v1/evil/x",
	} {
		for _, apiURL := range []string{"https://api.example/v1", "https://api.example/v1/"} {
			client, err := NewClient(fixedToken("t"), apiURL, nil)
			if err != nil {
				t.Fatal(err)
			}
			request, err := client.NewRequest(t.Context(), http.MethodGet, path, nil)
			if err != nil || request.URL.String() != want {
				t.Errorf("%q: %v, %v; want %s", path, request, err, want)
			}
		}
	}
}

func TestPathVectors(t *testing.T) {
	rows := readVectors(t).Paths
	need(t, len(rows))
	api := &apiStub{}
	client, err := NewClient(fixedToken("t"), "https://api.example", api)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		path := strings.ReplaceAll(row.Path, "{decoy}", "evil.example")
		request, err := client.NewRequest(t.Context(), http.MethodGet, path, nil)
		if err != nil {
			continue // refused
		}
		response, err := client.Do(request)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if host := api.sent[len(api.sent)-1].URL.Host; host != "api.example" {
			t.Errorf("%s: sent to %s", row.Name, host)
		}
	}
	if len(api.sent) < len(rows)/2 {
		t.Errorf("%d of %d paths were sent", len(api.sent), len(rows))
	}
}
