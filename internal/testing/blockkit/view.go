package blockkit

import (
	"encoding/json"
	"fmt"
	"regexp"
)

var shortName = regexp.MustCompile(`:[a-z0-9_+-]+:`)

// view draws a modal or a Home tab.
func (a *artist) view(data json.RawMessage) error {
	var v node
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("read a view: %w", err)
	}
	if v.Type == "home" {
		a.put(`<div class="home"><header><h1>Muster</h1></header><nav class="tabs"><b>Home</b><span>Messages</span><span>About</span></nav><main>`)
		if err := a.blocks(v.Blocks); err != nil {
			return err
		}
		a.put(`</main></div>`)
		return nil
	}
	a.put(`<div class="stage"><div class="modal"><header><div class="avatar muster">M</div><h1>`)
	a.text(v.Title)
	a.put(`</h1><span class="close">✕</span></header><main>`)
	if err := a.blocks(v.Blocks); err != nil {
		return err
	}
	a.put(`</main><footer>`)
	if v.Close != nil {
		a.put(`<span class="button">`)
		a.text(v.Close)
		a.put(`</span>`)
	}
	if v.Submit != nil {
		a.put(`<span class="button primary">`)
		a.text(v.Submit)
		a.put(`</span>`)
	}
	a.put(`</footer></div></div>`)
	return nil
}

// input draws a question of a modal.
func (a *artist) input(n *node) {
	a.put(`<div class="input"><label>`)
	a.text(n.Label)
	if n.Optional {
		a.put(` <em>(optional)</em>`)
	}
	a.put(`</label>`)
	if n.Element != nil {
		a.control(n.Element)
	}
	if n.Hint != nil {
		a.put(`<p class="hint">`)
		a.text(n.Hint)
		a.put(`</p>`)
	}
	a.put(`</div>`)
}

// control draws a button or an element that takes an answer.
func (a *artist) control(n *node) {
	switch n.Type {
	case "button":
		var style string
		_ = json.Unmarshal(n.Style, &style)
		a.put(`<span class="button %s">`, style)
		a.text(n)
		a.put(`</span>`)
	case "plain_text_input", "number_input", "email_text_input", "url_text_input":
		class := "field"
		if n.Multiline {
			class += " tall"
		}
		a.answer(class, n.InitialValue, n.Placeholder)
	case "static_select", "external_select", "users_select", "multi_static_select", "multi_external_select":
		chosen := a.scene.People[n.InitialUser]
		if n.InitialOption != nil {
			chosen, _ = n.InitialOption.words()
		}
		a.answer("field select", chosen, n.Placeholder)
	case "radio_buttons", "checkboxes":
		a.choices(n)
	case "overflow":
		a.put(`<span class="button">⋯</span>`)
	default:
		a.put(`<span class="field">%s</span>`, n.Type)
	}
}

func (a *artist) answer(class, value string, placeholder *node) {
	a.put(`<div class="%s">`, class)
	if value != "" {
		a.put("%s", value)
	} else if placeholder != nil {
		a.put(`<em>`)
		a.text(placeholder)
		a.put(`</em>`)
	}
	a.put(`</div>`)
}

func (a *artist) choices(n *node) {
	chosen := n.InitialOptions
	if n.InitialOption != nil {
		chosen = append(chosen, *n.InitialOption)
	}
	shape := "circle"
	if n.Type == "checkboxes" {
		shape = "square"
	}
	for i := range n.Options {
		option := &n.Options[i]
		class := shape
		for _, c := range chosen {
			if c.Value == option.Value {
				class += " chosen"
			}
		}
		a.put(`<div class="choice"><span class="%s"></span><div>`, class)
		a.text(option)
		if option.Description != nil {
			a.put(`<p>`)
			a.text(option.Description)
			a.put(`</p>`)
		}
		a.put(`</div></div>`)
	}
}
