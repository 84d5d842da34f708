package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/testing/blockkit"
	"github.com/musterhq/muster/internal/testing/browser"
)

// scenes are what a test recorded of what Muster says in Slack.
const scenes = "internal/testing/scenario/testdata/slack"

// slackWidth is how wide a window of Slack is drawn; its height is what is in it.
const slackWidth = 760

// takeSlack draws each scene and takes a picture of it.
func takeSlack(b *browser.Browser) error {
	files, err := filepath.Glob(filepath.Join(scenes, "*.json"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	pages := http.NewServeMux()
	pages.Handle("GET /files/", http.StripPrefix("/files/", http.FileServer(http.Dir(scenes))))
	var names []string
	for _, file := range files {
		page, err := drawn(file)
		if err != nil {
			return fmt.Errorf("draw %s: %w", file, err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		names = append(names, name)
		pages.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(page))
		})
	}
	pages.HandleFunc("GET /favicon.ico", func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewServer(pages)
	defer server.Close()
	return browser.Walk("slack", func(t browser.Test) error {
		tab := b.Open(t, "reader", server.URL, browser.Look{Width: slackWidth, Height: 100, Scale: 1.5})
		for _, name := range names {
			tab.Wear(browser.Look{Width: slackWidth, Height: 100, Scale: 1.5})
			tab.Go("/" + name)
			tab.Wear(browser.Look{Width: slackWidth, Height: browser.Eval[int64](tab, "Math.ceil(document.body.getBoundingClientRect().height)"), Scale: 1.5})
			keep(t, tab, "slack-"+name)
		}
		return nil
	})
}

func drawn(file string) (string, error) {
	recorded, err := os.ReadFile(file) //nolint:gosec // part of the repository
	if err != nil {
		return "", err
	}
	var scene blockkit.Scene
	if err := json.Unmarshal(recorded, &scene); err != nil {
		return "", err
	}
	return blockkit.Page(scene, func(name string) string { return "/files/" + name })
}
