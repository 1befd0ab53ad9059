import { MessageView, outboxElement } from './message-view.js'

const nearBottom = 48
const nearTop = 240

// The scrolling list of messages. Draws at most once a frame, follows the end only when the reader is there, and stays
// where the reader is when older messages come in above.
export class LogView {
  #parts
  #conversation
  #views = new Map()
  #dirty = new Set()
  #orderChanged = true
  #isScheduled = false
  #follows = true
  #lastTop = 0
  #drawn = { outbox: '', empty: '' }

  constructor(parts, conversation) {
    this.#parts = parts
    this.#conversation = conversation
    parts.log.addEventListener('scroll', () => this.#scrolled(), { passive: true })
    parts.latest.addEventListener('click', () => this.scrollToEnd())
    new ResizeObserver(() => this.#keepEnd()).observe(parts.log)
  }

  changed(ids, order) {
    for (const id of ids) this.#dirty.add(id)
    this.#orderChanged ||= order
    this.schedule()
  }

  schedule() {
    if (this.#isScheduled) return
    this.#isScheduled = true
    // A hidden page gets no animation frames.
    if (document.hidden) setTimeout(() => this.#draw(), 100)
    else requestAnimationFrame(() => this.#draw())
  }

  scrollToEnd() {
    this.#follows = true
    this.#keepEnd()
    this.#parts.latest.hidden = true
  }

  // Asks for older messages when the reader is near the oldest one, or when they don't fill the log.
  loadHistoryIfNear() {
    if (this.#parts.log.scrollTop < nearTop) this.#conversation.loadHistory()
    this.#parts.older.hidden = !this.#conversation.isLoadingHistory
  }

  #draw() {
    this.#isScheduled = false
    const { log, messages } = this.#parts
    const { transcript } = this.#conversation
    const anchor = this.#follows ? null : this.#firstVisible()
    const anchorTop = anchor?.getBoundingClientRect().top
    for (const id of this.#dirty) {
      const message = transcript.message(id)
      if (message) this.#views.get(id)?.update(message)
    }
    this.#dirty.clear()
    if (this.#orderChanged) this.#arrange(messages, transcript.messages)
    this.#orderChanged = false
    this.#drawAround()
    if (anchor?.isConnected) log.scrollTop += anchor.getBoundingClientRect().top - anchorTop
    else this.#keepEnd()
    this.loadHistoryIfNear()
  }

  #arrange(container, list) {
    const ids = new Set(list.map((message) => message.id))
    for (const [id, view] of this.#views) {
      if (ids.has(id)) continue
      view.element.remove()
      this.#views.delete(id)
    }
    let next = container.firstChild
    for (const message of list) {
      let view = this.#views.get(message.id)
      if (!view) {
        view = new MessageView(message, (tool, isApproved) => this.#conversation.decide(message.id, tool, isApproved))
        this.#views.set(message.id, view)
      }
      if (view.element === next) next = next.nextSibling
      else container.insertBefore(view.element, next)
    }
  }

  // What stands around the messages: greeting, waiting dots, and messages on their way.
  #drawAround() {
    const { empty, greeting, suggestions, thinking, retry, outbox } = this.#parts
    const { transcript, outbox: { items }, connection } = this.#conversation
    retry.hidden = this.#conversation.retryable === null
    thinking.hidden = !transcript.run || transcript.run.message !== null
    this.#onChange('outbox', [items, connection.isReady], () => {
      outbox.replaceChildren(...items.map((item) => outboxElement(item, connection.isReady, {
        retry: () => this.#conversation.sendAgain(item.id),
        remove: () => this.#conversation.outbox.remove(item.id),
      })))
    })
    empty.hidden = transcript.version === null || transcript.messages.length > 0 || items.length > 0
    if (empty.hidden) return
    this.#onChange('empty', transcript.agent, () => {
      greeting.textContent = transcript.agent?.greeting || 'What would you like to know?'
      const chips = (transcript.agent?.suggestions ?? []).map((text) => this.#suggestion(text))
      suggestions.replaceChildren(...chips)
    })
  }

  // What can be clicked or focused stays the same element until it really changes.
  #onChange(name, state, draw) {
    const key = JSON.stringify(state)
    if (this.#drawn[name] === key) return
    this.#drawn[name] = key
    draw()
  }

  #suggestion(text) {
    const item = document.createElement('li')
    const button = document.createElement('button')
    button.type = 'button'
    button.dir = 'auto'
    button.textContent = text
    button.addEventListener('click', () => this.#conversation.send(text))
    item.append(button)
    return item
  }

  #firstVisible() {
    const top = this.#parts.log.getBoundingClientRect().top
    for (const child of this.#parts.messages.children) {
      if (child.getBoundingClientRect().bottom > top) return child
    }
    return null
  }

  #scrolled() {
    const { log, latest } = this.#parts
    // Only going up leaves the end: a log that got shorter meanwhile is no wish of the reader.
    const isNear = log.scrollHeight - log.scrollTop - log.clientHeight < nearBottom
    if (isNear) this.#follows = true
    else if (log.scrollTop < this.#lastTop) this.#follows = false
    this.#lastTop = log.scrollTop
    latest.hidden = this.#follows
    this.loadHistoryIfNear()
  }

  #keepEnd() {
    if (this.#follows) this.#parts.log.scrollTop = this.#parts.log.scrollHeight
  }
}
