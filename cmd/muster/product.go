package main

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
)

// product is what the commands need of the application. A verb that is nil is not in this build.
type product struct {
	// run works as the given roles until the context ends.
	run func(ctx context.Context, cfg *config.Config, roles []string) error
	// watch lets errors of this process reach operators; what it returns sends the last of them.
	watch func(ctx context.Context, cfg *config.Config, process string) (stop func(), err error)
	// migrate brings the schema up to date.
	migrate func(ctx context.Context, cfg *config.Config) error
	// welcome gives the address that sets up a Muster without accounts, or nothing when it has some.
	welcome func(ctx context.Context, cfg *config.Config) (string, error)
	// demo makes the demo organisation unless it is there and gives the mail address of its owner.
	demo func(ctx context.Context, cfg *config.Config) (string, error)
	// signInLink gives an address that signs the account of a mail address in, once.
	signInLink func(ctx context.Context, cfg *config.Config, email string) (string, error)
	// createOrganisation gives the slug of a new organisation, whose owner is made when unknown.
	createOrganisation func(ctx context.Context, cfg *config.Config, name, owner string) (string, error)
	// createAPIKey gives the secret of a new API key of an organisation, listAPIKeys the keys in lines.
	createAPIKey func(ctx context.Context, cfg *config.Config, organisation, name string, roles []string) (string, error)
	listAPIKeys  func(ctx context.Context, cfg *config.Config, organisation string) (string, error)
	revokeAPIKey func(ctx context.Context, cfg *config.Config, organisation, key string) (string, error)
	// export takes everything that an organisation has into a folder.
	export exporter
	// assets tells what is wrong with the bundle of styles and scripts in this build.
	assets func() error
}

var muster = product{
	run: app.Run, watch: watch, migrate: app.Migrate, welcome: app.Welcome, signInLink: app.SignInLink,
	createOrganisation: app.CreateOrganisation, demo: app.Demo, createAPIKey: app.CreateAPIKey, listAPIKeys: app.ListAPIKeys, revokeAPIKey: app.RevokeAPIKey, assets: app.Assets, export: app.Export,
}

func watch(ctx context.Context, cfg *config.Config, process string) (stop func(), err error) {
	watched, err := app.Watch(ctx, cfg, process)
	if err != nil {
		return nil, err
	}
	return func() { watched.Stop(ctx) }, nil
}
