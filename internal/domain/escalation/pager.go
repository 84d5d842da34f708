package escalation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Kind is the sort of a pager.
type Kind string

// The sorts of pager.
const (
	PagerDuty Kind = "pagerduty"
	Opsgenie  Kind = "opsgenie"
	Webhook   Kind = "webhook"
)

// Kinds lists the sorts of pager.
func Kinds() []Kind { return []Kind{PagerDuty, Opsgenie, Webhook} }

// Label is what people call the sort.
func (k Kind) Label() string {
	switch k {
	case PagerDuty:
		return "PagerDuty"
	case Opsgenie:
		return "Opsgenie"
	default:
		return "Webhook"
	}
}

// Pager is a service outside of Muster that gets people out of bed.
type Pager struct {
	ID   id.ID
	Name string
	Kind Kind
	// Address is the webhook's, or the region of the service: us or eu.
	Address string
	// ReadsBack says that acknowledgements there are seen here, Resolves that pages are resolved there when nobody is
	// needed any more.
	ReadsBack, Resolves bool
	Disabled            bool
	Version             int32
}

// PagerSecrets open a pager; only what a kind needs is set. They are never shown again.
type PagerSecrets struct {
	// Key is PagerDuty's routing key, Opsgenie's API key, or what a webhook's signature is made with.
	Key string `json:"key"`
	// Token is a REST API key of PagerDuty, with which acknowledgements are read back.
	Token string `json:"token,omitempty"`
}

// CreatePager connects a pager.
type CreatePager struct {
	Name     string
	Kind     Kind
	Address  string
	Secrets  PagerSecrets
	Resolves bool
}

// EditPager changes how a pager is connected; empty secrets stay as they are, and Version is the one that the editor saw.
type EditPager struct {
	Pager    id.ID
	Name     string
	Address  string
	Secrets  PagerSecrets
	NoToken  bool
	Resolves bool
	Version  int32
}

// SwitchPager disables a pager for a while, or enables it.
type SwitchPager struct {
	Pager    id.ID
	Disabled bool
}

// DeletePager disconnects a pager.
type DeletePager struct{ Pager id.ID }

const sealPurpose = "pager"

// Pagers lists the organisation's pagers by name.
func (s *Service) Pagers(ctx context.Context) ([]Pager, error) {
	var pagers []Pager
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.Pagers(ctx)
		if err != nil {
			return fmt.Errorf("list pagers: %w", err)
		}
		for _, row := range rows {
			pagers = append(pagers, pagerOf(row))
		}
		return nil
	})
	return pagers, err
}

func pagerOf(row db.MusterPager) Pager {
	return Pager{
		ID: row.ID, Name: row.Name, Kind: Kind(row.Kind), Address: row.Address, ReadsBack: row.ReadsBack, Resolves: row.Resolves,
		Disabled: row.DisabledAt != nil, Version: row.RowVersion,
	}
}

// CreatePager connects a pager and returns it with the secrets as they are kept: a webhook's is made here.
func (s *Service) CreatePager(ctx context.Context, cmd CreatePager) (Pager, PagerSecrets, error) {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return Pager{}, PagerSecrets{}, err
	}
	if !slices.Contains(Kinds(), cmd.Kind) {
		return Pager{}, PagerSecrets{}, problem.Field("kind", "unknown", "Choose PagerDuty, Opsgenie or a webhook.")
	}
	if cmd.Kind == Webhook {
		cmd.Secrets = PagerSecrets{Key: secrets.NewToken("mus_pager_")}
	}
	name, address, held, err := checkPager(cmd.Kind, cmd.Name, cmd.Address, cmd.Secrets)
	if err != nil {
		return Pager{}, PagerSecrets{}, err
	}
	sealed, err := s.seal(scope.Organisation, held)
	if err != nil {
		return Pager{}, PagerSecrets{}, err
	}
	at := s.clock.Now()
	row := db.InsertPagerParams{
		ID: id.New(at), Name: name, Kind: string(cmd.Kind), Address: address, Sealed: sealed, ReadsBack: readsBack(cmd.Kind, held), Resolves: cmd.Resolves, At: at,
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := db.New(tx).InsertPager(ctx, row); err != nil {
			return nameTaken(err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{
			Action: "pager.created", TargetType: "pager", TargetID: row.ID,
			After: map[string]any{"name": name, "kind": cmd.Kind, "address": address, "reads_back": row.ReadsBack, "resolves": cmd.Resolves},
		})
	})
	return Pager{ID: row.ID, Name: name, Kind: cmd.Kind, Address: address, ReadsBack: row.ReadsBack, Resolves: cmd.Resolves, Version: 1}, held, err
}

