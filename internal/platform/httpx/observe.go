package httpx

import "net/http"

// Observed is a response writer that remembers what was answered.
type Observed struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Observe returns the writer in a form that remembers the status and the size of the answer.
func Observe(w http.ResponseWriter) *Observed { return observe(w) }

func observe(w http.ResponseWriter) *Observed { return &Observed{ResponseWriter: w} }

// Status returns the status that was answered; a handler that wrote nothing answers 200.
func (o *Observed) Status() int {
	if o.status == 0 {
		return http.StatusOK
	}
	return o.status
}

// WriteHeader sends the header with a status.
func (o *Observed) WriteHeader(status int) {
	if o.status == 0 && status >= 200 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write sends bytes of the answer.
func (o *Observed) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	o.bytes += int64(n)
	return n, err
}

// Unwrap gives http.ResponseController the writer beneath.
func (o *Observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// Flush sends what is buffered, for handlers that ask for http.Flusher.
func (o *Observed) Flush() { _ = http.NewResponseController(o.ResponseWriter).Flush() }
