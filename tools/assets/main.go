// Command assets bundles styles, scripts, icons and fonts into internal/surface/web/assets/dist, each under a name
// that carries the hash of its content, and writes the manifest that tells them apart. Run it with make assets.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := bundle(); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

// files are what is written, by their plain names.
type files map[string][]byte

func bundle() error {
	root, err := repository()
	if err != nil {
		return err
	}
	source := filepath.Join(root, "internal/surface/web/assets")
	out := files{}
	for _, step := range []func(root, source string, out files) error{fonts, icons, pictures, styles, scripts} {
		if err := step(root, source, out); err != nil {
			return err
		}
	}
	return write(filepath.Join(source, "dist"), out)
}

// repository is the folder above tools, wherever the command is started.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "internal/surface/web/assets")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("run it within the repository")
}

func hashed(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ending := filepath.Ext(name)
	return strings.TrimSuffix(name, ending) + "-" + base64.RawURLEncoding.EncodeToString(sum[:9]) + ending
}

func fonts(root, _ string, out files) error {
	for _, subset := range []string{"latin", "latin-ext"} {
		content, err := os.ReadFile(filepath.Join(root, "node_modules/@fontsource-variable/inter/files/inter-"+subset+"-wght-normal.woff2"))
		if err != nil {
			return fmt.Errorf("the typeface is missing; run npm ci: %w", err)
		}
		out["inter-"+subset+".woff2"] = content
	}
	return nil
}

// iconNames lists the icons of the set that pages use; the sprite holds no others.
const iconList = "icons.txt"

var (
	comment = regexp.MustCompile(`(?s)<!--.*?-->`)
	outer   = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)
)

func icons(root, source string, out files) error {
	list, err := os.ReadFile(filepath.Join(source, iconList))
	if err != nil {
		return err
	}
	var sprite bytes.Buffer
	sprite.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, name := range strings.Fields(string(list)) {
		drawing, err := os.ReadFile(filepath.Join(root, "node_modules/lucide-static/icons", name+".svg"))
		if err != nil {
			return fmt.Errorf("icon %q: %w", name, err)
		}
		inner := outer.FindSubmatch(comment.ReplaceAll(drawing, nil))
		if inner == nil {
			return fmt.Errorf("icon %q is not a drawing", name)
		}
		fmt.Fprintf(&sprite, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, name, strings.Join(strings.Fields(string(inner[1])), " "))
	}
	sprite.WriteString(`</svg>`)
	out["icons.svg"] = sprite.Bytes()
	return nil
}

func styles(_, source string, out files) error {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(source, "css/app.css")}, Bundle: true, Write: false, MinifyWhitespace: true, MinifySyntax: true,
		External: []string{"/assets/*"}, Target: api.ES2022, LogLevel: api.LogLevelWarning, Outdir: "out",
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("the styles do not build")
	}
	css := string(result.OutputFiles[0].Contents)
	for name, content := range out { // fonts are named by their hash too
		css = strings.ReplaceAll(css, "/assets/"+name, "/assets/"+hashed(name, content))
	}
	out["app.css"] = []byte(css)
	return nil
}

func scripts(_, source string, out files) error {
	for _, entry := range []string{"app", "worker"} {
		result := api.Build(api.BuildOptions{
			EntryPoints: []string{filepath.Join(source, "ts", entry+".ts")}, Bundle: true, Write: false,
			MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
			Format: api.FormatIIFE, Target: api.ES2022, LogLevel: api.LogLevelWarning, Outdir: "out",
		})
		if len(result.Errors) > 0 {
			return fmt.Errorf("the script %s does not build", entry)
		}
		out[entry+".js"] = result.OutputFiles[0].Contents
	}
	return nil
}

func write(dist string, out files) error {
	old, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	manifest, keep := map[string]string{}, map[string]bool{"placeholder.txt": true}
	for name, content := range out {
		named := hashed(name, content)
		manifest[name], keep[named] = named, true
		if err := os.WriteFile(filepath.Join(dist, named), content, 0o644); err != nil {
			return err
		}
	}
	for _, entry := range old {
		if !keep[entry.Name()] {
			if err := os.Remove(filepath.Join(dist, entry.Name())); err != nil {
				return err
			}
		}
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, "manifest.json"), append(text, '\n'), 0o644)
}
