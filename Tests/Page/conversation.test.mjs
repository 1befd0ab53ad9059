import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Conversation } from '../../Public/js/conversation.js'
import { MemoryArea, Store } from '../../Public/js/store.js'
import { FakeSocket, installBrowser } from './browser.mjs'
import { completed, delta, message, welcome } from './support.mjs'

const real = { setTimeout, clearTimeout }
let clock
let area
let finished

beforeEach(() => {
  ({ clock } = installBrowser())
  area = new MemoryArea()
  finished = []
})

afterEach(() => Object.assign(globalThis, real))

function makeConversation(agent = '') {
  const listener = {
    changed() {}, statusChanged() {}, historyLoaded() {}, finished: (message) => finished.push(message.id),
  }
  return new Conversation({ url: 'ws://x', store: new Store({ agent, area }), agent, listener })
}

// A conversation that is online, with what the server told it.
function connected(fields = {}) {
  const conversation = makeConversation()
  conversation.start()
  greet(conversation, fields)
  return conversation
}

function greet(conversation, fields = {}) {
  FakeSocket.last.accept()
  FakeSocket.last.tell(welcome({ session: conversation.session, ...fields }))
}

// Waits for the next attempt to connect.
function nextSocket() {
  const count = FakeSocket.all.length
  for (let waited = 0; FakeSocket.all.length === count; waited += 100) {
    assert.ok(waited < 60_000, 'no new connection')
    clock.advance(100)
  }
  return FakeSocket.last
}

test('a call that waits is decided by its answer and its id', () => {
  const conversation = connected()
  assert.equal(conversation.decide('m', 'c1', true), true)
  assert.equal(conversation.decide('m', 'c2', false), true)
  const { sent } = FakeSocket.last
  assert.deepEqual(sent.slice(-2).map(({ type, message, tool }) => [type, message, tool]), [
    ['tool.approve', 'm', 'c1'], ['tool.reject', 'm', 'c2'],
  ])
  // Somebody else was faster: nothing to be said about it.
  FakeSocket.last.tell({ type: 'error', ref: 'decide', code: 'bad_field', message: 'x' })
  assert.equal(conversation.connection.isReady, true)
})

test('the greeting names the session, the token and the agent, and no position at first', () => {
  const conversation = makeConversation('script')
  conversation.start()
  assert.equal(FakeSocket.last.protocol, 'skein.v1')
  FakeSocket.last.accept()
  const [hello] = FakeSocket.last.sentOf('hello')
  assert.match(hello.token, /^[\w-]{43}$/)
  assert.match(hello.session, /^session_[\w-]{24}$/)
  assert.equal(hello.agent, 'script')
  assert.equal('position' in hello, false)
  assert.equal(conversation.connection.state, 'connecting')
  FakeSocket.last.tell(welcome({ session: hello.session }))
  assert.equal(conversation.connection.state, 'online')
})

test('a lost connection is opened again from the position', () => {
  const answer = message({ id: 'a', version: 4, status: 'streaming', content: 'né' })
  const conversation = connected({ version: 4, messages: [answer] })
  FakeSocket.last.end(1006)
  assert.equal(conversation.connection.state, 'reconnecting')
  nextSocket().accept()
  assert.deepEqual(FakeSocket.last.sentOf('hello')[0].position, { version: 4, message: 'a', offset: 3 })
})

test('the delays between attempts grow, and are short again after a connection that lasted', () => {
  connected()
  const delays = []
  for (let attempt = 0; attempt < 9; attempt++) {
    FakeSocket.last.end(1006)
    const from = clock.now
    nextSocket()
    delays.push(clock.now - from)
  }
  assert.ok(delays[0] <= 500 + 100, `${delays}`)
  assert.ok(delays[8] >= 15_000 && delays[8] <= 30_100, `${delays}`)
})

test('a hole reconnects with the position; a second one asks for a fresh page', () => {
  connected({ version: 1, messages: [message({ id: 'a', status: 'streaming', content: 'abc' })] })
  const first = FakeSocket.last
  first.tell(delta('a', 9, 'x'))
  assert.equal(first.closedWith, 1000)
  nextSocket().accept()
  assert.deepEqual(FakeSocket.last.sentOf('hello')[0].position, { version: 1, message: 'a', offset: 3 })
  const { session } = FakeSocket.last.sent[0]
  FakeSocket.last.tell(welcome({ resumed: true, version: 1, session }), delta('a', 9, 'x'))
  nextSocket().accept()
  assert.equal('position' in FakeSocket.last.sentOf('hello')[0], false)
})

