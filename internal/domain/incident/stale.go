package incident

import "github.com/musterhq/muster/internal/kernel/problem"

// Stale tells an editor that somebody else changed the text since they began.
type Stale = problem.Stale
