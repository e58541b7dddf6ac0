package zilliz

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// minSecret is the length of the shortest secret that is masked, in bytes. A shorter one
// would mask parts of ordinary words.
const minSecret = 8

// CheckAPIKey returns an error unless a key has at least 8 characters and can be sent in a
// header: printable ASCII without surrounding white space. The error never contains the
// key.
func CheckAPIKey(key string) error {
	if err := CheckSpace(key); err != nil {
		return err
	}
	for _, r := range key {
		if r < ' ' || r > '~' {
			return errors.New("must contain only printable ASCII characters, and no newline")
		}
	}
	if len(key) < minSecret {
		return fmt.Errorf("must have at least %d characters", minSecret)
	}
	return nil
}

// secrets are the API key and the credentials of all starts: the service can quote them in
// the reason of a job that is read later. They are in functions, so that printing or
// dumping a client can't reveal them.
type secrets struct {
	add func(...string)
	all func() []string
}

func newSecrets(key string) secrets {
	var mu sync.Mutex
	all := []string{key}
	return secrets{
		add: func(more ...string) {
			mu.Lock()
			defer mu.Unlock()
			for _, secret := range more {
				if !slices.Contains(all, secret) {
					all = append(all, secret)
				}
			}
		},
		all: func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(all)
		},
	}
}