// readsBack says whether a pager tells who acknowledged: PagerDuty with a token, Opsgenie with its key; webhooks tell
// by themselves.
func readsBack(kind Kind, held PagerSecrets) bool {
	return kind == Opsgenie || kind == PagerDuty && held.Token != ""
}

func (s *Service) seal(organisation id.ID, held PagerSecrets) ([]byte, error) {
	plain, err := json.Marshal(held)
	if err != nil {
		return nil, fmt.Errorf("write the secrets of a pager: %w", err)
	}
	return s.needs.Keys.Seal(plain, string(organisation), sealPurpose)
}

func (s *Service) open(ctx context.Context, row db.MusterPager) (PagerSecrets, error) {
	var held PagerSecrets
	scope, err := tenant.From(ctx)
	if err != nil {
		return held, err
	}
	plain, err := s.needs.Keys.Open(row.Sealed, string(scope.Organisation), sealPurpose)
	if err != nil {
		return held, fmt.Errorf("open the secrets of a pager, which another secret key sealed: %w", err)
	}
	if err := json.Unmarshal(plain, &held); err != nil {
		return held, fmt.Errorf("read the secrets of a pager: %w", err)
	}
	return held, nil
}

// checkPager tidies what was typed and says what cannot be right, before anybody depends on it at night.
func checkPager(kind Kind, name, address string, held PagerSecrets) (string, string, PagerSecrets, error) {
	name, address = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " "), strings.TrimSpace(address)
	held = PagerSecrets{Key: strings.TrimSpace(held.Key), Token: strings.TrimSpace(held.Token)}
	var wrong problem.List
	add := func(p *problem.Error) { wrong = append(wrong, p) }
	switch length := utf8.RuneCountInString(name); {
	case length == 0:
		add(problem.Field("name", "is_required", "Give it a name, as people call it: “Platform on-call”."))
	case length > 80:
		add(problem.Field("name", "too_long", "A name has 80 characters at most."))
	}
	switch kind {
	case PagerDuty:
		if len(held.Key) != 32 {
			add(problem.Field("key", "invalid", "An integration key of Events API v2 has 32 characters; this has %d. It is on the service, under Integrations.", len(held.Key)))
		}
	case Opsgenie:
		if len(held.Key) < 20 {
			add(problem.Field("key", "invalid", "An API key of Opsgenie looks like xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx. It is on the integration of the team."))
		}
	default:
		if at, err := url.Parse(address); err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" || len(address) > 2000 {
			add(problem.Field("address", "invalid", "Write the whole address, https://pages.example.com/muster."))
		}
	}
	if kind != Webhook && address != "us" && address != "eu" {
		add(problem.Field("address", "unknown", "Choose where your account is: United States or Europe."))
	}
	if len(wrong) > 0 {
		return name, address, held, wrong
	}
	return name, address, held, nil
}

func nameTaken(err error) error {
	if postgres.Unique(err, "pager_name") {
		return problem.Field("name", "taken", "There is a pager of this name already. Choose another.")
	}
	return fmt.Errorf("write the pager: %w", err)
}

// changePager locks a pager, lets fn change its row and writes it.
func (s *Service) changePager(ctx context.Context, pager id.ID, action string, fn func(ctx context.Context, tx pgx.Tx, row *db.MusterPager) error) (Pager, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return Pager{}, err
	}
	if !pager.Valid() {
		return Pager{}, problem.Missing("pager")
	}
	var after Pager
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		row, err := q.LockPager(ctx, pager)
		if postgres.None(err) {
			return problem.Missing("pager")
		}
		if err != nil {
			return fmt.Errorf("lock the pager: %w", err)
		}
		before := pagerOf(row)
		if err := fn(ctx, tx, &row); err != nil {
			return err
		}
		err = q.UpdatePager(ctx, db.UpdatePagerParams{
			Name: row.Name, Address: row.Address, Sealed: row.Sealed, ReadsBack: row.ReadsBack, Resolves: row.Resolves,
			DisabledAt: row.DisabledAt, DeletedAt: row.DeletedAt, At: at, ID: pager,
		})
		if err != nil {
			return nameTaken(err)
		}
		after = pagerOf(row)
		return audit.Write(ctx, tx, at, audit.Entry{Action: action, TargetType: "pager", TargetID: pager, Before: shown(before), After: shown(after)})
	})
	return after, err
}