test('silence is asked about, and two unanswered pings end the connection', () => {
  connected({ heartbeat_ms: 20_000 })
  const socket = FakeSocket.last
  clock.advance(19_999)
  assert.equal(socket.sentOf('ping').length, 0)
  clock.advance(1)
  assert.equal(socket.sentOf('ping').length, 1)
  socket.tell({ type: 'pong' })
  clock.advance(20_000 + 5_000)
  assert.equal(socket.sentOf('ping').length, 3)
  assert.equal(socket.closedWith, null)
  clock.advance(5_000)
  assert.equal(socket.closedWith, 1000)
})

test('a server that accepts and then says nothing is given up', () => {
  makeConversation().start()
  FakeSocket.last.accept()
  clock.advance(15_000)
  assert.equal(FakeSocket.all[0].closedWith, 1000)
})

test('4401 takes a new session under the same token, and what waits goes along', () => {
  const conversation = makeConversation()
  conversation.start()
  conversation.send('carried along')
  FakeSocket.last.accept()
  const [refused] = FakeSocket.last.sentOf('hello')
  FakeSocket.last.tell({ type: 'error', code: 'unauthenticated', message: 'not yours', ref: refused.ref })
  FakeSocket.last.end(4401)
  nextSocket().accept()
  const [hello] = FakeSocket.last.sentOf('hello')
  assert.notEqual(hello.session, refused.session)
  assert.equal(hello.token, refused.token)
  FakeSocket.last.tell(welcome({ session: hello.session }))
  assert.equal(FakeSocket.last.sentOf('message.send')[0].content, 'carried along')
})

test('the last answer can be made again where nothing runs', () => {
  const user = message({ id: 'q', role: 'user', version: 1, created_version: 1 })
  const answer = message({ id: 'a', version: 3, created_version: 2, content: 'old', reply_to: 'q' })
  const conversation = connected({ version: 3, messages: [user, answer] })
  assert.equal(conversation.retryable, 'a')
  conversation.retry()
  conversation.retry()
  const sent = FakeSocket.last.sentOf('run.retry')
  assert.deepEqual(sent.map((frame) => frame.message), ['a'])
  assert.match(sent[0].id, /^[0-9a-f-]{36}$/)
  const { id } = sent[0]
  const created = message({ id, version: 5, created_version: 5, status: 'streaming', reply_to: 'q' })
  FakeSocket.last.tell(
    { type: 'message.accepted', ref: 'retry', id, version: 5, duplicate: false, created_at: created.created_at },
    { type: 'message.updated', version: 4, message: { id: 'a', version: 4, replaced_by: id } },
    { type: 'message.created', version: 5, message: created },
  )
  assert.equal(conversation.transcript.message('a').replaced_by, id)
  assert.equal(conversation.retryable, null)
  FakeSocket.last.tell(delta(id, 0, 'new'), completed(id, 6, 3))
  assert.equal(conversation.retryable, id)
  assert.deepEqual(conversation.transcript.messages.map((each) => each.content), ['', 'old', 'new'])
})

test('a retry that is refused can be asked for again', () => {
  const answer = message({ id: 'a', version: 2, created_version: 2 })
  const conversation = connected({ version: 2, messages: [answer] })
  conversation.retry()
  assert.equal(conversation.retryable, null)
  FakeSocket.last.tell({ type: 'error', code: 'busy', message: 'busy', ref: 'retry' })
  assert.equal(conversation.retryable, 'a')
})

for (const code of [4403, 4404]) {
  test(`${code} stops for good and says why`, () => {
    const conversation = makeConversation()
    conversation.start()
    FakeSocket.last.accept()
    FakeSocket.last.tell({ type: 'error', code: 'forbidden', message: 'not from here' })
    FakeSocket.last.end(code)
    assert.equal(conversation.connection.state, 'stopped')
    assert.match(conversation.connection.reason, /not from here/)
    clock.advance(300_000)
    assert.equal(FakeSocket.all.length, 1)
  })
}

test('a draining server says how long to wait', () => {
  connected()
  FakeSocket.last.tell({ type: 'drain', reconnect_after_ms: 7_000 })
  FakeSocket.last.end(1012)
  clock.advance(6_999)
  assert.equal(FakeSocket.all.length, 1)
  clock.advance(1)
  assert.equal(FakeSocket.all.length, 2)
})

