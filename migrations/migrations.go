// Package migrations holds the SQL that builds and changes Muster's schema, in the order of the file names.
//
// Every file must leave the release before it working: expand first, contract one release later. A table that holds
// an organisation's rows calls muster.protect once; the catalogue test refuses a table that does not.
package migrations

import "embed"

// Files are the migrations, forward only.
//
//go:embed *.sql
var Files embed.FS
