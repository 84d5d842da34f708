package chatops

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/when"
)

// line is a command's arguments: the words, and the options behind them.
type line struct {
	text    string
	options map[string]string
}

var option = regexp.MustCompile(`(?:^|\s)--([a-z]+)(?:[ =]|$)`)

// parse takes the known options off the end of a command's text. An option's value goes to the next option or to the
// end; words that look like an option but are not known stay part of the text.
func parse(text string, known ...string) line {
	l := line{options: map[string]string{}}
	found := option.FindAllStringSubmatchIndex(text, -1)
	found = slices.DeleteFunc(found, func(at []int) bool { return !slices.Contains(known, text[at[2]:at[3]]) })
	if len(found) == 0 {
		l.text = strings.TrimSpace(text)
		return l
	}
	l.text = strings.TrimSpace(text[:found[0][0]])
	for n, at := range found {
		end := len(text)
		if n+1 < len(found) {
			end = found[n+1][0]
		}
		l.options[text[at[2]:at[3]]] = strings.TrimSpace(text[at[1]:end])
	}
	return l
}

// minutes reads the time to the next update: "30", "30m", "1h30m", or "none" for 0.
func minutes(typed string) (int, error) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if slices.Contains([]string{"none", "no", "never", "0"}, typed) {
		return 0, nil
	}
	wait, ok := when.Duration(typed)
	if !ok || wait < time.Minute {
		return 0, problem.Field("next_update_in", "not_a_time", "“%s” is no time to the next update. Write 30m, 1h, 1h30m or none.", typed)
	}
	return int(wait / time.Minute), nil
}
