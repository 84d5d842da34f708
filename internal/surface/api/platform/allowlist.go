package platform

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/rest"
)

// IPAllowlistV1 says from where the API may be used.
type IPAllowlistV1 struct {
	Enabled   bool            `json:"enabled" doc:"Whether the list holds; while it does not, the API may be used from everywhere."`
	Allowlist []AllowedItemV1 `json:"allowlist" doc:"From where the API may be used."`
	Version   int64           `json:"version" doc:"Grows with each change." example:"3"`
	UpdatedAt *time.Time      `json:"updated_at,omitempty" doc:"When it was changed; left out while nobody has."`
}

// AllowedItemV1 is an address, or a network of addresses.
type AllowedItemV1 struct {
	Value string `json:"value" required:"true" doc:"An address or a network, of IPv4 or IPv6." example:"203.0.113.0/24"`
	Label string `json:"label,omitempty" doc:"What it is." example:"Office"`
}

// IPAllowlistResultV1 says from where the API may be used.
type IPAllowlistResultV1 struct {
	IPAllowlist IPAllowlistV1 `json:"ip_allowlist"`
}

// SaveIPAllowlistV1 replaces the list.
type SaveIPAllowlistV1 struct {
	Enabled   bool            `json:"enabled" required:"true" doc:"Whether the list holds."`
	Allowlist []AllowedItemV1 `json:"allowlist" required:"true" doc:"From where the API may be used, in place of what the list says now."`
	Version   int64           `json:"version" required:"true" doc:"The version that you saw. Another one now means that somebody changed the list meanwhile: the answer is 409." example:"3"`
}

func allowlistOf(list apikey.Allowlist, err error) (IPAllowlistResultV1, error) {
	if err != nil {
		return IPAllowlistResultV1{}, err
	}
	shown := IPAllowlistV1{Enabled: list.Enabled, Version: int64(list.Version)}
	if !list.UpdatedAt.IsZero() {
		shown.UpdatedAt = &list.UpdatedAt
	}
	for _, entry := range list.Entries {
		shown.Allowlist = append(shown.Allowlist, AllowedItemV1(entry))
	}
	return IPAllowlistResultV1{IPAllowlist: shown}, nil
}

// allowlist adds the operations on from where the API may be used.
func (f family) allowlist(api *rest.API) {
	op := rest.Op{ID: "IPAllowlists V1#ShowIPAllowlist", Method: "GET", Path: "/v1/ip_allowlists", Summary: "Show the IP allow-list"}
	rest.Add(api, op, func(ctx context.Context, _ rest.Nothing) (IPAllowlistResultV1, error) {
		return allowlistOf(f.APIKeys.Allowlist(ctx))
	})
	op = rest.Op{
		ID: "IPAllowlists V1#UpdateIPAllowlist", Method: "PUT", Path: "/v1/ip_allowlists", Summary: "Change the IP allow-list", Scopes: []authz.Permission{authz.UpdateSecurity},
		Description: "Replaces the list. It holds for the API alone, not for people who sign in. A list that is enabled and does not name the address that you come from is refused: it would shut you out.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body SaveIPAllowlistV1 }) (IPAllowlistResultV1, error) {
		if in.Body.Version < 1 || in.Body.Version > 1<<31-1 {
			return IPAllowlistResultV1{}, problem.New(problem.Conflict, "stale", "The list never had the version %d. Read it, and send the version that you saw.", in.Body.Version)
		}
		cmd := apikey.ChangeAllowlist{Enabled: in.Body.Enabled, Version: int32(in.Body.Version)} //nolint:gosec // bounded
		for _, item := range in.Body.Allowlist {
			cmd.Entries = append(cmd.Entries, apikey.Allowed(item))
		}
		return allowlistOf(f.APIKeys.ChangeAllowlist(ctx, cmd))
	})
}
