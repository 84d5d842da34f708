package people

import "strings"

type mark struct{ part, name string }

// The order matters: nearly every browser names others that it wants to be taken for.
var (
	browsers = []mark{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems  = []mark{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"}}
)

// Browser names the browser and system of a User-Agent header well enough for somebody to know their own.
func Browser(agent string) string {
	browser, system := find(browsers, agent), find(systems, agent)
	switch {
	case browser == "" && system == "":
		return "Another program"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	default:
		return browser + " on " + system
	}
}

func find(marks []mark, in string) string {
	for _, m := range marks {
		if strings.Contains(in, m.part) {
			return m.name
		}
	}
	return ""
}
