package incidents

import (
	"fmt"

	"github.com/musterhq/muster/internal/surface/web/ui"
)

// menu lists what else can be done with the incident: to look at it, in it, and with it as a whole.
func (v incidentView) menu() []ui.MenuItem {
	look := append(append(v.regroupMenu(), v.outsideMenu()...), ui.MenuItem{Label: "Everything that happened", Icon: "history", Href: v.Path + "/log", Rare: true}, ui.MenuItem{Label: "Search in this incident", Icon: "search", Href: v.Path + "/search", Rare: true})
	if !v.MayEdit {
		return look
	}
	whole := append(v.lifecycleMenu(), v.privateMenu()...)
	if !v.Closed {
		whole = append(whole, ui.MenuItem{Label: "Close the incident", Icon: "circle-check", Href: v.Path + "/edit/close", Dialog: true})
	}
	return ui.MenuGroups(look, v.workMenu(), append(whole, v.redactMenu()...))
}

// workMenu is what is done within the incident.
func (v incidentView) workMenu() []ui.MenuItem {
	var items []ui.MenuItem
	if v.mayReach() {
		items = append(items, ui.MenuItem{Label: "Reach someone", Icon: "phone-call", Href: v.Path + "/escalations/new", Dialog: true})
	}
	items = append(
		items,
		ui.MenuItem{Label: "Hand the lead over", Icon: "user", Href: v.Path + "/hand-over"},
		ui.MenuItem{Label: "Rename", Icon: "pencil", Href: v.Path + "/edit/name", Dialog: true, Rare: true},
	)
	if v.Due != nil {
		items = append(
			items,
			ui.MenuItem{Label: "Change the reminder", Icon: "clock", Href: v.Path + "/edit/reminder", Dialog: true, Rare: true},
			ui.MenuItem{Label: "No reminder for now", Icon: "bell-off", Href: v.Path + "/reminder", Method: "DELETE", Rare: true},
		)
	}
	items = append(append(append(append(items, v.streamMenu()...), v.linkMenu()...), v.followUpMenu()...), v.channelMenu()...)
	if v.Participates {
		return append(items, ui.MenuItem{Label: "Leave the room", Icon: "log-out", Href: v.Path + "/participation", Method: "DELETE", Rare: true})
	}
	return append(items, ui.MenuItem{Label: "Join the room", Icon: "user-plus", Href: v.Path + "/participation", Method: "PUT"})
}

// tabs are the views of the incident, each at its own address; Details is there where the side panel is not.
func (v incidentView) tabs() []ui.TabView {
	count := func(n int) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	tabs := []ui.TabView{{Label: "Room", Href: v.roomPath(), Current: v.Tab == "room"}}
	if v.Updates > 0 || v.Tab == "updates" { // on phones the details lead there
		tabs = append(tabs, ui.TabView{Label: "Updates", Href: v.Path + "/updates", Count: count(v.Updates), Current: v.Tab == "updates", Class: "wide"})
	}
	return append(
		append(append(tabs, v.streamTab()...), v.followUpTab()...),
		ui.TabView{Label: "Timeline", Href: v.Path + "/timeline", Count: count(v.TimelineCount), Current: v.Tab == "timeline" || v.Tab == "log"},
		ui.TabView{Label: "Actions", Href: v.Path + "/actions", Count: count(v.ActionsOpen), Current: v.Tab == "actions", Class: "wide"},
		ui.TabView{Label: "Details", Href: v.Path + "/details", Current: v.Tab == "details", Class: "tab--details"},
	)
}

// gone is the part of the time until the next update that has passed, 0 to 1.
func (v incidentView) gone() string {
	whole := v.Due.At.Sub(v.DueFrom)
	if whole <= 0 {
		return "1"
	}
	return fmt.Sprintf("%.3f", min(max(v.Now.Sub(v.DueFrom).Seconds()/whole.Seconds(), 0), 1))
}

// firstUpdate offers to send the first update to whoever may.
func (v incidentView) firstUpdate() *ui.ButtonView {
	if !v.MayEdit || v.Closed {
		return nil
	}
	return &ui.ButtonView{Label: "Send update", Key: "U", Href: v.Path + "/updates/new"}
}
