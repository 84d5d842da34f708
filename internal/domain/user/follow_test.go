package user

import "testing"

func TestPeopleKeepWhatTheySetThemselves(t *testing.T) {
	t.Parallel()
	was, is := Portrait{"Ada L", "Europe/Oslo", "people/old.png"}, Portrait{"Ada Lovelace", "Asia/Tokyo", "people/new.png"}
	for name, c := range map[string]struct{ had, was, is, want Portrait }{
		"all from the platform":      {was, was, is, is},
		"another name":               {Portrait{"Captain", "Europe/Oslo", "people/old.png"}, was, is, Portrait{"Captain", "Asia/Tokyo", "people/new.png"}},
		"another zone":               {Portrait{"Ada L", "Europe/Paris", "people/old.png"}, was, is, Portrait{"Ada Lovelace", "Europe/Paris", "people/new.png"}},
		"another picture":            {Portrait{"Ada L", "Europe/Oslo", "people/own.png"}, was, is, Portrait{"Ada Lovelace", "Asia/Tokyo", "people/own.png"}},
		"never said where they are":  {Portrait{"Captain", "UTC", ""}, Portrait{}, is, Portrait{"Captain", "Asia/Tokyo", "people/new.png"}},
		"the platform says nonsense": {was, was, Portrait{" ", "Mars/Base", ""}, Portrait{"Ada L", "Europe/Oslo", ""}},
	} {
		if got := follow(c.had, c.was, c.is); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
