package jobs

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// maxAttempts is how often a delivery is tried: with pauses of up to an hour these take about eight hours.
const maxAttempts = 20

// pageAttempts stands for no end: at a minute each these take three weeks, and a page has an end of its own before.
const pageAttempts = 32_000

// pagePause is the most that lies between two tries of a page.
const pagePause = time.Minute

// longestPause is the most that lies between two tries.
const longestPause = time.Hour

// pause is how long a job waits after its attempt-th failure: a second, doubled each time, an hour at most, and up to
// a fifth shorter, so that what failed together does not come back together. The same job always waits the same.
func pause(job int64, attempt int) time.Duration {
	full := longestPause
	if attempt < 13 {
		full = min(longestPause, time.Second<<max(attempt-1, 0))
	}
	hash := fnv.New32a()
	_ = binary.Write(hash, binary.BigEndian, [2]int64{job, int64(attempt)})
	return full - full/5*time.Duration(hash.Sum32()%1000)/1000
}

// retry is River's view of pause.
type retry struct{ clock clock.Clock }

// NextRetry returns when the job is tried again.
func (r retry) NextRetry(job *rivertype.JobRow) time.Time {
	return r.clock.Now().Add(pauseOf(job.ID, job.Attempt, job.MaxAttempts == pageAttempts))
}

// pauseOf is the pause of a page or of other work.
func pauseOf(job int64, attempt int, page bool) time.Duration {
	if page {
		return min(pause(job, attempt), pagePause)
	}
	return pause(job, attempt)
}

// attemptsOf is how often a page or other work is tried.
func attemptsOf(page bool) int {
	if page {
		return pageAttempts
	}
	return maxAttempts
}

// hopeless reports whether another try would fail the same way: the event itself is at fault. Everything else may heal:
// a provider comes back, a person is given access, a release learns the subscriber.
func hopeless(err error) bool {
	var known *problem.Error
	return errors.As(err, &known) && (known.Kind == problem.Invalid || known.Kind == problem.TooLarge)
}