// shown is what the audit log tells of a pager: nothing that opens it.
func shown(p Pager) map[string]any {
	return map[string]any{"name": p.Name, "kind": p.Kind, "address": p.Address, "reads_back": p.ReadsBack, "resolves": p.Resolves, "disabled": p.Disabled}
}

// EditPager changes how a pager is connected.
func (s *Service) EditPager(ctx context.Context, cmd EditPager) (Pager, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return Pager{}, err
	}
	return s.changePager(ctx, cmd.Pager, "pager.edited", func(ctx context.Context, _ pgx.Tx, row *db.MusterPager) error {
		if cmd.Version != 0 && cmd.Version != row.RowVersion {
			return problem.New(problem.Conflict, "stale", "Somebody else changed this pager meanwhile. Open it again.")
		}
		held, err := s.open(ctx, *row)
		if err != nil {
			return err
		}
		if cmd.Secrets.Key != "" && Kind(row.Kind) != Webhook {
			held.Key = cmd.Secrets.Key
		}
		if cmd.Secrets.Token != "" || cmd.NoToken {
			held.Token = cmd.Secrets.Token
		}
		if row.Name, row.Address, held, err = checkPager(Kind(row.Kind), cmd.Name, cmd.Address, held); err != nil {
			return err
		}
		if row.Sealed, err = s.seal(scope.Organisation, held); err != nil {
			return err
		}
		row.ReadsBack, row.Resolves = readsBack(Kind(row.Kind), held), cmd.Resolves
		return nil
	})
}

// SwitchPager disables or enables a pager; a disabled one is not offered and not paged.
func (s *Service) SwitchPager(ctx context.Context, cmd SwitchPager) (Pager, error) {
	return s.changePager(ctx, cmd.Pager, "pager.switched", func(_ context.Context, _ pgx.Tx, row *db.MusterPager) error {
		row.DisabledAt = nil
		if cmd.Disabled {
			at := s.clock.Now()
			row.DisabledAt = &at
		}
		return nil
	})
}

// DeletePager disconnects a pager; one that somebody waits for at this moment stays.
func (s *Service) DeletePager(ctx context.Context, cmd DeletePager) (Pager, error) {
	return s.changePager(ctx, cmd.Pager, "pager.deleted", func(ctx context.Context, tx pgx.Tx, row *db.MusterPager) error {
		pending, err := db.New(tx).PagerPending(ctx, cmd.Pager)
		if err != nil {
			return fmt.Errorf("look where the pager is used: %w", err)
		}
		if len(pending) > 0 {
			names := make([]string, len(pending))
			for n, one := range pending {
				names[n] = string(one.ID)
				if one.Number != nil {
					names[n] = incident.Reference(*one.Number)
				}
			}
			return problem.New(problem.Conflict, "in_use", "%s is being paged in %s at this moment. Wait for an answer or call it off there, then delete it.", row.Name, strings.Join(names, ", "))
		}
		at := s.clock.Now()
		row.DeletedAt, row.Sealed = &at, []byte{}
		return nil
	})
}

// usable reads a pager that can be paged.
func usable(ctx context.Context, q *db.Queries, pager id.ID) (db.MusterPager, error) {
	if !pager.Valid() {
		return db.MusterPager{}, problem.Missing("pager")
	}
	row, err := q.Pager(ctx, pager)
	switch {
	case postgres.None(err) || err == nil && row.DeletedAt != nil:
		return row, problem.Missing("pager")
	case err != nil:
		return row, fmt.Errorf("read the pager: %w", err)
	case row.DisabledAt != nil:
		return row, problem.Field("targets", "disabled", "%s is switched off since %s. Choose somebody else, or switch it on under Settings, Pagers.", row.Name, row.DisabledAt.Format(time.DateOnly))
	}
	return row, nil
}
