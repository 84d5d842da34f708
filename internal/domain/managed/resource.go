// Package managed knows which things are kept by a program outside, such as Terraform, so that people can be told before
// they change by hand what the program would change back.
package managed

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/managed/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Service keeps what is managed from outside.
type Service struct {
	db    *postgres.DB
	clock clock.Clock
}

// New returns the service over db.
func New(db *postgres.DB, clock clock.Clock) *Service { return &Service{db: db, clock: clock} }

// Type is a sort of thing that a program can manage.
type Type string

// scopes are the sorts of things in the order in which the public API lists them, each with what it takes to change one.
var scopes = []struct {
	of    Type
	scope authz.Permission
}{
	{"alert_route", authz.UpdateAlertRoutes},
	{"alert_source", authz.UpdateAlertSources},
	{"escalation_path", authz.UpdateEscalationPaths},
	{"schedule", authz.UpdateSchedules},
	{"schedule_sync_target", authz.UpdateScheduleSyncTargets},
	{"schedule_sync_rule", authz.UpdateScheduleSyncRules},
	{"workflow", authz.UpdateWorkflows},
}

// scope is what it takes to claim a thing of the sort, and whether there is such a sort.
func (t Type) scope() (authz.Permission, bool) {
	for _, known := range scopes {
		if known.of == t {
			return known.scope, true
		}
	}
	return "", false
}

// Manager is who looks after a thing.
type Manager string

// The managers. What nobody claimed is managed in the dashboard.
const (
	Dashboard Manager = "dashboard"
	Terraform Manager = "terraform"
	External  Manager = "external"
)

// Resource is a thing and what its manager noted about it.
type Resource struct {
	Type        Type
	ID          id.ID
	Annotations map[string]string
}

// terraformVersion is the annotation by which Terraform's provider makes itself known.
const terraformVersion = "incident.io/terraform/version"

// ManagedBy tells who manages the thing, by its annotations.
func (r Resource) ManagedBy() Manager {
	if _, noted := r.Annotations[terraformVersion]; noted {
		return Terraform
	}
	return External
}

// What annotations may hold, in bytes where it is not said otherwise.
const (
	mostAnnotations  = 50 // entries
	longestName      = 200
	longestNote      = 1000
	longestReference = 100
)

// Claim is that a program manages a thing from now on.
type Claim struct {
	Type        Type
	ID          id.ID
	Annotations map[string]string
}

// Claim notes who manages a thing, in place of what was noted before. The thing itself is not looked for: a program claims
// what it has just made.
func (s *Service) Claim(ctx context.Context, cmd Claim) (Resource, error) {
	scope, known := cmd.Type.scope()
	if !known {
		return Resource{}, unknownType()
	}
	if _, err := tenant.Require(ctx, scope); err != nil {
		return Resource{}, err
	}
	if err := cmd.check(); err != nil {
		return Resource{}, err
	}
	claimed := Resource(cmd)
	if claimed.Annotations == nil {
		claimed.Annotations = map[string]string{}
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		var was Resource
		row, err := q.Lock(ctx, db.LockParams{Type: string(cmd.Type), ID: cmd.ID})
		if err == nil {
			was, err = resourceOf(row)
		}
		if err != nil && !postgres.None(err) {
			return fmt.Errorf("lock what is managed: %w", err)
		}
		if was.Annotations != nil && maps.Equal(was.Annotations, claimed.Annotations) {
			return nil
		}
		text, err := json.Marshal(claimed.Annotations)
		if err != nil {
			return fmt.Errorf("write annotations: %w", err)
		}
		if err := q.Put(ctx, db.PutParams{Type: string(cmd.Type), ID: cmd.ID, Annotations: text, At: at}); err != nil {
			return fmt.Errorf("note who manages a %s: %w", cmd.Type, err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{
			Action: "managed_resource.claimed", TargetType: string(cmd.Type), TargetID: cmd.ID, Before: was.Annotations, After: claimed.Annotations,
		})
	})
	return claimed, err
}

// check names what is wrong with a claim.
func (c Claim) check() error {
	var wrong problem.List
	switch {
	case c.ID.Empty():
		wrong = append(wrong, problem.Field("resource_id", "is_required", "Say with resource_id which one it is."))
	case len(c.ID) > longestReference:
		wrong = append(wrong, problem.Field("resource_id", "too_long", "resource_id has %d bytes; %d are the most.", len(c.ID), longestReference))
	}
	if len(c.Annotations) > mostAnnotations {
		wrong = append(wrong, problem.Field("annotations", "too_many", "There are %d annotations; %d are the most.", len(c.Annotations), mostAnnotations))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Annotations)) {
		if name == "" || len(name) > longestName || len(c.Annotations[name]) > longestNote {
			wrong = append(wrong, problem.Field("annotations", "too_long", "An annotation has a name of 1 to %d bytes and a value of at most %d.", longestName, longestNote))
			break
		}
	}
	return wrong.Err()
}

// unknownType names the sorts that there are.
func unknownType() error {
	names := make([]string, len(scopes))
	for n, known := range scopes {
		names[n] = string(known.of)
	}
	return problem.Field("resource_type", "invalid_value", "resource_type is one of %s.", strings.Join(names, ", "))
}

// Of returns those of the things that somebody claimed, by their ids.
func (s *Service) Of(ctx context.Context, sort Type, ids ...id.ID) (map[id.ID]Resource, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	texts := make([]string, len(ids))
	for n, one := range ids {
		texts[n] = string(one)
	}
	found := map[id.ID]Resource{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Resources(ctx, db.ResourcesParams{Type: string(sort), Ids: texts})
		if err != nil {
			return fmt.Errorf("read what is managed: %w", err)
		}
		for _, row := range rows {
			if found[row.ResourceID], err = resourceOf(row); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

func resourceOf(row db.MusterManagedResource) (Resource, error) {
	r := Resource{Type: Type(row.ResourceType), ID: row.ResourceID}
	if err := json.Unmarshal(row.Annotations, &r.Annotations); err != nil {
		return Resource{}, fmt.Errorf("read the annotations of the %s %s: %w", row.ResourceType, row.ResourceID, err)
	}
	return r, nil
}
