package blockkit

import (
	"regexp"
	"strings"

	"github.com/musterhq/muster/internal/chat/slack"
)

func emoji(name string) string {
	if found := slack.Emoji(strings.Trim(name, ":")); found != "" {
		return found
	}
	return name
}

// marks are the parts of Slack's markup that a line may have: code, links and mentions, bold, slanted and struck words, emoji.
var marks = regexp.MustCompile("`[^`\n]+`|<[^<>\n]+>|\\*[^*\n]+\\*|_[^_\n]+_|~[^~\n]+~|:[a-z0-9_+-]+:")

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// mrkdwn draws text with Slack's markup.
func (a *artist) mrkdwn(text string) {
	for n, line := range strings.Split(text, "\n") {
		if n > 0 {
			a.put("<br>")
		}
		if quoted, is := strings.CutPrefix(line, "&gt; "); is {
			a.put(`<span class="quote">`)
			a.line(quoted)
			a.put(`</span>`)
			continue
		}
		a.line(line)
	}
}

func (a *artist) line(line string) {
	for line != "" {
		at := marks.FindStringIndex(line)
		if at == nil {
			a.put("%s", unescape.Replace(line))
			return
		}
		a.put("%s", unescape.Replace(line[:at[0]]))
		mark := line[at[0]:at[1]]
		line = line[at[1]:]
		switch inner := mark[1 : len(mark)-1]; mark[0] {
		case '`':
			a.put("<code>%s</code>", unescape.Replace(inner))
		case '<':
			a.reference(inner)
		case ':':
			a.put("%s", emoji(inner))
		default:
			tag := map[byte]string{'*': "b", '_': "i", '~': "s"}[mark[0]]
			a.put("<" + tag + ">")
			a.line(inner)
			a.put("</" + tag + ">")
		}
	}
}

// reference draws what stands in angle brackets.
func (a *artist) reference(inner string) {
	target, words, named := strings.Cut(inner, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		a.mention(target[1:])
	case strings.HasPrefix(target, "!date"):
		a.put("%s", words)
	case named:
		a.put(`<a>%s</a>`, unescape.Replace(words))
	default:
		a.put(`<a>%s</a>`, unescape.Replace(target))
	}
}

func (a *artist) mention(user string) {
	name := a.scene.People[user]
	if name == "" {
		name = user
	}
	a.put(`<span class="mention">@%s</span>`, name)
}
