// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command model is the demo's stand-in for a language model: an OpenAI-compatible server that needs no key and no GPU.
//
// What it answers depends on the last thing the user said:
//
//	ping:WORD     pong:WORD
//	slow:SECONDS  waits that long, then answers "slept" (for shutdown tests)
//	run:COMMAND   asks the agent to run the command with its exec tool, then answers "tool-said:" and the output
//	anything else one friendly sentence that says what this is
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	modelName = "echo-1"
	greeting  = "Hello! I am the demo's stand-in model: no real AI, but your question went through the gateway to a model and back. " +
		"To get real answers, point the inventory at a real provider."
	// The agent appends context of its own as a user message; it is not what the user said.
	internalContext = "<<<BEGIN_OPENCLAW_INTERNAL"
)

var (
	pingPattern = regexp.MustCompile(`ping:(\S+)`)
	runPattern  = regexp.MustCompile(`run:(.+)`)
	slowPattern = regexp.MustCompile(`slow:(\d+)`)
)

type message struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// text returns a message's words, whether the content is one string or a list of parts.
func (m message) text() string {
	var plain string
	if json.Unmarshal(m.Content, &plain) == nil {
		return plain
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(m.Content, &parts) != nil {
		return ""
	}
	words := make([]string, 0, len(parts))
	for _, part := range parts {
		words = append(words, part.Text)
	}
	return strings.Join(words, " ")
}

type request struct {
	Model    string    `json:"model"`
	Stream   bool      `json:"stream"`
	Messages []message `json:"messages"`
}

// answer is a text, or a command that the agent shall run.
type answer struct {
	text    string
	command string
	delay   time.Duration
}

func answerTo(messages []message) answer {
	var said, toolSaid string
	for _, one := range messages {
		text := one.text()
		switch {
		case one.Role == "user" && !strings.HasPrefix(text, internalContext):
			said, toolSaid = text, ""
		case one.Role == "tool":
			toolSaid = text
		}
	}
	if found := pingPattern.FindStringSubmatch(said); found != nil {
		return answer{text: "pong:" + found[1]}
	}
	if found := runPattern.FindStringSubmatch(said); found != nil {
		if toolSaid != "" {
			return answer{text: "tool-said:" + toolSaid}
		}
		return answer{command: found[1]}
	}
	if found := slowPattern.FindStringSubmatch(said); found != nil {
		seconds, _ := strconv.Atoi(found[1])
		return answer{text: "slept", delay: time.Duration(seconds) * time.Second}
	}
	return answer{text: greeting}
}

// reply returns the assistant's message (or, streamed, its delta) and why it ended.
func (a answer) reply() (map[string]any, string) {
	if a.command == "" {
		return map[string]any{"role": "assistant", "content": a.text}, "stop"
	}
	arguments, _ := json.Marshal(map[string]string{"command": a.command})
	call := map[string]any{
		"index": 0, "id": "call_1", "type": "function",
		"function": map[string]any{"name": "exec", "arguments": string(arguments)},
	}
	return map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{call}}, "tool_calls"
}

func chat(writer http.ResponseWriter, incoming *http.Request) {
	var asked request
	if err := json.NewDecoder(incoming.Body).Decode(&asked); err != nil {
		writeJSON(writer, http.StatusBadRequest, map[string]any{"error": map[string]any{"message": err.Error(), "type": "invalid_request_error"}})
		return
	}
	given := answerTo(asked.Messages)
	select {
	case <-time.After(given.delay):
	case <-incoming.Context().Done():
		return
	}
	message, reason := given.reply()
	envelope := func(kind string, extra map[string]any) map[string]any {
		body := map[string]any{"id": "chatcmpl-demo", "object": kind, "created": time.Now().Unix(), "model": cmp.Or(asked.Model, modelName)}
		for key, value := range extra {
			body[key] = value
		}
		return body
	}
	usage := map[string]any{"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
	if !asked.Stream {
		choice := map[string]any{"index": 0, "message": message, "finish_reason": reason}
		writeJSON(writer, http.StatusOK, envelope("chat.completion", map[string]any{"choices": []any{choice}, "usage": usage}))
		return
	}
	writer.Header().Set("Content-Type", "text/event-stream")
	for _, extra := range []map[string]any{
		{"choices": []any{map[string]any{"index": 0, "delta": message, "finish_reason": nil}}},
		{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": reason}}},
		{"choices": []any{}, "usage": usage},
	} {
		chunk, _ := json.Marshal(envelope("chat.completion.chunk", extra))
		fmt.Fprintf(writer, "data: %s\n\n", chunk)
	}
	fmt.Fprint(writer, "data: [DONE]\n\n")
}

func writeJSON(writer http.ResponseWriter, code int, body any) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(code)
	if err := json.NewEncoder(writer).Encode(body); err != nil {
		log.Printf("cannot answer: %v", err)
	}
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", chat)
	mux.HandleFunc("GET /v1/models", func(writer http.ResponseWriter, _ *http.Request) {
		model := map[string]any{"id": modelName, "object": "model", "owned_by": "demo"}
		writeJSON(writer, http.StatusOK, map[string]any{"object": "list", "data": []any{model}})
	})
	mux.HandleFunc("GET /healthz", func(writer http.ResponseWriter, _ *http.Request) {
		writeJSON(writer, http.StatusOK, map[string]any{"ok": true})
	})
	return mux
}

func main() {
	server := &http.Server{Addr: cmp.Or(os.Getenv("HOST"), "0.0.0.0") + ":" + cmp.Or(os.Getenv("PORT"), "4010"), Handler: routes()}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	}()
	log.Printf("listening on %s", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
