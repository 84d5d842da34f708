package site

import (
	"net/http"

	"github.com/musterhq/muster/internal/surface/web/assets"
)

// manifest tells browsers how Muster is installed as an app.
func manifest(w http.ResponseWriter, _ *http.Request) {
	type picture struct {
		Source  string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose,omitempty"`
	}
	type shortcut struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_ = answer(w, "application/manifest+json", struct {
		ID         string     `json:"id"`
		Name       string     `json:"name"`
		Short      string     `json:"short_name"`
		About      string     `json:"description"`
		Start      string     `json:"start_url"`
		Scope      string     `json:"scope"`
		Display    string     `json:"display"`
		Background string     `json:"background_color"`
		Theme      string     `json:"theme_color"`
		Icons      []picture  `json:"icons"`
		Shortcuts  []shortcut `json:"shortcuts"`
	}{
		ID: "/", Name: "Muster", Short: "Muster", About: "Incidents, worked together.", Start: "/", Scope: "/", Display: "standalone",
		Background: "#f6f7f9", Theme: "#f6f7f9",
		Icons: []picture{
			{Source: assets.Path("icon-192.png"), Sizes: "192x192", Type: "image/png"},
			{Source: assets.Path("icon-512.png"), Sizes: "512x512", Type: "image/png"},
			{Source: assets.Path("icon-512.png"), Sizes: "512x512", Type: "image/png", Purpose: "maskable"},
		},
		Shortcuts: []shortcut{{Name: "Declare an incident", URL: "/incidents/new"}, {Name: "Incidents", URL: "/incidents"}},
	})
}

// icon leads whoever guesses an address to the icon of the bundle; notifications name this one.
func icon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, assets.Path("icon-192.png"), http.StatusFound)
}

// robots asks search engines to stay outside.
func robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n"))
}