test('while the database is away, the greeting is said again on the same connection', () => {
  const conversation = makeConversation()
  conversation.start()
  const socket = FakeSocket.last
  socket.accept()
  socket.tell({ type: 'error', code: 'unavailable', message: 'later', ref: 'greeting', retry_after_ms: 2_000 })
  clock.advance(1_999)
  assert.equal(socket.sentOf('hello').length, 1)
  clock.advance(1)
  assert.equal(socket.sentOf('hello').length, 2)
  socket.tell(welcome({ session: conversation.session }))
  assert.equal(conversation.connection.state, 'online')
  assert.equal(FakeSocket.all.length, 1)
})

test('the browser’s word that the network is back ends the waiting', () => {
  connected()
  for (let attempt = 0; attempt < 8; attempt++) {
    FakeSocket.last.end(1006)
    nextSocket()
  }
  FakeSocket.last.end(1006)
  const count = FakeSocket.all.length
  document.dispatchEvent(new Event('visibilitychange'))
  assert.equal(FakeSocket.all.length, count + 1)
})

test('messages go one after the other, each kept until it is accepted', () => {
  const conversation = connected()
  conversation.send('one')
  conversation.send('two')
  const socket = FakeSocket.last
  assert.deepEqual(socket.sentOf('message.send').map(({ content }) => content), ['one'])
  const [{ id, ref }] = socket.sentOf('message.send')
  const session = conversation.session
  assert.equal(new Store({ area }).unsent(session).length, 2)
  socket.tell({ type: 'message.accepted', id, ref, version: 1, duplicate: false, created_at: '' })
  assert.deepEqual(socket.sentOf('message.send').map(({ content }) => content), ['one', 'two'])
  assert.deepEqual(new Store({ area }).unsent(session).map(({ content }) => content), ['two'])
  assert.equal(conversation.outbox.items.length, 2, 'an accepted message is shown until the transcript has it')
  socket.tell({ type: 'message.created', version: 1, message: message({ id, role: 'user', content: 'one' }) })
  assert.deepEqual(conversation.outbox.items.map(({ content }) => content), ['two'])
})

test('what was not accepted is sent again with its id, by this page or by the next one', () => {
  const conversation = connected()
  conversation.send('lost')
  const [{ id }] = FakeSocket.last.sentOf('message.send')
  FakeSocket.last.end(1006)
  nextSocket()
  greet(conversation, { resumed: true })
  assert.equal(FakeSocket.last.sentOf('message.send')[0].id, id)

  const reloaded = makeConversation()
  reloaded.start()
  assert.equal(reloaded.session, conversation.session)
  greet(reloaded)
  assert.equal(FakeSocket.last.sentOf('message.send')[0].id, id)
})

test('what the transcript shows after a reconnect is not sent again', () => {
  const conversation = connected()
  conversation.send('arrived')
  const [{ id }] = FakeSocket.last.sentOf('message.send')
  FakeSocket.last.end(1006)
  nextSocket()
  greet(conversation, { resumed: true, version: 1, messages: [message({ id, role: 'user', content: 'arrived' })] })
  assert.equal(FakeSocket.last.sentOf('message.send').length, 0)
  assert.deepEqual(conversation.outbox.items, [])
  assert.deepEqual(new Store({ area }).unsent(conversation.session), [])
})

test('a passing error is waited out, a lasting one is shown and not repeated', () => {
  const conversation = connected()
  conversation.send('one')
  const socket = FakeSocket.last
  const [{ id }] = socket.sentOf('message.send')
  socket.tell({ type: 'error', code: 'rate_limited', message: 'slowly', ref: id, retry_after_ms: 3_000 })
  clock.advance(2_999)
  assert.equal(socket.sentOf('message.send').length, 1)
  clock.advance(1)
  assert.equal(socket.sentOf('message.send').length, 2)
  socket.tell({ type: 'error', code: 'bad_field', message: 'not that', ref: id })
  assert.deepEqual(conversation.outbox.items.map(({ state, error }) => [state, error]), [['refused', 'not that']])
  assert.deepEqual(new Store({ area }).unsent(conversation.session), [])
  conversation.sendAgain(id)
  assert.equal(socket.sentOf('message.send').length, 3)
  assert.notEqual(socket.sentOf('message.send')[2].id, id)
})

