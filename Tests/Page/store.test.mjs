import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoff } from '../../Public/js/backoff.js'
import { makeUUID } from '../../Public/js/ids.js'
import { MemoryArea, Store } from '../../Public/js/store.js'
import './support.mjs'

test('token and session last, by site and agent', () => {
  const area = new MemoryArea()
  const one = new Store({ site: 's', agent: 'a', area })
  const { token, session } = one
  assert.equal(new Store({ site: 's', agent: 'a', area }).session, session)
  assert.equal(new Store({ site: 's', agent: 'b', area }).token, token)
  assert.notEqual(new Store({ site: 's', agent: 'b', area }).session, session)
  assert.notEqual(new Store({ site: 't', agent: 'a', area }).token, token)
})

test('what is broken is made anew', () => {
  const area = new MemoryArea()
  const store = new Store({ area })
  store.token = 'short'
  store.session = 'a b'
  assert.match(store.token, /^[\w-]{43}$/)
  assert.match(store.session, /^session_/)
})

test('unsent messages come back in their order, for their session only', () => {
  const store = new Store({ area: new MemoryArea() })
  store.keepUnsent('one', { id: 'b', content: 'second', at: 2 })
  store.keepUnsent('one', { id: 'a', content: 'first', at: 1 })
  store.keepUnsent('two', { id: 'c', content: 'other', at: 1 })
  assert.deepEqual(store.unsent('one').map(({ content }) => content), ['first', 'second'])
  store.dropUnsent('one', 'a')
  assert.deepEqual(store.unsent('one').map(({ id }) => id), ['b'])
})

test('ids of messages are canonical UUIDs of version 4', () => {
  const ids = Array.from({ length: 100 }, makeUUID)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(ids).size, 100)
})

test('delays double up to a bound and are spread over their upper half', () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => backoff(attempt, () => 1)), [500, 1000, 2000, 4000])
  assert.deepEqual([0, 1].map((attempt) => backoff(attempt, () => 0)), [250, 500])
  assert.equal(backoff(1000, () => 1), 30_000)
})
