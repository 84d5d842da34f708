package main

import (
	"context"
	"flag"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/surface/api"
)

// openapi prints the document of the public API, which a running Muster serves at /v1/openapiV3.json.
func openapi(_ context.Context, p *program, args []string) error {
	words, err := p.flags("openapi", args, func(*flag.FlagSet) {})
	if err != nil {
		return err
	}
	if len(words) != 0 {
		return usageError{"openapi takes no words"}
	}
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	text, err := api.New(api.Needs{URL: cfg.URL}).DocumentJSON()
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(append(text, '\n'))
	return err
}
