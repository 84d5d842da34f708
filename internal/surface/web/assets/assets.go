// Package assets is the bundle of styles, scripts, icons and fonts, embedded under names that carry their content's hash.
package assets

import (
	"bytes"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// names maps what a page asks for ("app.css") to the hashed file in dist; it is empty without a bundle.
var names = func() map[string]string {
	found := map[string]string{}
	if text, err := dist.ReadFile("dist/manifest.json"); err == nil {
		_ = json.Unmarshal(text, &found) // written by our own bundler; unreadable counts as none
	}
	return found
}()

// Bundled reports whether the bundle was made before the program was built; make assets makes it.
func Bundled() bool { return len(names) > 0 }

// Path returns the address of an asset by its plain name.
func Path(name string) string {
	if hashed, ok := names[name]; ok {
		return "/assets/" + hashed
	}
	return "/assets/" + name
}

// Icon returns the address of one icon in the sprite.
func Icon(name string) string { return Path("icons.svg") + "#" + name }

// Handler serves /assets/: hashed names may be kept for ever.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/assets/")
		content, err := fs.ReadFile(dist, path.Join("dist", name))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("Content-Type", media(name))
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}

// Worker serves the service worker, whose address must stay the same and whose scope is the whole site.
func Worker() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := dist.ReadFile(path.Join("dist", names["worker.js"]))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		http.ServeContent(w, r, "sw.js", time.Time{}, bytes.NewReader(content))
	})
}

// media is the type of an asset by its ending; the machine's own table of types differs from one to the next.
func media(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	default:
		return "application/octet-stream"
	}
}
