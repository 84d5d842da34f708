// Command screenshots starts Muster with its sample data on a PostgreSQL that is thrown away afterwards, and writes the
// pictures that README and docs show. Run it with make screenshots; the argument slack draws those of Slack alone.
package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/musterhq/muster/internal/testing/browser"
	"github.com/musterhq/muster/internal/testing/installation"
)

// folder is where the pictures lie, seen from the root of the repository.
const folder = "docs/pictures"

// The devices that are shown; twice the pixels, because readers zoom in.
var (
	laptop = browser.Look{Width: 1280, Height: 800, Scale: 1.5}
	dark   = browser.Look{Width: 1280, Height: 800, Scale: 1.5, Dark: true}
	phone  = browser.Look{Width: 390, Height: 844, Scale: 2, Phone: true}
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	b, err := browser.Start()
	if err != nil {
		return err
	}
	defer b.Close()
	if err := takeSlack(b); err != nil || slices.Contains(os.Args[1:], "slack") {
		return err
	}
	program, err := filepath.Abs("bin/muster")
	if err != nil {
		return err
	}
	here, err := installation.New(program)
	if err != nil {
		return err
	}
	defer func() { _ = here.Remove() }()
	if _, err := here.Start(ctx); err != nil {
		return err
	}
	link, err := here.Admin(ctx, "admin", "demo")
	if err != nil {
		return err
	}
	at, err := url.Parse(link)
	if err != nil {
		return fmt.Errorf("read the link %q: %w", link, err)
	}
	return browser.Walk("screenshots", func(t browser.Test) error {
		take(t, b.Open(t, "reader", here.URL, laptop), at.RequestURI())
		return nil
	})
}

// take walks through the pages and takes a picture of each.
func take(t browser.Test, tab *browser.Tab, link string) {
	tab.Go(link)
	tab.Click("button", "Sign in")
	tab.Shows(".live")
	keep(t, tab, "home")

	tab.Click(".live a", "Card payments fail")
	tab.Shows("li.msg")
	keep(t, tab, "incident-light")
	where := tab.Path()
	tab.Wear(dark)
	keep(t, tab, "incident-dark")
	tab.Wear(phone)
	tab.Go(where)
	tab.Shows("li.msg")
	keep(t, tab, "incident-phone")

	tab.Wear(laptop)
	tab.Go(where + "/updates/new")
	tab.Focused("textarea[name=message]")
	tab.Type("Both zones run the old release again. Cards with a second factor are accepted; we watch it for half an hour before we call it fixed.")
	tab.Click("label", "Monitoring")
	keep(t, tab, "update")

	tab.Go("/")
	tab.Press("c")
	tab.Focused("#dialog input[name=name]")
	tab.Type("Order confirmations are not sent")
	tab.Click("#dialog label.choice", "Major")
	keep(t, tab, "declare")
}

// keep writes what is seen now, as small as PNG can.
func keep(t browser.Test, tab *browser.Tab, name string) {
	tab.Settle()
	if err := write(tab.Picture(), filepath.Join(folder, name+".png")); err != nil {
		t.Fatalf("%v", err)
	}
}

func write(shot []byte, file string) error {
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return fmt.Errorf("read the picture %s: %w", file, err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, picture); err != nil {
		return fmt.Errorf("write the picture %s: %w", file, err)
	}
	if small.Len() > len(shot) {
		small = *bytes.NewBuffer(shot)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // part of the repository
		return err
	}
	fmt.Printf("%s %d kB\n", file, small.Len()/1024)
	return os.WriteFile(file, small.Bytes(), 0o644) //nolint:gosec // part of the repository
}
