const firstDelay = 500
const longestDelay = 30_000

// Milliseconds to wait before attempt number `attempt` (from 0): doubling, bounded, and spread at random over its upper
// half, so that the clients of a server that went away do not all come back in the same moment.
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(longestDelay, firstDelay * 2 ** Math.min(attempt, 16))
  return ceiling / 2 + random() * (ceiling / 2)
}
