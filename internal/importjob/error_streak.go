package importjob

import (
	"errors"
	"time"
)

const (
	// undocumentedTimeout limits how long a wait survives undocumented codes and statuses once
	// the service has answered. A service or a gateway that restarts sends them (inferred).
	undocumentedTimeout = 2 * time.Minute

	// notFoundTimeout limits how long a job without a record is polled.
	notFoundTimeout = 10 * time.Second

	// notFoundPause is the pause until the second poll of a job that has disappeared.
	notFoundPause = 5 * time.Second
)

// errorStreak remembers the errors of a wait since its last result.
type errorStreak struct {
	err               error     // the last one
	queued            bool      // the last poll was abandoned before it was sent
	failures          int       // those that count against MaxRetries
	throttled         int       // those of the kind Throttled
	undocumentedSince time.Time // when the first UnknownCode or UnknownStatus was received
	notFoundSince     time.Time // when the first NotFound was received
}

// note sets the last error, unless it is that of an abandoned request: the error of the
// request before is more helpful.
func (s *errorStreak) note(err error) {
	if abandoned, ok := errors.AsType[*abandonedError](err); ok {
		s.queued = abandoned.queued
		return
	}
	s.err, s.queued = err, false
}

// add counts an error.
func (s *errorStreak) add(err error) {
	s.note(err)
	if isAbandoned(err) {
		return
	}
	failure := FailureOf(err)
	switch failure {
	case Throttled:
		s.throttled++
	case NotFound:
		s.undocumentedSince = time.Time{} // the service responds again
		if s.notFoundSince.IsZero() {
			s.notFoundSince = time.Now()
		}
	case UnknownCode, UnknownStatus:
		if s.undocumentedSince.IsZero() {
			s.undocumentedSince = time.Now()
		}
	case Permanent, Unavailable, UnknownOutcome:
	}
	if failure == Unavailable || failure == UnknownCode {
		s.failures++
	}
}

// survives reports whether a wait continues after an error that was added to its streak.
func (p *poller[T]) survives(err error, final bool) bool {
	if isAbandoned(err) {
		return true
	}
	switch FailureOf(err) {
	case Throttled:
		return true
	case NotFound:
		return p.survivesNotFound(final)
	case Unavailable:
		return p.responded() || p.failures <= p.MaxRetries
	case UnknownCode:
		if !p.responded() {
			return p.failures <= p.MaxRetries
		}
		return time.Since(p.undocumentedSince) < undocumentedTimeout
	case UnknownStatus:
		return p.responded() && time.Since(p.undocumentedSince) < undocumentedTimeout
	case Permanent, UnknownOutcome:
		return false
	}
	return false
}

// survivesNotFound reports whether a wait continues although there is no record of the job.
func (p *poller[T]) survivesNotFound(final bool) bool {
	since := time.Since(p.notFoundSince)
	switch {
	case p.last != nil:
		return since < notFoundPause
	case final:
		return false
	default:
		return p.patientNotFound || since < notFoundTimeout
	}
}
