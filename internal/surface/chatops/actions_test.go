package chatops

import "testing"

func TestLineNamesAnActionByItsNumber(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][3]string{
		"done 2": {"done", "2", ""}, "Drop #11": {"Drop", "11", ""}, "edit 3 Call  them": {"edit", "3", "Call  them"}, "assign 1 @Lena": {"assign", "1", "@Lena"},
		"done with 2 shops": {}, "2": {}, "doneness 2": {},
	} {
		var got [3]string
		if found := numbered.FindStringSubmatch(line); found != nil {
			got = [3]string{found[1], found[2], found[3]}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
