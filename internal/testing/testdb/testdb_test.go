package testdb_test

import (
	"testing"

	"github.com/musterhq/muster/internal/testing/testdb"
)

func TestDatabasesAreSeparateAndMigrated(t *testing.T) {
	one, other := testdb.New(t), testdb.New(t)
	one.Organisation(t, "Demo")
	for _, c := range []struct {
		d    *testdb.Database
		want int
	}{{one, 1}, {other, 0}} {
		var got int
		if err := c.d.DB.Pool().QueryRow(t.Context(), "SELECT count(*) FROM muster.organisation").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("organisations in the database: got %d, want %d", got, c.want)
		}
	}
}
