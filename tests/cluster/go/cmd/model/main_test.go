// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(t *testing.T, body string) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	routes().ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(body)))
	if recorder.Code != http.StatusOK {
		t.Fatalf("%d %s", recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

func TestChat(t *testing.T) {
	context := `{"role":"user","content":"<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>> ping:wrong"}`
	for name, given := range map[string]struct{ body, want string }{
		"ping, the agent's own context ignored": {`{"messages":[{"role":"user","content":"[10:00] ping:abc-42"},` + context + `]}`, `"content":"pong:abc-42"`},
		"content in parts":                      {`{"messages":[{"role":"user","content":[{"type":"text","text":"ping:parts"}]}]}`, `"content":"pong:parts"`},
		"a command becomes a tool call":         {`{"messages":[{"role":"user","content":"run:id -u"}]}`, `"arguments":"{\"command\":\"id -u\"}"`},
		"the tool's output comes back":          {`{"messages":[{"role":"user","content":"run:id -u"},{"role":"tool","content":"1000"}]}`, `"content":"tool-said:1000"`},
		"the next question is a new one":        {`{"messages":[{"role":"user","content":"run:id"},{"role":"tool","content":"0"},{"role":"user","content":"run:pwd"}]}`, `\"pwd\"`},
		"everything else":                       {`{"messages":[{"role":"user","content":"Who are you?"}]}`, "stand-in model"},
		"a stream ends properly":                {`{"stream":true,"messages":[{"role":"user","content":"ping:s"}]}`, "data: [DONE]\n\n"},
		"slow":                                  {`{"messages":[{"role":"user","content":"slow:0"}]}`, `"content":"slept"`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ask(t, given.body); !strings.Contains(got, given.want) {
				t.Errorf("got %s, want %s in it", got, given.want)
			}
		})
	}
}
