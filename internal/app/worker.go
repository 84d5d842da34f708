package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// runWorker delivers events to their subscribers until the context ends.
func (a *App) runWorker(ctx context.Context) error {
	options, err := a.workerOptions()
	if err != nil {
		return err
	}
	if a.Config.DatabaseDirectURL != a.Config.DatabaseURL {
		direct, err := pgxpool.New(ctx, a.Config.DatabaseDirectURL)
		if err != nil {
			return fmt.Errorf("open the database past its pooler: %w", err)
		}
		defer direct.Close()
		options.Listen = direct
	}
	supervise.Go(ctx, "send webhooks", a.sendWebhooks)
	if a.Config.Slack() {
		supervise.Go(ctx, "keep channels", a.pump)
		supervise.Go(ctx, "keep announcements", a.announce)
		supervise.Go(ctx, "catch up with Slack", a.catchUp)
		supervise.Go(ctx, "follow Home tabs", a.SlackDoors.Follow)
		supervise.Go(ctx, "take up what Slack sent", func(ctx context.Context) { every(ctx, 2*time.Second, a.SlackDoors.Sweep) })
	}
	supervise.Go(ctx, "make exports", a.Exports.Run)
	return jobs.NewWorker(options).Run(ctx)
}

// runLone runs work that may be what kills workers, one at a time.
func (a *App) runLone(ctx context.Context) error {
	options, err := a.workerOptions()
	if err != nil {
		return err
	}
	return jobs.NewWorker(options).RunLone(ctx)
}

func (a *App) workerOptions() (jobs.Options, error) {
	program, err := os.Executable()
	if err != nil {
		return jobs.Options{}, fmt.Errorf("find the program to run suspects with: %w", err)
	}
	return jobs.Options{
		DB: a.DB, Bus: a.Bus, Clock: a.Clock, CrashFile: a.Config.CrashFile(), Lone: []string{program, "serve", "--roles", RoleLone},
		Observer: figures{a.Metrics},
	}, nil
}
