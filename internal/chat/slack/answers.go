package slack

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Values reads the answers in a modal. user gives Muster's id of somebody in Slack, or ""; unknown names the inputs where
// somebody was chosen who is nobody in Muster.
func Values(view slack.View, user func(slackUser string) id.ID) (values chat.FormValues, unknown []string) {
	values = chat.FormValues{}
	if view.State == nil {
		return values, nil
	}
	kept := MetaOf(view).Kept
	parts := map[string][]part{}
	for block, elements := range view.State.Values {
		name, suffix, isPart := strings.Cut(block, "/")
		for action, answer := range elements {
			switch strings.TrimSuffix(action, refreshing) {
			case checkID:
				values[name] = ""
				if len(answer.SelectedOptions) > 0 {
					values[name] = "true"
				}
			case manyID:
				values[name] = ""
				for _, o := range answer.SelectedOptions {
					values[name+"."+o.Value] = "true"
				}
			default:
				switch answer.Type {
				case "users_select":
					if answer.SelectedUser == "" {
						values[name] = kept[name]
						break
					}
					values[name] = string(user(answer.SelectedUser))
					if values[name] == "" {
						unknown = append(unknown, name)
					}
				case "static_select", "radio_buttons":
					values[name] = answer.SelectedOption.Value
					if values[name] == nothing {
						values[name] = ""
					}
				default:
					if isPart {
						parts[name] = append(parts[name], partOf(suffix, answer.Value))
						continue
					}
					values[name] = answer.Value
				}
			}
		}
	}
	for name, more := range parts {
		slices.SortFunc(more, func(a, b part) int { return cmp.Compare(a.number, b.number) })
		for _, p := range more {
			if p.text != "" {
				values[name] += p.before + p.text
			}
		}
	}
	slices.Sort(unknown)
	return values, unknown
}

// part is a later portion of a long text.
type part struct {
	number       int
	before, text string
}

func partOf(suffix, text string) part {
	digits := strings.TrimRight(suffix, "plwc")
	number, _ := strconv.Atoi(digits)
	return part{number, joints[suffix[len(digits):]], text}
}

// Errors gives what is wrong by the blocks of the modal, as Slack shows it. What is about the whole, or about no input that
// is shown, stands at the first; nil means that nothing can be shown there.
func Errors(view slack.View, wrong map[string]string) map[string]string {
	var inputs []string
	for _, b := range view.Blocks.BlockSet {
		if b.BlockType() == slack.MBTInput {
			inputs = append(inputs, b.ID())
		}
	}
	if len(inputs) == 0 || len(wrong) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		at := name
		if !slices.Contains(inputs, at) {
			at = inputs[0]
		}
		if out[at] = strings.TrimSpace(out[at] + " " + wrong[name]); out[at] == "" {
			out[at] = "This cannot be right."
		}
	}
	return out
}

// Refreshes reports whether the id of an element that was changed belongs to an input on which other questions depend.
func Refreshes(action string) bool { return strings.HasSuffix(action, refreshing) }
