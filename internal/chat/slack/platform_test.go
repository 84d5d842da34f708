package slack_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/chattest"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/slackserver"
	"github.com/musterhq/muster/internal/testing/testdb"
)

const (
	team = "T0DEMO"
	ada  = id.ID("01HZX3Q5J8Y6W9K2M4N7P0R1S5")
)

// stage is the platform on a workspace of the stand-in.
type stage struct {
	*testing.T
	ctx      context.Context
	db       *testdb.Database
	clock    *clock.Manual
	server   *slackserver.Server
	known    *workspaces
	client   *slack.Client
	posted   *chat.Posted
	platform *slack.Platform
	ada      slackserver.User
	channel  chat.ConversationRef
}

func play(t *testing.T) *stage { return playOn(t, testdb.New(t)) }

func playOn(t *testing.T, db *testdb.Database) *stage {
	s := &stage{T: t, db: db, clock: clock.NewManual(testdb.Start)}
	s.ctx = tenant.AsSystem(t.Context(), s.db.Organisation(t, "Demo"))
	s.server = slackserver.New(t, slackserver.Options{Clock: s.clock})
	installed := s.server.Workspace(team, "Demo")
	s.ada = s.server.User(team, slackserver.User{Name: "Ada", Email: "ada@example.com", Avatar: "https://avatars.example.com/ada.png"})
	s.known = &workspaces{credentials: slack.Credentials{Token: installed.BotToken, BotUser: installed.BotUser, BotID: installed.BotID}}
	s.start()
	made, err := s.client.CreateChannel(s.ctx, team, "inc-1-checkout", false)
	if err != nil {
		t.Fatal(err)
	}
	s.channel = slack.Ref(team, made.ID)
	s.server.Join(s.ada.ID, made.ID)
	s.server.Forget()
	return s
}

// start begins with nothing in memory, as a program that was just started does.
func (s *stage) start() {
	s.client = slack.NewClient(slack.Options{URL: s.server.URL(), Clock: s.clock, Workspaces: s.known, Unlimited: true})
	s.posted = chat.NewPosted(s.db.DB, s.clock)
	s.platform = slack.NewPlatform(slack.Needs{Client: s.client, Posted: s.posted, Clock: s.clock, People: people{ada: s.ada}, URL: "https://muster.example.com"})
}

// workspaces is the one workspace that is connected, and what was told about it.
type workspaces struct {
	mu          sync.Mutex
	credentials slack.Credentials
	told        []string
}

func (w *workspaces) Token(context.Context, string) (slack.Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.credentials.Token == "" {
		return slack.Credentials{}, problem.New(problem.Conflict, "workspace_revoked", "It is not connected.")
	}
	return w.credentials, nil
}

func (w *workspaces) tell(what string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, what)
	return nil
}

func (w *workspaces) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.told, " ")
}

func (w *workspaces) Revoked(_ context.Context, _, reason string) error {
	return w.tell("revoked:" + reason)
}

func (w *workspaces) Down(context.Context, string, time.Time, string) error { return w.tell("down") }
func (w *workspaces) Up(context.Context, string) error                      { return w.tell("up") }

// people are those of Muster who are in the workspace.
type people map[id.ID]slackserver.User

func (p people) SlackUsers(_ context.Context, _ string, users ...id.ID) (map[id.ID]string, error) {
	found := map[id.ID]string{}
	for _, user := range users {
		if one, known := p[user]; known {
			found[user] = one.ID
		}
	}
	return found, nil
}

func (p people) Picture(_ context.Context, _ string, user id.ID) (string, error) {
	return p[user].Avatar, nil
}

func say(key, text string) chat.Message { return chat.Say(key, chat.Text(richtext.Literal(text))) }

func (s *stage) post(message chat.Message) chat.MessageRef {
	s.Helper()
	ref, err := s.platform.Post(s.ctx, s.channel, message)
	if err != nil {
		s.Fatal(err)
	}
	return ref
}

func at(ref chat.ConversationRef) string { return ref.ID[strings.Index(ref.ID, "/")+1:] }

// said is what stands in the channel outside of threads.
func (s *stage) said(in chat.ConversationRef) (out []slackserver.Message) {
	for _, m := range s.server.Said(at(in)) {
		if m.ThreadTS == "" || m.ThreadTS == m.TS {
			out = append(out, m)
		}
	}
	return out
}

func (s *stage) expect(want ...string) {
	s.Helper()
	var got []string
	for _, m := range s.said(s.channel) {
		got = append(got, strings.TrimSpace(seen(m).Words))
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		s.Errorf("the channel reads %q, not %q", got, want)
	}
}

