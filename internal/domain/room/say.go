package room

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Say lets Muster say something of the chat core, once for the message's key.
func (s *Service) Say(ctx context.Context, incident id.ID, message chat.Message) (id.ID, error) {
	blocks, err := json.Marshal(message)
	if err != nil {
		return "", fmt.Errorf("write a message of the chat core: %w", err)
	}
	said, err := s.PostBot(ctx, PostBot{Incident: incident, Key: message.Key, Blocks: blocks})
	return said.ID, err
}

// Reply lets Muster say something in the thread of a message, once for the message's key.
func (s *Service) Reply(ctx context.Context, to id.ID, message chat.Message) (id.ID, error) {
	parent, err := s.Message(ctx, to)
	if err != nil {
		return "", err
	}
	blocks, err := json.Marshal(message)
	if err != nil {
		return "", fmt.Errorf("write a message of the chat core: %w", err)
	}
	said, err := s.PostBot(ctx, PostBot{Incident: parent.Incident, Key: message.Key, Blocks: blocks, Thread: to})
	return said.ID, err
}

// Resay makes something that Muster said read as given; where it reads so already, nothing is written.
func (s *Service) Resay(ctx context.Context, message id.ID, now chat.Message) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	blocks, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("write a message of the chat core: %w", err)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := lock(ctx, tx, message)
		if err != nil {
			return err
		}
		if row.Kind != string(FromBot) {
			return notMuster()
		}
		if sameJSON(row.Blocks, blocks) {
			return nil
		}
		return s.editBlocks(ctx, tx, row, blocks)
	})
}

// Unsay takes something that Muster said away; what is gone already stays so.
func (s *Service) Unsay(ctx context.Context, message id.ID) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).Lock(ctx, message)
		if postgres.None(err) {
			return problem.Missing("message")
		}
		if err != nil {
			return fmt.Errorf("lock a message: %w", err)
		}
		if row.Kind != string(FromBot) {
			return notMuster()
		}
		if row.DeletedAt != nil {
			return nil
		}
		return s.remove(ctx, tx, row, tenant.Muster, "")
	})
}

func notMuster() error {
	return problem.New(problem.Forbidden, "not_muster", "This message is a person's; only its author changes it.")
}
