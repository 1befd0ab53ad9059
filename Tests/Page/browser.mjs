// Just enough of a browser for the page's connection: sockets that a test plays the server of, a clock that moves when
// it is told to, and the events of a window.

export class Clock {
  now = 0
  #timers = new Map()
  #last = 0

  setTimeout = (action, delay = 0) => {
    this.#timers.set(++this.#last, { at: this.now + delay, action })
    return this.#last
  }

  clearTimeout = (id) => this.#timers.delete(id)

  // Moves on, running on the way what is due, in its order.
  advance(milliseconds) {
    const end = this.now + milliseconds
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
      if (!due) break
      this.#timers.delete(due[0])
      this.now = Math.max(this.now, due[1].at)
      due[1].action()
    }
    this.now = end
  }
}

export class FakeSocket {
  static OPEN = 1
  static all = []
  static get last() {
    return FakeSocket.all.at(-1)
  }

  readyState = 0
  sent = []
  closedWith = null

  constructor(url, protocol) {
    Object.assign(this, { url, protocol })
    FakeSocket.all.push(this)
  }

  send(text) {
    this.sent.push(JSON.parse(text))
  }

  close(code) {
    this.readyState = 3
    this.closedWith = code
  }

  // What the server does.

  accept() {
    this.readyState = FakeSocket.OPEN
    this.onopen?.()
  }

  tell(...frames) {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) })
  }

  end(code) {
    this.readyState = 3
    this.onclose?.({ code })
  }

  sentOf(type) {
    return this.sent.filter((frame) => frame.type === type)
  }
}

// Puts the fakes in place of the browser's globals. Call it before each test.
export function installBrowser() {
  const clock = new Clock()
  const window = new EventTarget()
  FakeSocket.all = []
  const globals = {
    WebSocket: FakeSocket,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    addEventListener: window.addEventListener.bind(window),
    document: Object.assign(new EventTarget(), { visibilityState: 'visible', referrer: '' }),
    navigator: { onLine: true, language: 'en' },
    location: { href: 'http://chat.example/' },
  }
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
  return { clock, window }
}
