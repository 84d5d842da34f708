// Package page is what every area of the dashboard needs to answer a request: who looks, the frame around the page,
// forms, fragments and errors.
package page

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Viewer is the signed-in person whom a page is made for.
type Viewer struct {
	User             id.ID
	Account          id.ID
	Session          id.ID
	Name             string
	Email            string
	Avatar           string // URL of the picture, empty for initials
	Organisation     id.ID
	OrganisationName string
	OrganisationSlug string
	Role             authz.Role
	Permissions      authz.Set
	Zone             *time.Location
	// Theme is "light", "dark" or empty for what the system says.
	Theme string
	// Operator marks who looks after the installation.
	Operator bool
	// Several is true when the account belongs to more than one organisation; only then is the word shown.
	Several bool
}

type viewerKey struct{}

// WithViewer returns a context of a request by viewer.
func WithViewer(ctx context.Context, viewer Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, viewer)
}

// ViewerOf returns who looks, and whether anybody is signed in.
func ViewerOf(ctx context.Context) (Viewer, bool) {
	viewer, ok := ctx.Value(viewerKey{}).(Viewer)
	if !ok || viewer.Zone == nil {
		viewer.Zone = time.UTC
	}
	return viewer, ok
}
