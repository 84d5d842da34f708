package slack

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestEventsAreReadAsWhatHappened(t *testing.T) {
	at := func(ts string) time.Time { return Time(ts) }
	second := time.Unix(1700000000, 0).UTC()
	in := func(channel, user string) From {
		return From{Team: "T0MAIN", Channel: channel, User: user, Lane: channel}
	}
	for name, want := range map[string]Event{
		"message":                   {Kind: MessagePosted, From: in("C0INC", "U0ADA"), TS: "1700000000.000100", At: at("1700000000.000100")},
		"message_thread":            {Kind: MessagePosted, From: in("C0INC", "U0ADA"), TS: "1700000005.000200", At: at("1700000005.000200")},
		"message_thread_broadcast":  {Kind: MessagePosted, From: in("C0INC", "U0ADA"), TS: "1700000006.000200", At: at("1700000006.000200")},
		"message_bot":               {Kind: MessagePosted, From: in("C0INC", ""), TS: "1700000001.000100", At: at("1700000001.000100")},
		"message_file":              {Kind: MessagePosted, From: in("C0INC", "U0ADA"), TS: "1700000000.000100", At: at("1700000000.000100")},
		"message_changed":           {Kind: MessageChanged, From: in("C0INC", "U0ADA"), TS: "1700000000.000100", At: second},
		"message_changed_unfurl":    {Kind: Ignored, From: in("C0INC", "U0ADA"), TS: "1700000000.000100", At: second},
		"message_changed_tombstone": {Kind: MessageDeleted, From: in("C0INC", "USLACKBOT"), TS: "1700000000.000100", At: second},
		"message_deleted":           {Kind: MessageDeleted, From: in("C0INC", "U0ADA"), TS: "1700000000.000100", At: second},
		"message_joined":            {Kind: Ignored, From: in("C0INC", "U0NOOR"), TS: "1700000013.000300", At: second},
		"message_topic":             {Kind: ChannelTopic, From: in("C0INC", "U0NOOR"), TS: "1700000013.000400", At: second, Topic: "Fixing"},
		"message_private":           {Kind: ChannelPrivate, From: in("C0INC", "U0NOOR"), TS: "1700000013.000500", At: second, Private: true},
		"message_public":            {Kind: ChannelPublic, From: in("C0INC", "U0NOOR"), TS: "1700000013.000600", At: second},
		"reaction_added":            {Kind: ReactionAdded, From: in("C0INC", "U0NOOR"), TS: "1700000000.000100", At: at("1700000014.000100"), Emoji: "+1::skin-tone-3"},
		"reaction_removed":          {Kind: ReactionRemoved, From: in("C0INC", "U0NOOR"), TS: "1700000000.000100", At: at("1700000014.000100"), Emoji: "+1::skin-tone-3"},
		"pin_added":                 {Kind: Pinned, From: in("C0INC", "U0NOOR"), TS: "1700000000.000100", At: at("1700000015.000100")},
		"pin_removed":               {Kind: Unpinned, From: in("C0INC", "U0NOOR"), TS: "1700000000.000100", At: at("1700000015.000100")},
		"member_joined":             {Kind: MemberJoined, From: in("C0INC", "U0NOOR"), At: second},
		"member_joined_bot":         {Kind: MemberJoined, From: in("G0INC", "U0BOT"), At: second, Private: true, IsBot: true},
		"member_left":               {Kind: MemberLeft, From: in("C0INC", "U0NOOR"), At: second},
		"bot_removed":               {Kind: BotRemoved, From: in("G0INC", ""), At: second},
		"channel_rename":            {Kind: ChannelRenamed, From: in("C0INC", ""), At: second, Name: "inc-3-checkout"},
		"group_rename":              {Kind: ChannelRenamed, From: in("G0INC", ""), At: second, Name: "inc-4-secret", Private: true},
		"channel_archive":           {Kind: ChannelArchived, From: in("C0INC", "U0ADA"), At: second},
		"group_archive":             {Kind: ChannelArchived, From: in("G0INC", "U0ADA"), At: second, Private: true},
		"channel_unarchive":         {Kind: ChannelUnarchived, From: in("C0INC", "U0ADA"), At: second},
		"group_unarchive":           {Kind: ChannelUnarchived, From: in("G0INC", "U0ADA"), At: second, Private: true},
		"channel_deleted":           {Kind: ChannelDeleted, From: in("C0INC", ""), At: second},
		"group_deleted":             {Kind: ChannelDeleted, From: in("G0INC", ""), At: second, Private: true},
		"channel_id_changed":        {Kind: ChannelMoved, From: in("G0INC", ""), At: second, Moved: "C0NEW"},
		"home_opened":               {Kind: HomeOpened, From: From{Team: "T0MAIN", Channel: "D0ADA", User: "U0ADA", Lane: "home/U0ADA"}, At: second, Tab: "home"},
		"link_shared": {
			Kind: LinksShared, From: in("C0TALK", "U0ADA"), TS: "1700000020.000100", At: second, Unfurl: "C0TALK.1700000020.000100.hash", Source: "conversations_history",
			Links: []Link{{URL: "https://muster.example.com/incidents/INC-3", Domain: "muster.example.com"}},
		},
		"user_change":      {Kind: PersonChanged, From: From{Team: "T0MAIN", User: "U0NOOR", Lane: "person/U0NOOR"}, At: second},
		"team_join":        {Kind: PersonChanged, From: From{Team: "T0MAIN", User: "U0NOOR", Lane: "person/U0NOOR"}, At: second},
		"file_shared":      {Kind: FileShared, From: in("C0INC", "U0ADA"), At: second, File: "F0GRAPH"},
		"app_uninstalled":  {Kind: Uninstalled, From: in("", ""), At: second},
		"tokens_revoked":   {Kind: TokensRevoked, From: in("", ""), At: second, Revoked: []string{"U0BOT"}},
		"app_mention":      {Kind: Mentioned, From: in("C0INC", "U0ADA"), TS: "1700000025.000100", At: at("1700000025.000100")},
		"message_metadata": {Kind: Ignored, From: in("C0INC", "U0BOT"), At: second, IsBot: true},
		"grid":             {Kind: MessagePosted, From: From{Team: "T0MAIN", Enterprise: "E0GRID", Channel: "C0INC", User: "U0ADA", Lane: "C0INC"}, TS: "1700000000.000100", At: at("1700000000.000100")},
		"url_verification": {Kind: Verification, Challenge: "3eZbrw1aB"},
		"rate_limited":     {Kind: RateLimited, From: From{Team: "T0MAIN"}},
	} {
		got, err := ParseEvent(payload(t, "events", name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Challenge == "" && got.Kind != RateLimited {
			want.Key = "Ev0" + strings.ToUpper(strings.ReplaceAll(name, "_", ""))
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Event{}, "Message", "Before", "Person")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	covered(t, "events", 42)
}

func payload(t *testing.T, folder, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", folder, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// covered counts the payloads, so that one more is not forgotten in the table.
func covered(t *testing.T, folder string, want int) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(found) != want {
		t.Errorf("there are %d payloads in %s, and %d in the table (%v)", len(found), folder, want, err)
	}
}

func read(t *testing.T, name string) Event {
	t.Helper()
	e, err := ParseEvent(payload(t, "events", name))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestMessagesKeepWhoWroteThemAndWhere(t *testing.T) {
	reply := read(t, "message_thread").Message
	if reply.ThreadTS != "1700000000.000100" || reply.Broadcast || reply.User != "U0ADA" {
		t.Errorf("a reply is %+v", reply)
	}
	if shared := read(t, "message_thread_broadcast").Message; !shared.Broadcast || shared.ThreadTS == "" {
		t.Errorf("a shared reply is %+v", shared)
	}
	if own := read(t, "message_bot").Message; own.Key != "room/01HZ" || own.Organisation != "01HORG" || own.AppID != "A0MUSTER" || own.Username != "Ada Lovelace" {
		t.Errorf("our own is %+v", own)
	}
	if files := read(t, "message_file").Message.Files; len(files) != 1 || files[0].Name != "graph.png" || files[0].Width != 800 || files[0].MIME != "image/png" || !strings.Contains(files[0].Download, "/download/") {
		t.Errorf("the files are %+v", files)
	}
	changed := read(t, "message_changed")
	if !changed.Message.Edited || changed.Before.Edited || changed.Message.Channel != "C0INC" || changed.Before.Text == changed.Message.Text {
		t.Errorf("changed from %+v to %+v", changed.Before, changed.Message)
	}
	if gone := read(t, "message_deleted").Message; gone == nil || gone.Text != "Errors began at *13:40*" {
		t.Errorf("the deleted one is %+v", gone)
	}
	if pinned := read(t, "pin_added").Message; pinned == nil || pinned.User != "U0ADA" || pinned.Channel != "C0INC" {
		t.Errorf("the pinned one is %+v", pinned)
	}
	want := &Person{ID: "U0NOOR", Name: "noor", RealName: "Noor Haddad", DisplayName: "Noor", Email: "noor@example.com", Zone: "Asia/Amman", Avatar: "https://avatars.example.com/noor_512.png", Team: "T0MAIN", Guest: true}
	if diff := cmp.Diff(want, read(t, "user_change").Person); diff != "" {
		t.Error(diff)
	}
}

func TestInteractionsAreReadAsWhatPeopleDid(t *testing.T) {
	const trigger = "12466734323.1395872398.trigger"
	from := func(channel string) From {
		return From{Team: "T0MAIN", User: "U0ADA", Channel: channel, Key: trigger, Lane: channel}
	}
	const answer = "https://hooks.slack.com/actions/T0MAIN/1/x"
	closed := from("C0INC")
	closed.Key = "closed/V0DECLARE/1700000031.abc"
	grid := from("")
	grid.Enterprise = "E0GRID"
	for name, want := range map[string]Interaction{
		"press":           {From: from("C0INC"), Did: Pressed, Action: "incident.role.take", Value: "01HL", Trigger: trigger, ResponseURL: answer, TS: "1700000000.000500"},
		"press_thread":    {From: from("C0INC"), Did: Pressed, Action: "incident.close", Value: "01HZ", Trigger: trigger, ResponseURL: answer, TS: "1700000007.000500", ThreadTS: "1700000000.000500"},
		"press_ephemeral": {From: from("C0INC"), Did: Pressed, Action: "incident.help", Value: "01HZ", Trigger: trigger, ResponseURL: answer, TS: "1700000008.000500", Ephemeral: true},
		"press_home":      {From: from(""), Did: Pressed, Action: "incident.declare", Trigger: trigger},
		"follow":          {From: from("C0INC"), Did: Followed, Action: "link", Trigger: trigger, ResponseURL: answer, TS: "1700000000.000500"},
		"change":          {From: from(""), Did: Changed, Action: "incident.declare", Value: "01HFORM", Trigger: trigger},
		"submit":          {From: from("C0INC"), Did: Submitted, Action: "incident.declare", Value: "01HFORM", Trigger: trigger},
		"close":           {From: closed, Did: Closed, Action: "incident.declare", Value: "01HFORM"},
		"shortcut":        {From: from(""), Did: Shortcut, Action: "declare", Trigger: trigger},
		"shortcut_grid":   {From: grid, Did: Shortcut, Action: "declare", Trigger: trigger},
		"message_action":  {From: from("C0TALK"), Did: OnMessage, Action: "declare_from_message", Trigger: trigger, ResponseURL: "https://hooks.slack.com/app/T0MAIN/1/x", TS: "1700000000.000100"},
		"suggestion":      {From: from(""), Did: Searched, Action: "answer", Trigger: trigger, Query: "out"},
	} {
		body := url.Values{"payload": {string(payload(t, "interactions", name))}}.Encode()
		got, err := ParseInteraction([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Interaction{}, "Message", "View")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if view := strings.Contains(" press_home change submit close suggestion ", " "+name+" "); view != (got.View != nil) {
			t.Errorf("%s: the view is %v", name, got.View)
		}
	}
	covered(t, "interactions", 12)
	got, err := ParseInteractionJSON(payload(t, "interactions", "submit"))
	if err != nil {
		t.Fatal(err)
	}
	if values, _ := Values(*got.View, inMuster); values["type"] != "t1" || values["name"] != "Card payments fail" {
		t.Errorf("the answers are %v", values)
	}
	if wrong := Errors(*got.View, map[string]string{"": "It is closed."}); wrong["type"] != "It is closed." {
		t.Errorf("shown is %v", wrong)
	}
}

func TestACommandIsReadFromItsForm(t *testing.T) {
	form := url.Values{
		"token": {"legacy-token"}, "team_id": {"T0MAIN"}, "team_domain": {"example"}, "enterprise_id": {"E0GRID"}, "enterprise_name": {"Grid"}, "channel_id": {"C0INC"},
		"channel_name": {"inc-3"}, "user_id": {"U0ADA"}, "user_name": {"ada"}, "command": {"/inc"}, "text": {" lead <@U0NOOR|noor> "},
		"response_url": {"https://hooks.slack.com/commands/1234/5678"}, "trigger_id": {"13345224609.738474920.x"}, "api_app_id": {"A0MUSTER"},
	}
	got, err := ParseCommand([]byte(form.Encode()))
	want := SlashCommand{
		From: From{Team: "T0MAIN", Enterprise: "E0GRID", User: "U0ADA", Channel: "C0INC", Key: "13345224609.738474920.x", Lane: "C0INC"},
		Word: "/inc", Text: "lead <@U0NOOR|noor>", ChannelName: "inc-3", Trigger: "13345224609.738474920.x", ResponseURL: "https://hooks.slack.com/commands/1234/5678",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestWhatIsNotSlacksIsRefused(t *testing.T) {
	for _, body := range []string{"", "{", "[]", `{"type":"event_callback","event":{"type":"message"}}`, `{"type":"event_callback","event_id":"Ev1","event":[]}`} {
		if e, err := ParseEvent([]byte(body)); err == nil {
			t.Errorf("the event %q is %+v", body, e)
		}
	}
	for _, body := range []string{"", "payload=", "payload={}", "payload=%7B%22type%22%3A%22block_actions%22%7D", "%zz"} {
		if i, err := ParseInteraction([]byte(body)); err == nil {
			t.Errorf("the interaction %q is %+v", body, i)
		}
		if c, err := ParseCommand([]byte(body)); err == nil {
			t.Errorf("the command %q is %+v", body, c)
		}
	}
}

func TestTimestampsAreExact(t *testing.T) {
	if got := Time("1700000000.000123"); !got.Equal(time.Unix(1700000000, 123000)) {
		t.Error(got)
	}
	for _, none := range []string{"", "x", "0", "-1.5"} {
		if got := Time(none); !got.IsZero() {
			t.Errorf("%q is %v", none, got)
		}
	}
}
