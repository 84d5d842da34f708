package rest

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

type shelf struct {
	Books  []book    `json:"books"`
	Spare  *book     `json:"spare,omitempty"`
	Made   time.Time `json:"made"`
	Labels []string  `json:"labels,omitempty"`
}

type book struct {
	Words []string `json:"words"`
	Notes []*book  `json:"notes"`
	hid   []string
}

// TestListsThatAreAlwaysSentAreLists looks into structs, pointers and lists.
func TestListsThatAreAlwaysSentAreLists(t *testing.T) {
	one := shelf{Books: []book{{Notes: []*book{{}}}}, Spare: &book{}}
	fill(reflect.ValueOf(&one).Elem())
	text, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"books":[{"words":[],"notes":[{"words":[],"notes":[]}]}],"spare":{"words":[],"notes":[]},"made":"0001-01-01T00:00:00Z"}`
	if string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	if one.Books[0].hid != nil {
		t.Error("what is not exported was touched")
	}
	var none shelf
	fill(reflect.ValueOf(&none).Elem())
	if none.Books == nil || none.Labels != nil {
		t.Errorf("an empty one is %+v", none)
	}
}
