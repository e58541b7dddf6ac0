// Package simulated measures waiting in simulated time: how late the end of an
// import is noticed and how often the service is asked, with this provider's
// schedule and with those that a user would use instead, and how the cost grows
// with the number of waits.
//
// Time is simulated so that the numbers are exact: they come out the same on every
// machine, and the documentation can quote them under a test. The column of this
// provider is the real wait loop in a bubble of [testing/synctest], which is why
// the measurements are tests. The package never waits for real, never opens a
// connection, and is no part of the provider.
package simulated