// seen reads a message as people in Slack do.
func seen(m slackserver.Message) chattest.Seen {
	var out chattest.Seen
	var words []string
	var walk func(node any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, one := range node {
				walk(one)
			}
		case map[string]any:
			switch node["type"] {
			case "button":
				label, _ := node["text"].(map[string]any)["text"].(string)
				value, _ := node["value"].(string)
				out.Buttons = append(out.Buttons, chat.Button{Action: node["action_id"].(string), Value: value, Label: label})
				return
			case "rich_text_section", "rich_text_preformatted", "rich_text_quote":
				var line strings.Builder
				for _, one := range node["elements"].([]any) {
					switch one := one.(map[string]any); one["type"] {
					case "user":
						line.WriteString("<@" + one["user_id"].(string) + ">")
					case "emoji":
						line.WriteString(slack.Emoji(one["name"].(string)))
					default:
						text, _ := one["text"].(string)
						line.WriteString(text)
					}
				}
				words = append(words, line.String())
				return
			}
			if text, is := node["text"].(string); is {
				words = append(words, strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "*", "").Replace(text))
			}
			for _, part := range []string{"text", "fields", "elements", "accessory"} {
				walk(node[part])
			}
		}
	}
	walk(m.Blocks)
	if len(m.Blocks) == 0 {
		words = append(words, m.Text)
	}
	out.Words = strings.Join(words, "\n")
	return out
}

// inTeam opens conversations in the workspace of the test.
type inTeam struct{ *slack.Platform }

func (p inTeam) OpenConversation(ctx context.Context, opening chat.Opening) (chat.ConversationRef, error) {
	opening.Team = team
	return p.Platform.OpenConversation(ctx, opening)
}

func TestSlackConforms(t *testing.T) {
	db := testdb.New(t)
	chattest.Run(t, func(t *testing.T) chattest.Harness {
		s := playOn(t, db)
		all := func(messages []slackserver.Message) (out []chattest.Seen) {
			for _, m := range messages {
				out = append(out, seen(m))
			}
			return out
		}
		return chattest.Harness{
			Platform: inTeam{s.platform}, Context: s.ctx, Conversation: func(*testing.T) chat.ConversationRef { return s.channel },
			User: s.ada.ID, Person: richtext.Person{ID: ada, Name: "Ada"}, Mentioned: "<@" + s.ada.ID + ">",
			Shown: func(_ *testing.T, in chat.ConversationRef) []chattest.Seen { return all(s.said(in)) },
			Replies: func(_ *testing.T, to chat.MessageRef) []chattest.Seen {
				return all(s.server.Thread(at(to.Conversation), to.ID)[1:])
			},
			Whispered: func(*testing.T, chat.ConversationRef) (out []chattest.Seen) {
				for _, e := range s.server.Ephemerals(s.ada.ID) {
					out = append(out, seen(e.Message))
				}
				return out
			},
			Marks: func(_ *testing.T, m chat.MessageRef) (marks chattest.Marks) {
				there, _ := s.server.Message(at(m.Conversation), m.ID)
				marks.Pinned = len(there.PinnedTo) > 0
				for _, r := range there.Reactions {
					marks.Emojis = append(marks.Emojis, slack.Emoji(r.Name))
				}
				return marks
			},
			Trigger: func(*testing.T) string { return slack.Trigger(team, s.server.Shortcut(s.ada.ID, "declare").Trigger) },
			Forms: func(t *testing.T) (forms []chat.Form) {
				for _, v := range s.server.Views(s.ada.ID) {
					forms = append(forms, form(t, v))
				}
				return forms
			},
			Topic: func(_ *testing.T, in chat.ConversationRef) string { return s.server.Topic(at(in)) },
		}
	})
}

// form reads a modal as people see it.
func form(t *testing.T, v slackserver.View) chat.Form {
	type option struct{ Value string }
	var blocks []struct {
		Type    string
		ID      string `json:"block_id"`
		Option  bool   `json:"optional"`
		Element struct {
			Initial  string   `json:"initial_value"`
			Chosen   *option  `json:"initial_option"`
			Checked  []option `json:"initial_options"`
			Options  []option
			ActionID string `json:"action_id"`
		}
	}
	data, err := json.Marshal(v.Blocks)
	if err == nil {
		err = json.Unmarshal(data, &blocks)
	}
	if err != nil {
		t.Fatal(err)
	}
	var meta struct{ V string }
	if err := json.Unmarshal([]byte(v.PrivateMetadata), &meta); err != nil {
		t.Fatal(err)
	}
	out := chat.Form{Action: v.CallbackID, Value: meta.V, Title: v.Title["text"].(string)}
	for _, b := range blocks {
		if b.Type != "input" {
			continue
		}
		in := chat.Input{Name: b.ID, Initial: b.Element.Initial, Required: !b.Option}
		if b.Element.Chosen != nil {
			in.Initial = b.Element.Chosen.Value
		}
		if b.Element.ActionID != "check" { // the one box of a yes or no is no option
			in.Options = make([]chat.Option, len(b.Element.Options))
		}
		out.Inputs = append(out.Inputs, in)
	}
	return out
}
