import { Connection } from './connection.js'
import { makeSessionId, makeUUID } from './ids.js'
import { Outbox } from './outbox.js'
import { Transcript } from './transcript.js'
import { utf8Length } from './utf8.js'

const pageSize = 50

// One conversation with an agent: the transcript, the outbox and the connection, put together by the rules of
// docs/protocol.md. Knows no page: it calls `listener` with what happened.
//
// `listener` has `changed(ids, order)` (messages changed; `order`: some came or went), `finished(message)` (an answer
// ended while it was watched), `statusChanged()` (connection, run, outbox or agent) and `historyLoaded()`.
export class Conversation {
  transcript = new Transcript()
  connection
  outbox
  limits = { message_bytes: 32 * 1024 }
  isLoadingHistory = false

  #store
  #agent
  #listener
  #session
  #holes = 0
  #isRetrying = false

  constructor({ url, store, agent, listener }) {
    this.#store = store
    this.#agent = agent
    this.#listener = listener
    this.#session = store.session
    this.connection = new Connection(url, this)
    this.outbox = new Outbox(store, {
      send: (frame) => this.connection.send(frame),
      changed: () => listener.statusChanged(),
    })
  }

  get session() {
    return this.#session
  }

  start() {
    this.outbox.open(this.#session)
    this.connection.start()
  }

  // Sends a message, now or as soon as there is a connection. Returns a sentence where it can't be sent, else null.
  send(content) {
    const limit = this.limits.message_bytes
    if (utf8Length(content) > limit) return `This is too long: at most ${Math.floor(limit / 1024)} KiB can be sent.`
    if (content.includes('\0')) return 'This contains a NUL character, which can’t be sent.'
    this.outbox.add(content.toWellFormed?.() ?? content)
    return null
  }

  // Tries a message once more that the server refused.
  sendAgain(id) {
    const { content } = this.outbox.items.find((item) => item.id === id)
    this.outbox.remove(id)
    this.outbox.add(content)
  }

  // Stops what runs. From any tab, before the first word too.
  stop() {
    this.connection.send({ type: 'run.stop', ref: 'stop' })
  }

  // Says whether a call of a tool that waits may be made. The first word counts, from whichever tab it comes.
  decide(message, tool, isApproved) {
    const type = isApproved ? 'tool.approve' : 'tool.reject'
    return this.connection.send({ type, ref: 'decide', message, tool })
  }

  // The answer that can be made again: the last one, where nothing runs or is on its way; else null.
  get retryable() {
    const { transcript, connection, outbox } = this
    if (!connection.isReady || transcript.run || outbox.items.length > 0 || this.#isRetrying) return null
    const last = transcript.messages.findLast((message) => message.role === 'assistant')
    return last && last.status !== 'streaming' ? last.id : null
  }

  // Has the last answer made again.
  retry() {
    const message = this.retryable
    if (!message) return
    this.#isRetrying = this.connection.send({ type: 'run.retry', ref: 'retry', message, id: makeUUID() })
    this.#listener.statusChanged()
  }

  // Leaves this conversation, which stays stored, and begins another.
  startAnew() {
    this.#bind(makeSessionId())
    this.outbox.open(this.#session)
    this.connection.rebind()
  }

  // Log-out: nothing of who was here stays in the browser, and nothing leads back to it. Begins with a new token.
  clearSession() {
    this.#store.clear()
    this.#bind(makeSessionId())
    this.outbox.open(this.#session)
    this.connection.renew()
  }

  // Asks for older messages. False where there are none, or the answer to an earlier request is still to come.
  loadHistory() {
    if (this.transcript.before === null || this.isLoadingHistory) return false
    const frame = { type: 'history.load', ref: 'history', before: this.transcript.before, limit: pageSize }
    this.isLoadingHistory = this.connection.send(frame)
    return this.isLoadingHistory
  }

  // For Connection.

  greeting() {
    const greeting = { session: this.#session, token: this.#store.token, history: pageSize, visitor: visitor() }
    if (this.#agent) greeting.agent = this.#agent
    const position = this.transcript.position()
    if (position) greeting.position = position
    return greeting
  }

  receive(frame) {
    if (frame.type === 'welcome') this.#takeWelcome(frame)
    const before = this.transcript.run
    const { changed, order, hole } = this.transcript.apply(frame)
    if (hole) return this.#repair(hole)
    if (order) this.outbox.prune((id) => this.transcript.message(id), frame.type === 'welcome' && !frame.resumed)
    if (changed.length > 0 || order) this.#listener.changed(changed, order)
    if (this.transcript.run !== before) this.#listener.statusChanged()
    switch (frame.type) {
      case 'message.accepted':
        if (frame.ref === 'retry') this.#retryEnded()
        this.outbox.accepted(frame.id, frame.version <= this.transcript.version)
        break
      case 'message.completed': {
        const message = this.transcript.message(frame.message)
        if (message && changed.length > 0) this.#listener.finished(message)
        break
      }
      case 'history.page':
        this.#historyEnded()
        break
      case 'error':
        this.#takeError(frame)
        break
    }
  }

  stateChanged() {
    if (!this.connection.isReady) this.#disconnected()
    this.#listener.statusChanged()
  }

  welcomed() {
    this.outbox.flush()
  }

  notOwner() {
    this.#bind(makeSessionId(), (session) => this.outbox.move(session))
  }

  closed(code) {
    if (code === 1009) this.outbox.refuseInFlight('The server finds this message too large.')
    this.#disconnected()
  }

  #takeWelcome(frame) {
    if (frame.token) this.#store.token = frame.token
    if (frame.session !== this.#session) this.#bind(frame.session, (session) => this.outbox.move(session))
    this.limits = { ...this.limits, ...frame.limits }
    this.isLoadingHistory = false
    // A fresh page owes nothing to the position that failed.
    if (!frame.resumed) this.#holes = 0
  }

  #takeError(error) {
    if (error.ref === 'history') setTimeout(() => this.#historyEnded(), Math.max(error.retry_after_ms ?? 0, 5_000))
    else if (error.ref === 'stop') this.#notStopped(error)
    else if (error.ref === 'retry') this.#retryEnded()
    // Somebody else was faster, as the transcript tells; or the buttons are there to be tried again.
    else if (error.ref === 'decide') console.warn('skein:', error.code, error.message)
    else if (error.ref) this.outbox.refused(error)
    else console.warn('skein:', error.code, error.message)
  }

  #historyEnded() {
    this.isLoadingHistory = false
    this.#listener.historyLoaded()
  }

  // Accepted or refused; where it was refused the transcript tells, or will, what has happened instead.
  #retryEnded() {
    this.#isRetrying = false
    this.#listener.statusChanged()
  }

  // Nothing runs although the page thought so: believe the server.
  #notStopped(error) {
    if (error.code !== 'not_found') return
    this.transcript.run = null
    this.#listener.statusChanged()
  }

  // The position brings what is missing. If that leaves a hole again, the position is not trusted any more.
  #repair(hole) {
    this.#holes += 1
    if (this.#holes > 1) this.transcript.forgetPosition()
    this.connection.resync(hole)
  }

  #bind(session, carry) {
    carry?.(session)
    this.#session = session
    this.#store.session = session
    this.transcript = new Transcript()
    this.isLoadingHistory = false
    this.#listener.changed([], true)
  }

  #disconnected() {
    this.isLoadingHistory = false
    this.#isRetrying = false
    this.outbox.disconnected()
  }
}

function visitor() {
  return {
    locale: navigator.language.slice(0, 200),
    page: location.href.slice(0, 2000),
    referrer: document.referrer.slice(0, 2000),
  }
}
