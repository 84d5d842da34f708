package apikey

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/apikey/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Allowed is an address or a network from which the API may be used, as people wrote it: 203.0.113.7, 2001:db8::/32.
type Allowed struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"`
}

// Allowlist says from where an organisation's API may be used: from everywhere unless Enabled. People who sign in are
// not held to it, so that somebody can always put it right.
type Allowlist struct {
	Enabled bool
	Entries []Allowed
	// Version counts changes, from 1 for the list that nobody has changed yet.
	Version   int32
	UpdatedAt time.Time
}

// ChangeAllowlist replaces the list. Version is the one that the editor saw.
type ChangeAllowlist struct {
	Enabled bool
	Entries []Allowed
	Version int32
}

const (
	mostEntries = 500
	mostLabel   = 200
)

// Allowlist returns the list, to everybody in the organisation.
func (s *Service) Allowlist(ctx context.Context) (list Allowlist, err error) {
	if _, err := tenant.From(ctx); err != nil {
		return Allowlist{}, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		list, err = allowlistOf(db.New(tx).Allowlist(ctx))
		return err
	})
	return list, err
}

func allowlistOf(row db.AllowlistRow, err error) (Allowlist, error) {
	if postgres.None(err) {
		return Allowlist{Version: 1}, nil
	}
	if err != nil {
		return Allowlist{}, fmt.Errorf("read the allow-list: %w", err)
	}
	list := Allowlist{Enabled: row.Enabled, Version: row.RowVersion, UpdatedAt: row.UpdatedAt}
	if err := json.Unmarshal(row.Entries, &list.Entries); err != nil {
		return Allowlist{}, fmt.Errorf("read the entries of the allow-list: %w", err)
	}
	return list, nil
}

// ChangeAllowlist replaces the list and returns it. A program that would shut itself out is refused.
func (s *Service) ChangeAllowlist(ctx context.Context, cmd ChangeAllowlist) (Allowlist, error) {
	entries, networks, err := checkEntries(cmd.Entries)
	if err != nil {
		return Allowlist{}, err
	}
	if cmd.Enabled && len(entries) == 0 {
		return Allowlist{}, problem.Field("allowlist", "is_required", "Name at least one address: with none, no program can use the API.")
	}
	var after Allowlist
	_, err = s.book.Set(ctx, authz.UpdateSecurity, "ip_allowlist", func(ctx context.Context, t setting.Turn) (setting.Change, error) {
		scope, err := tenant.From(ctx)
		if err != nil {
			return setting.Change{}, err
		}
		if here := httpx.RequestOf(ctx).Client.Unmap(); scope.Actor.Type == tenant.APIKey && cmd.Enabled && here.IsValid() && !contained(networks, here) {
			return setting.Change{}, problem.Field("allowlist", "shuts_you_out", "Your own address, %s, is not in the list: this would be the last request that you can make. Add it, or change the list in the dashboard.", here)
		}
		q := db.New(t.Tx)
		row, err := q.LockAllowlist(ctx)
		before, err := allowlistOf(db.AllowlistRow(row), err)
		if err != nil {
			return setting.Change{}, err
		}
		stale := problem.New(problem.Conflict, "stale", "Somebody else changed the list: it has the version %d now, and yours was %d. Look at it, and make your change again.", before.Version, cmd.Version)
		if cmd.Version != before.Version {
			return setting.Change{}, stale
		}
		after = Allowlist{Enabled: cmd.Enabled, Entries: entries, Version: before.Version + 1, UpdatedAt: t.At}
		if after.Enabled == before.Enabled && slices.Equal(after.Entries, before.Entries) {
			after = before
			return setting.Change{}, nil
		}
		written, err := json.Marshal(entries)
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the entries of the allow-list: %w", err)
		}
		texts := make([]string, len(networks))
		for n, network := range networks {
			texts[n] = network.String()
		}
		saved, err := q.SaveAllowlist(ctx, db.SaveAllowlistParams{Enabled: after.Enabled, Entries: written, Networks: texts, RowVersion: after.Version, At: t.At})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the allow-list: %w", err)
		}
		if saved == 0 { // somebody else wrote the first one meanwhile
			return setting.Change{}, stale
		}
		return setting.Change{What: "edited", ID: scope.Organisation, Before: toldList(before), After: toldList(after)}, nil
	})
	return after, err
}

func toldList(list Allowlist) map[string]any {
	values := make([]string, len(list.Entries))
	for n, entry := range list.Entries {
		values[n] = entry.Value
	}
	return map[string]any{"enabled": list.Enabled, "addresses": values}
}

// Contains reports whether the API may be used from an address once the list is enabled.
func (l Allowlist) Contains(address netip.Addr) bool {
	_, networks, err := checkEntries(l.Entries)
	return err == nil && contained(networks, address.Unmap().WithZone(""))
}

func contained(networks []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(networks, func(network netip.Prefix) bool { return network.Contains(address) })
}

// checkEntries tidies what was written, and reads it as networks.
func checkEntries(entries []Allowed) ([]Allowed, []netip.Prefix, error) {
	var wrong problem.List
	tidy, networks := make([]Allowed, 0, len(entries)), make([]netip.Prefix, 0, len(entries))
	if len(entries) > mostEntries {
		return nil, nil, problem.Field("allowlist", "too_many", "The list has %d entries at most.", mostEntries)
	}
	for n, entry := range entries {
		value := strings.TrimSpace(entry.Value)
		network, err := readNetwork(value)
		if err != nil {
			wrong = append(wrong, problem.Field(fmt.Sprintf("allowlist[%d].value", n), "invalid", "%q is no address. Write one like 203.0.113.7 or 2001:db8::1, or a network like 203.0.113.0/24.", value))
			continue
		}
		label, err := setting.Text(fmt.Sprintf("allowlist[%d].label", n), entry.Label, mostLabel)
		if err != nil {
			wrong = append(wrong, problem.All(err)...)
			continue
		}
		if slices.Contains(networks, network) {
			wrong = append(wrong, problem.Field(fmt.Sprintf("allowlist[%d].value", n), "taken", "%s is in the list twice.", value))
			continue
		}
		tidy, networks = append(tidy, Allowed{Value: value, Label: label}), append(networks, network)
	}
	return tidy, networks, wrong.Err()
}

func readNetwork(value string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(value); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(value)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("read a network: %w", err)
	}
	if address := network.Addr(); address.Is4In6() {
		if network.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("%s mixes the two kinds of addresses", value)
		}
		network = netip.PrefixFrom(address.Unmap(), network.Bits()-96)
	}
	return network.Masked(), nil
}
