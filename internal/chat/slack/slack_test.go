package slack

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/kernel/id"
)

var update = flag.Bool("update", false, "write what was made into testdata")

const (
	ada  = id.ID("01HZZZZZZZZZZZZZZZZZZZZADA")
	noor = id.ID("01HZZZZZZZZZZZZZZZZZZZN00R") // is not in Slack
)

var writer = Writer{
	Base: "https://muster.example.com",
	Person: func(user id.ID) string {
		if user == ada {
			return "U0ADA"
		}
		return ""
	},
	File: func(url string) string {
		if url == "/files/graph.png" {
			return "F0GRAPH"
		}
		return ""
	},
}

// golden compares what was made with testdata, as indented JSON.
func golden(t *testing.T, name string, made any) {
	t.Helper()
	data, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)+"\n"); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// check holds blocks to the limits that Slack documents.
func check(t *testing.T, blocks []slack.Block, most int) {
	t.Helper()
	if len(blocks) > most {
		t.Errorf("%d blocks", len(blocks))
	}
	data, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	c := checker{t: t, ids: map[string]int{}}
	c.walk("", tree)
	for name, count := range c.ids {
		if count > 1 {
			t.Errorf("%s stands %d times", name, count)
		}
	}
}

type checker struct {
	t   *testing.T
	ids map[string]int
}

func (c checker) walk(path string, node any) {
	switch node := node.(type) {
	case []any:
		most := map[string]int{"options": 100, "option_groups": 100, "fields": 10}
		if limit, limited := most[filepath.Base(path)]; limited && (len(node) > limit || len(node) == 0) {
			c.t.Errorf("%s has %d entries", path, len(node))
		}
		for i, n := range node {
			c.walk(path+"."+strconv.Itoa(i), n)
		}
	case map[string]any:
		kind, _ := node["type"].(string)
		elements, _ := node["elements"].([]any)
		switch {
		case kind == "actions" && (len(elements) > 25 || len(elements) == 0), kind == "context" && (len(elements) > 10 || len(elements) == 0):
			c.t.Errorf("%s has %d elements", kind, len(elements))
		}
		for name, limit := range map[string]int{"text": 3000, "action_id": 255, "block_id": 255, "value": 2000, "image_url": 3000, "alt_text": 2000, "initial_value": 3000} {
			text, there := node[name].(string)
			if length := utf8.RuneCountInString(text); there && (length > limit || length == 0) {
				c.t.Errorf("%s/%s has %d characters", path, name, length)
			}
		}
		if id, there := node["action_id"].(string); there && kind == "button" {
			c.ids[id]++
		}
		if id, there := node["block_id"].(string); there {
			c.ids["block "+id]++
		}
		for name, n := range node {
			c.walk(filepath.Join(path, name), n)
		}
	}
}
