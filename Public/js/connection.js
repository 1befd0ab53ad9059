import { backoff } from './backoff.js'

const welcomeTimeout = 15_000
const pongTimeout = 5_000
// A connection that lasts this long was a good one: the next loss begins again with a short delay.
const stableAfter = 5_000
const overloadedAttempt = 4

// One WebSocket at a time to the server, opened again whenever it is lost. Knows the handshake, the heartbeat, the
// close codes and the delays; what the frames mean is the owner's business.
//
// `state` is one of `connecting`, `online`, `reconnecting`, `offline` (the browser says that there is no network)
// and `stopped` (the server refuses for good; `reason` says why).
export class Connection {
  state = 'connecting'
  reason = ''

  #url
  #owner
  #socket = null
  #attempt = 0
  #drainDelay = null
  #lastError = null
  #greetingType = 'hello'
  #unanswered = 0
  #heartbeat = 25_000
  #timers = { retry: 0, welcome: 0, silence: 0, stable: 0 }

  // `owner` has `greeting()` (the `hello` frame without its type), `receive(frame)`, `stateChanged()`, `welcomed()`
  // (after a `welcome` was received), `notOwner()` (4401: take another session) and `closed(code)`.
  constructor(url, owner) {
    this.#url = url
    this.#owner = owner
  }

  get isReady() {
    return this.state === 'online'
  }

  start() {
    this.#listenToBrowser()
    this.#open()
  }

  // Sends a frame; false where there is no connection to send it on.
  send(frame) {
    if (!this.isReady) return false
    this.#write(frame)
    return true
  }

  // Binds another session, on this connection if there is one.
  rebind() {
    if (this.state === 'stopped') return
    if (this.isReady) this.#greet('session.new')
    else this.#reopen()
  }

  // Says who it is anew: on another connection, since the old one is the old token's.
  renew() {
    if (this.state === 'stopped') return
    this.#enter('connecting')
    this.#reopen()
  }

  // Something is missing: begin again from the owner's position.
  resync(sentence) {
    console.info('skein: reconnecting:', sentence)
    this.#drop(1000)
    this.#retryLater()
  }

  #open() {
    this.#clearTimers()
    const socket = new WebSocket(this.#url, 'skein.v1')
    this.#socket = socket
    this.#lastError = null
    this.#timers.welcome = setTimeout(() => this.#lost(), welcomeTimeout)
    socket.onopen = () => this.#greet('hello')
    socket.onmessage = (event) => this.#received(event.data)
    socket.onclose = (event) => this.#closed(event.code)
  }

  #reopen() {
    this.#drop(1000)
    this.#open()
  }

  #greet(type) {
    const { token, ...greeting } = this.#owner.greeting()
    const frame = { type, ref: 'greeting', ...greeting }
    if (type === 'hello') frame.token = token
    else this.#enter('connecting')
    clearTimeout(this.#timers.welcome)
    this.#timers.welcome = setTimeout(() => this.#lost(), welcomeTimeout)
    this.#greetingType = type
    this.#write(frame)
    this.#listenForSilence()
  }

  #received(data) {
    this.#unanswered = 0
    this.#listenForSilence()
    let frame
    try {
      frame = JSON.parse(data)
    } catch {
      return this.resync('a frame that is not JSON')
    }
    if (frame.type === 'error') {
      this.#lastError = frame
      if (frame.ref === 'greeting') return this.#greetingRefused(frame)
    }
    if (frame.type === 'drain') this.#drainDelay = frame.reconnect_after_ms
    const socket = this.#socket
    this.#owner.receive(frame)
    if (frame.type === 'welcome' && socket === this.#socket) this.#welcomed(frame)
  }

  #welcomed(frame) {
    clearTimeout(this.#timers.welcome)
    this.#heartbeat = frame.heartbeat_ms ?? this.#heartbeat
    this.#listenForSilence()
    this.#timers.stable = setTimeout(() => (this.#attempt = 0), stableAfter)
    this.#enter('online')
    this.#owner.welcomed()
  }

  #greetingRefused(error) {
    if (error.code === 'unavailable') {
      // The server is there, its database is not: the greeting may be said again on this connection.
      clearTimeout(this.#timers.welcome)
      const delay = Math.max(error.retry_after_ms ?? 0, backoff(this.#attempt++))
      this.#enter('reconnecting')
      this.#timers.retry = setTimeout(() => this.#greet(this.#greetingType), delay)
    } else if (error.code === 'bad_field' || error.code === 'bad_frame') {
      this.#stop(`The server does not accept this page's greeting: ${error.message}`)
    }
    // Any other refusal closes the connection with a code that says what to do.
  }

  #closed(code) {
    this.#owner.closed(code)
    this.#detach()
    if (code === 4403) return this.#stop(this.#explain('This page may not use this chat.'))
    if (code === 4404) return this.#stop(this.#explain('There is no such chat.'))
    if (code === 4401) this.#owner.notOwner()
    if (code === 1008 || code === 1013 || code === 4429) this.#attempt = Math.max(this.#attempt, overloadedAttempt)
    if (code === 1012 && this.#drainDelay !== null) return this.#retryLater(this.#drainDelay)
    this.#retryLater()
  }

  #explain(sentence) {
    return this.#lastError?.message ? `${sentence} (${this.#lastError.message})` : sentence
  }

  #lost() {
    this.#drop(1000)
    this.#retryLater()
  }

  #retryLater(delay = backoff(this.#attempt++)) {
    this.#drainDelay = null
    this.#enter(navigator.onLine === false ? 'offline' : 'reconnecting')
    clearTimeout(this.#timers.retry)
    this.#timers.retry = setTimeout(() => this.#open(), delay)
  }

  #stop(reason) {
    this.#drop(1000)
    this.reason = reason
    this.#enter('stopped')
  }

  // Proxies cut silent connections, and networks die without a word: after a silence the client asks.
  #listenForSilence(delay = this.#heartbeat) {
    clearTimeout(this.#timers.silence)
    this.#timers.silence = setTimeout(() => this.#ask(), delay)
  }

  #ask() {
    if (this.#unanswered >= 2) return this.#lost()
    this.#unanswered += 1
    if (this.isReady) this.#write({ type: 'ping' })
    this.#listenForSilence(Math.min(this.#heartbeat, pongTimeout))
  }

  #write(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  // A dead connection's close may take minutes: nothing more is heard from this one.
  #drop(code) {
    const socket = this.#socket
    this.#detach()
    socket?.close(code)
  }

  #detach() {
    this.#clearTimers()
    if (!this.#socket) return
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null
    this.#socket = null
    this.#unanswered = 0
    if (this.isReady) this.#enter('reconnecting')
  }

  #clearTimers() {
    for (const name in this.#timers) clearTimeout(this.#timers[name])
  }

  #enter(state) {
    if (this.state === state) return
    this.state = state
    this.#owner.stateChanged()
  }

  #listenToBrowser() {
    addEventListener('online', () => this.#wake())
    addEventListener('offline', () => this.#wake())
    addEventListener('pageshow', (event) => event.persisted && this.#wake())
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.#wake())
  }

  // The network or the page came back or went: find out now what has become of the connection.
  #wake() {
    if (this.isReady) return this.#ask()
    const waits = this.#socket === null && this.state !== 'stopped'
    if (!waits) return
    if (navigator.onLine === false) return this.#enter('offline')
    this.#open()
  }
}
