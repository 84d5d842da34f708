package settings

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// TestCellsRunNoFormulas keeps a name that somebody chose from being run by the spreadsheet of who reads the log.
func TestCellsRunNoFormulas(t *testing.T) {
	var out strings.Builder
	write, end := auditCSV(&out)
	names := []string{`=HYPERLINK("http://example.com")`, "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", "Ada = Bob", ""}
	for _, name := range names {
		if err := write(audit.Logged{Actor: tenant.Actor{Name: name}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(rows) != len(names)+1 {
		t.Fatal(err, len(rows))
	}
	for n, row := range rows[1:] {
		want := names[n]
		if n < 7 {
			want = "'" + strings.ReplaceAll(want, "\r", "\r")
		}
		if row[4] != want {
			t.Errorf("%q is written as %q", names[n], row[4])
		}
	}
}
