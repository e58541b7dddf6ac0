package importjob

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the run if a test has left a goroutine behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
