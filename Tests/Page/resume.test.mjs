import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Transcript } from '../../Public/js/transcript.js'
import { boundaries, bytesOf, completed, delta, message, mixedText, seededRandom, textOf, welcome } from './support.mjs'

// A server's side of one session, as far as the protocol lets a client see it.
class Session {
  version = 0
  messages = []
  frames = []

  create(id, role, status, content = '') {
    this.version += 1
    const made = message({ id, role, status, content, version: this.version, created_version: this.version })
    this.messages.push(made)
    this.frames.push({ type: 'message.created', version: this.version, message: { ...made } })
    return made
  }

  append(answer, text) {
    this.frames.push(delta(answer.id, answer.length, text))
    answer.content += text
    answer.length = bytesOf(answer.content).length
  }

  complete(answer) {
    this.version += 1
    Object.assign(answer, { version: this.version, status: 'complete' })
    this.frames.push(completed(answer.id, this.version, answer.length))
  }

  // The frames of a new connection up to now: a `welcome` that may leave the rest of a message to deltas.
  connect(position, random) {
    const deltas = []
    const told = this.messages
      .filter(({ version, status }) => !position || version > position.version || status === 'streaming')
      .map((whole) => {
        const offset = position?.message === whole.id ? position.offset : 0
        const cuts = boundaries(whole.content).filter((cut) => cut >= offset)
        const end = cuts[random.below(cuts.length)]
        const bytes = bytesOf(whole.content)
        if (end < whole.length) deltas.push(delta(whole.id, end, textOf(bytes.slice(end))))
        return { ...whole, content: textOf(bytes.slice(offset, end)), ...(offset > 0 ? { offset } : {}) }
      })
    return [welcome({ version: this.version, resumed: position !== null, messages: told }), ...deltas]
  }
}

test('a client cut anywhere, again and again, ends with the stored transcript', () => {
  const random = seededRandom('resume')
  for (let round = 0; round < 300; round++) {
    const session = new Session()
    const transcript = new Transcript()
    let inbox = session.connect(null, random)
    const connect = () => {
      inbox = session.connect(transcript.position(), random)
      session.frames = []
    }
    const receive = (count) => {
      for (const frame of inbox.splice(0, count)) assert.equal(transcript.apply(frame).hole, null)
    }
    const step = () => {
      inbox.push(...session.frames.splice(0))
      receive(random.below(4))
      if (random.below(3) === 0) connect()
    }
    for (let turn = 0; turn < 3; turn++) {
      session.create(`q${turn}`, 'user', 'complete', mixedText)
      step()
      const answer = session.create(`a${turn}`, 'assistant', 'streaming')
      const cuts = boundaries(mixedText)
      for (let at = 0; at < cuts.length - 1;) {
        const to = Math.min(cuts.length - 1, at + 1 + random.below(6))
        session.append(answer, textOf(bytesOf(mixedText).slice(cuts[at], cuts[to])))
        at = to
        step()
      }
      session.complete(answer)
      step()
    }
    inbox.push(...session.frames.splice(0))
    receive(inbox.length)
    const seen = transcript.messages.map(({ bytes, ...rest }) => rest)
    const stored = session.messages.map(({ ...rest }) => ({ ...rest, processing_ms: rest.role === 'user' ? null : 1 }))
    assert.deepEqual(seen.map((item) => ({ ...item, processing_ms: item.role === 'user' ? null : 1 })), stored)
    assert.deepEqual(transcript.position(), { version: session.version })
  }
})