test('a message that the server closes the connection for is not sent again', () => {
  const conversation = connected()
  conversation.send('too large')
  FakeSocket.last.end(1009)
  nextSocket()
  greet(conversation, { resumed: true })
  assert.deepEqual(FakeSocket.last.sentOf('message.send'), [])
  assert.equal(conversation.outbox.items[0].state, 'refused')
})

test('history that could not be loaded is asked for again only after a while', () => {
  const conversation = connected({ version: 9, before: 'c9' })
  conversation.loadHistory()
  FakeSocket.last.tell({ type: 'error', code: 'unavailable', message: 'later', ref: 'history' })
  assert.equal(conversation.loadHistory(), false)
  clock.advance(5_000)
  assert.equal(conversation.loadHistory(), true)
})

test('too long a message is refused here, by its bytes', () => {
  const conversation = connected({ limits: { message_bytes: 2048, frame_bytes: 9999, messages_per_minute: null } })
  assert.match(conversation.send('ä'.repeat(1025)), /2 KiB/)
  assert.equal(conversation.send('ä'.repeat(1024)), null)
})

test('a new conversation binds a new session on the same connection, and hears nothing of the old one', () => {
  const conversation = connected({ version: 1, messages: [message({ id: 'old', status: 'streaming', content: 'x' })] })
  const old = conversation.session
  const socket = FakeSocket.last
  conversation.startAnew()
  const [frame] = socket.sentOf('session.new')
  assert.notEqual(frame.session, old)
  assert.equal('token' in frame, false)
  assert.equal('position' in frame, false)
  const late = { type: 'message.created', version: 2, message: message({ id: 'older', version: 2 }) }
  socket.tell(delta('old', 1, 'y'), late)
  assert.deepEqual(conversation.transcript.messages, [])
  socket.tell(welcome({ session: frame.session, created: true }))
  assert.equal(conversation.connection.state, 'online')
  assert.equal(conversation.session, frame.session)
  assert.equal(FakeSocket.all.length, 1)
})

test('a log-out starts clean', () => {
  const conversation = connected({ version: 1, messages: [message({ id: 'old', content: 'secret' })] })
  const [before] = FakeSocket.last.sentOf('hello')
  const old = FakeSocket.last
  conversation.send('not sent yet')
  conversation.clearSession()
  assert.deepEqual(conversation.transcript.messages, [])
  assert.deepEqual(conversation.outbox.items, [])
  assert.notEqual(FakeSocket.last, old)
  greet(conversation, { created: true })
  const [after] = FakeSocket.last.sentOf('hello')
  assert.notEqual(after.token, before.token)
  assert.notEqual(after.session, before.session)
  assert.equal('position' in after, false)
  assert.equal(conversation.connection.state, 'online')
  // Nor does anything in the browser name who was here.
  const kept = area.keys().map((key) => key + area.getItem(key)).join(' ')
  for (const text of [before.token, before.session, 'not sent yet']) assert.equal(kept.includes(text), false)
  // What the old connection still tells is nobody's.
  old.tell(delta('old', 6, ' more'))
  assert.deepEqual(conversation.transcript.messages, [])
})

test('history is asked for once at a time, with the cursor', () => {
  const newest = message({ id: 'n', version: 9, created_version: 9 })
  const conversation = connected({ version: 9, before: 'c9', messages: [newest] })
  assert.equal(conversation.loadHistory(), true)
  assert.equal(conversation.loadHistory(), false)
  const [{ before, ref }] = FakeSocket.last.sentOf('history.load')
  assert.equal(before, 'c9')
  FakeSocket.last.tell({ type: 'history.page', ref, before: null, messages: [message({ id: 'o' })] })
  assert.deepEqual(conversation.transcript.messages.map(({ id }) => id), ['o', 'n'])
  assert.equal(conversation.loadHistory(), false)
})

test('a finished answer is told of once, and only if it was watched', () => {
  const answer = message({ id: 'a', version: 2, created_version: 2, status: 'streaming', content: 'abc' })
  connected({ version: 2, messages: [message({ id: 'old' }), answer] })
  FakeSocket.last.tell(completed('a', 3, 3), completed('a', 3, 3))
  assert.deepEqual(finished, ['a'])
})

test('a stop that finds nothing running ends the waiting', () => {
  const conversation = connected({ run: { message: null, status: 'queued', queued: 0 } })
  conversation.stop()
  assert.equal(FakeSocket.last.sentOf('run.stop').length, 1)
  FakeSocket.last.tell({ type: 'error', code: 'not_found', message: 'nothing runs', ref: 'stop' })
  assert.equal(conversation.transcript.run, null)
})
