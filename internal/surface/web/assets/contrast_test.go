package assets_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// token is a color of tokens.css in both schemes, as OKLCH.
var token = regexp.MustCompile(`--([a-z0-9-]+):\s*light-dark\(oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\),\s*oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)\)`)

// luminance is the relative luminance of WCAG 2 for a color given in OKLCH (https://bottosson.github.io/posts/oklab/).
func luminance(l, c, h float64) float64 {
	a, b := c*math.Cos(h*math.Pi/180), c*math.Sin(h*math.Pi/180)
	long, medium, short := math.Pow(l+.3963377774*a+.2158037573*b, 3), math.Pow(l-.1055613458*a-.0638541728*b, 3), math.Pow(l-.0894841775*a-1.2914855480*b, 3)
	clip := func(v float64) float64 { return min(max(v, 0), 1) }
	red := clip(4.0767416621*long - 3.3077115913*medium + .2309699292*short)
	green := clip(-1.2684380046*long + 2.6097574011*medium - .3413193965*short)
	blue := clip(-.0041960863*long - .7034186147*medium + 1.7076147010*short)
	return .2126*red + .7152*green + .0722*blue
}

func contrast(one, other float64) float64 {
	return (max(one, other) + .05) / (min(one, other) + .05)
}

func TestTokensHaveEnoughContrast(t *testing.T) {
	css, err := os.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := []map[string]float64{{}, {}}
	for _, found := range token.FindAllStringSubmatch(string(css), -1) {
		numbers := make([]float64, 6)
		for n := range numbers {
			if numbers[n], err = strconv.ParseFloat(found[n+2], 64); err != nil {
				t.Fatal(err)
			}
		}
		schemes[0][found[1]] = luminance(numbers[0]/100, numbers[1], numbers[2])
		schemes[1][found[1]] = luminance(numbers[3]/100, numbers[4], numbers[5])
	}
	if len(schemes[0]) < 30 {
		t.Fatalf("only %d tokens found", len(schemes[0]))
	}
	grounds := []string{"canvas", "surface", "sunken", "raised"}
	pairs := map[string][]string{"on-solid": {"solid"}, "accent": append([]string{"accent-fill"}, grounds...)}
	for _, text := range []string{"ink", "ink-2", "ink-3", "live-ink", "learning-ink", "closed-ink", "triage-ink"} {
		pairs[text] = grounds
	}
	for _, severity := range []string{"critical", "major", "minor"} {
		pairs[severity+"-ink"] = append([]string{severity + "-fill"}, grounds...)
	}
	for n, scheme := range []string{"light", "dark"} {
		for text, on := range pairs {
			for _, ground := range on {
				if got := contrast(schemes[n][text], schemes[n][ground]); got < 4.5 {
					t.Errorf("%s: text %s on %s has a contrast of %.2f, want 4.5", scheme, text, ground, got)
				}
			}
		}
		for _, ground := range grounds {
			if got := contrast(schemes[n]["edge"], schemes[n][ground]); got < 3 {
				t.Errorf("%s: edges on %s have a contrast of %.2f, want 3", scheme, ground, got)
			}
		}
	}
}
