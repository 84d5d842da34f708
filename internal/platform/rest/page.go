package rest

// Page is where a list is read from; embed it with the tag page:"25,250" for the default and the most.
type Page struct {
	PageSize int    `query:"page_size" doc:"How many records to answer with." example:"25"`
	After    string `query:"after" doc:"The id of the last record of the page before; leave it out for the first page." example:"01FDAG4SAP5TYPT98WGR2N7W91"`
}

// Meta says how a list goes on.
type Meta struct {
	After    string `json:"after,omitempty" doc:"Send this as after to read the next page; absent on the last one." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	PageSize int64  `json:"page_size" doc:"The page size of this answer." example:"25"`
}

// MetaTotal is Meta of lists whose whole length is known.
type MetaTotal struct {
	Meta
	Total int64 `json:"total_record_count" doc:"How many records there are on all pages." example:"238"`
}

// Next tells how a list goes on after what is shown; more says that there is something after it.
func Next[T any](shown []T, size int, more bool, key func(T) string) Meta {
	meta := Meta{PageSize: int64(size)}
	if more && len(shown) > 0 {
		meta.After = key(shown[len(shown)-1])
	}
	return meta
}

// Cut takes from records, of which one more than size was read, those that are shown, and reports whether there are more.
func Cut[T any](records []T, size int) (shown []T, more bool) {
	if len(records) > size {
		return records[:size], true
	}
	return records, false
}
