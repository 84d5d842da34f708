package ui

// MenuItem is one line of a menu: a link, or with Method a form that sends it.
type MenuItem struct {
	Label  string
	Icon   string
	Href   string
	Method string // PUT, DELETE or POST
	Dialog bool
	Asks   string
	Danger bool
	// Apart draws a line above: another group begins.
	Apart bool
	// Rare is folded under More where the menu is long.
	Rare bool
}

// MenuGroups puts groups of entries into one menu, with a line between them.
func MenuGroups(groups ...[]MenuItem) []MenuItem {
	var all []MenuItem
	for _, group := range groups {
		for n, item := range group {
			item.Apart = n == 0 && len(all) > 0
			all = append(all, item)
		}
	}
	return all
}

// longMenu is how many entries the eye takes in at once; a longer menu folds its rare ones.
const longMenu = 8

// folded are the rare entries of a long menu, without the lines between their groups.
func folded(items []MenuItem) []MenuItem {
	if len(items) <= longMenu {
		return nil
	}
	var rest []MenuItem
	for _, item := range items {
		if item.Rare {
			item.Apart = false
			rest = append(rest, item)
		}
	}
	return rest
}

// atHand are the entries that are not folded; a group that lost its first entry still begins with a line.
func atHand(items []MenuItem) []MenuItem {
	if len(folded(items)) == 0 {
		return items
	}
	var shown []MenuItem
	apart := false
	for _, item := range items {
		apart = apart || item.Apart
		if item.Rare {
			continue
		}
		item.Apart, apart = apart && len(shown) > 0, false
		shown = append(shown, item)
	}
	return shown
}
