package browser

import (
	"errors"
	"fmt"
	"os"
)

// Walk runs what drives a browser outside of tests, where a session stands in for the test: what fails ends the walk
// and is its error.
func Walk(name string, walk func(t Test) error) (err error) {
	s := &session{name: name}
	defer s.close()
	defer func() {
		if failure, stopped := recover().(halt); stopped {
			err = errors.Join(err, failure)
		}
	}()
	return walk(s)
}

// halt ends a walk in the middle of it.
type halt struct{ error }

type session struct {
	name     string
	cleanups []func()
	wrong    []error
}

func (s *session) Helper()                         {}
func (s *session) Name() string                    { return s.name }
func (s *session) Cleanup(fn func())               { s.cleanups = append(s.cleanups, fn) }
func (s *session) Failed() bool                    { return len(s.wrong) > 0 }
func (s *session) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (s *session) Errorf(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Errorf(format, args...))
	s.Logf(format, args...)
}

func (s *session) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	panic(halt{errors.Join(s.wrong...)})
}

func (s *session) close() {
	for n := range s.cleanups {
		s.cleanups[len(s.cleanups)-1-n]()
	}
}
