import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Transcript } from '../../Public/js/transcript.js'
import { boundaries, bytesOf, completed, delta, message, mixedText, textOf, welcome } from './support.mjs'

const total = bytesOf(mixedText).length

// A transcript that has the question and the first `bytes` bytes of the answer.
function streaming(bytes) {
  const transcript = new Transcript()
  transcript.apply(welcome({
    version: 2,
    messages: [
      message({ id: 'q', role: 'user', content: 'Why?' }),
      message({ id: 'a', version: 2, created_version: 2, status: 'streaming', content: slice(0, bytes) }),
    ],
  }))
  return transcript
}

function slice(from, to) {
  return textOf(bytesOf(mixedText).slice(from, to))
}

function ok(result) {
  assert.equal(result.hole, null)
  return result
}

test('a fresh page has no position, a finished one only a version, a streaming one its offset', () => {
  const transcript = new Transcript()
  assert.equal(transcript.position(), null)
  transcript.apply(welcome({ version: 7 }))
  assert.deepEqual(transcript.position(), { version: 7 })
  assert.deepEqual(streaming(3).position(), { version: 2, message: 'a', offset: 3 })
  assert.deepEqual(streaming(0).position(), { version: 2, message: 'a', offset: 0 })
})

test('deltas cut at any two characters end with the same text', () => {
  const cuts = boundaries(mixedText)
  for (const first of cuts) {
    for (const second of cuts.filter((cut) => cut >= first)) {
      const transcript = streaming(0)
      ok(transcript.apply(delta('a', 0, slice(0, first))))
      ok(transcript.apply(delta('a', first, slice(first, second))))
      ok(transcript.apply(delta('a', second, slice(second, total))))
      ok(transcript.apply(completed('a', 3, total)))
      assert.equal(transcript.message('a').content, mixedText)
      assert.deepEqual(transcript.position(), { version: 3 })
    }
  }
})

test('a delta that begins before what is there adds only what is new', () => {
  const cuts = boundaries(mixedText)
  for (const have of cuts) {
    for (const from of cuts.filter((cut) => cut <= have)) {
      for (const to of cuts.filter((cut) => cut >= from)) {
        const transcript = streaming(have)
        const { changed } = ok(transcript.apply(delta('a', from, slice(from, to))))
        assert.equal(transcript.message('a').content, slice(0, Math.max(have, to)))
        assert.equal(transcript.message('a').bytes, Math.max(have, to))
        assert.equal(changed.length, to > have ? 1 : 0)
      }
    }
  }
})

test('a delta past the end, or one that does not fit between characters, is a hole and changes nothing', () => {
  const transcript = streaming(3)
  assert.match(transcript.apply(delta('a', 7, 'x')).hole, /missing/)
  assert.match(transcript.apply(delta('a', 2, '😀')).hole, /does not fit/)
  assert.equal(transcript.message('a').content, slice(0, 3))
  assert.deepEqual(transcript.position(), { version: 2, message: 'a', offset: 3 })
})

test('a delta of a message that is not loaded is no hole', () => {
  assert.deepEqual(ok(streaming(3).apply(delta('elsewhere', 100, 'x'))).changed, [])
})

test('every version comes once, in order', () => {
  const transcript = streaming(0)
  const next = { type: 'session.updated', version: 3, title: 'T', context: { a: 1 } }
  ok(transcript.apply(next))
  assert.equal(transcript.title, 'T')
  ok(transcript.apply({ ...next, title: 'again' }))
  assert.equal(transcript.title, 'T', 'what was applied is not applied again')
  assert.match(transcript.apply({ ...next, version: 5 }).hole, /version 5 came after 3/)
  assert.equal(transcript.version, 3)
})

test('an unknown type counts its version, one without a version changes nothing', () => {
  const transcript = streaming(0)
  ok(transcript.apply({ type: 'message.sparkled', version: 3 }))
  assert.equal(transcript.version, 3)
  ok(transcript.apply({ type: 'weather', sunny: true }))
  assert.equal(transcript.version, 3)
})

test('an acceptance does not move the position', () => {
  const transcript = streaming(0)
  ok(transcript.apply({ type: 'message.accepted', id: 'x', version: 3, duplicate: false, created_at: '' }))
  assert.equal(transcript.version, 2)
  const created = message({ id: 'x', version: 3, created_version: 3, role: 'user', content: 'x' })
  ok(transcript.apply({ type: 'message.created', version: 3, message: created }))
  assert.deepEqual(transcript.messages.map(({ id }) => id), ['q', 'a', 'x'])
})

test('a completion with another length is a hole, and the position stays the one that brings the rest', () => {
  for (const length of [total + 1, total - 1]) {
    const transcript = streaming(total)
    assert.match(transcript.apply(completed('a', 3, length)).hole, /bytes here/)
    assert.equal(transcript.message('a').status, 'streaming')
    assert.deepEqual(transcript.position(), { version: 2, message: 'a', offset: total })
  }
})

test('a completion tells how the answer ended', () => {
  const transcript = streaming(total)
  ok(transcript.apply(completed('a', 3, total, { status: 'stopped', reason: 'user', citations: [{ title: 'T' }] })))
  const { status, reason, citations, version, id } = transcript.message('a')
  assert.deepEqual({ status, reason, citations, version, id },
    { status: 'stopped', reason: 'user', citations: [{ title: 'T' }], version: 3, id: 'a' })
})

test('a resume at any byte ends with the same text', () => {
  for (const at of boundaries(mixedText)) {
    for (const status of ['streaming', 'complete', 'interrupted']) {
      const transcript = streaming(at)
      const rest = message({
        id: 'a', version: 5, created_version: 2, status, content: slice(at, total), length: total,
        ...(at > 0 ? { offset: at } : {}),
      })
      ok(transcript.apply(welcome({ version: 5, resumed: true, messages: [rest] })))
      assert.equal(transcript.message('a').content, mixedText)
      assert.equal(transcript.message('a').offset, undefined)
      assert.equal(transcript.messages.length, 2, 'what was there stays')
      assert.equal(transcript.version, 5)
    }
  }
})

test('an object that begins past what is there, or inside a character, is a hole: a fresh page is needed', () => {
  for (const [have, offset] of [[3, 7], [7, 2], [7, 5]]) {
    const transcript = streaming(have)
    const rest = message({ id: 'a', version: 3, created_version: 2, content: 'x', offset, length: offset + 1 })
    assert.match(transcript.apply(welcome({ version: 3, resumed: true, messages: [rest] })).hole, /begins past/)
    assert.equal(transcript.message('a').content, slice(0, have), 'what is shown stays until the fresh page')
    assert.equal(transcript.position(), null)
  }
})

test('a resume keeps the cursor and the messages, a fresh page replaces both', () => {
  const transcript = streaming(0)
  transcript.before = 'cursor'
  ok(transcript.apply(welcome({ version: 4, resumed: true })))
  assert.equal(transcript.before, 'cursor')
  assert.equal(transcript.messages.length, 2)
  const latest = message({ id: 'z', version: 9, created_version: 9 })
  ok(transcript.apply(welcome({ version: 9, before: 'other', messages: [latest] })))
  assert.equal(transcript.before, 'other')
  assert.deepEqual(transcript.messages.map(({ id }) => id), ['z'])
})

test('a resume drops changes of messages older than all that is loaded, but not the streaming one', () => {
  const transcript = new Transcript()
  const latest = message({ id: 'new', version: 20, created_version: 20 })
  transcript.apply(welcome({ version: 20, before: 'c', messages: [latest] }))
  ok(transcript.apply(welcome({
    version: 22, resumed: true,
    messages: [
      message({ id: 'rated', version: 21, created_version: 3, feedback: 'up' }),
      message({ id: 'running', version: 22, created_version: 4, status: 'streaming' }),
    ],
  })))
  assert.deepEqual(transcript.messages.map(({ id }) => id), ['running', 'new'])
})

test('a long message is whole when its deltas have come; until then there is no position', () => {
  const transcript = new Transcript()
  const long = message({ id: 'l', content: slice(0, 3), length: total })
  ok(transcript.apply(welcome({ version: 1, messages: [long] })))
  assert.equal(transcript.position(), null)
  ok(transcript.apply(delta('l', 3, slice(3, total))))
  assert.equal(transcript.message('l').content, mixedText)
  assert.deepEqual(transcript.position(), { version: 1 })
  assert.match(transcript.apply(delta('l', total, 'x')).hole, /past its length/)
})

test('a page comes before, and never undoes what live frames have told', () => {
  const transcript = new Transcript()
  transcript.apply(welcome({
    version: 9, before: 'c9',
    messages: [message({ id: 'a', version: 9, created_version: 8, status: 'streaming', content: 'live' })],
  }))
  ok(transcript.apply({
    type: 'history.page', before: 'c3',
    messages: [
      message({ id: 'old', version: 4, created_version: 4, role: 'user', content: 'old' }),
      message({ id: 'a', version: 9, created_version: 8, status: 'streaming', content: 'li' }),
    ],
  }))
  assert.deepEqual(transcript.messages.map(({ id, content }) => [id, content]), [['old', 'old'], ['a', 'live']])
  assert.equal(transcript.before, 'c3')
  assert.deepEqual(transcript.position(), { version: 9, message: 'a', offset: 4 })
})

test('a page may be ahead of the live frames, which are then no news', () => {
  const transcript = streaming(3)
  ok(transcript.apply({
    type: 'history.page', before: null,
    messages: [message({ id: 'a', version: 3, created_version: 2, content: mixedText })],
  }))
  ok(transcript.apply(delta('a', 3, slice(3, 7))))
  ok(transcript.apply(completed('a', 3, total)))
  assert.equal(transcript.message('a').content, mixedText)
  assert.equal(transcript.version, 3)
})

test('an update changes the fields it names', () => {
  const transcript = streaming(3)
  ok(transcript.apply({ type: 'message.updated', version: 3, message: { id: 'q', feedback: 'up' } }))
  assert.equal(transcript.message('q').feedback, 'up')
  assert.equal(transcript.message('q').content, 'Why?')
  ok(transcript.apply({ type: 'message.updated', version: 4, message: { id: 'unknown', feedback: 'up' } }))
  assert.equal(transcript.version, 4)
})

test('a tool is added once and then changed', () => {
  const transcript = streaming(0)
  const tool = { id: 't', name: 'sql', title: 'Query', status: 'running' }
  ok(transcript.apply({ type: 'message.tool', version: 3, message: 'a', tool }))
  ok(transcript.apply({ type: 'message.tool', version: 4, message: 'a', tool: { ...tool, status: 'done' } }))
  assert.deepEqual(transcript.message('a').tools, [{ ...tool, status: 'done' }])
})

test('calls are told whole where their steps are not, and at the end', () => {
  const transcript = streaming(0)
  const tool = { id: 't', name: 'sql', title: 'Query', status: 'waiting' }
  ok(transcript.apply({ type: 'message.updated', version: 3, message: { id: 'a', version: 3, tools: [tool] } }))
  assert.deepEqual(transcript.message('a').tools, [tool])
  assert.equal(transcript.message('a').status, 'streaming')
  const ended = [{ ...tool, status: 'failed' }]
  ok(transcript.apply({ ...completed('a', 4, 0), tools: ended }))
  assert.deepEqual(transcript.message('a').tools, ended)
})

test('reasoning is kept apart from the content, once', () => {
  const transcript = streaming(0)
  const thought = { id: 'reasoning-0-1', text: 'Hm' }
  const frame = { type: 'message.reasoning', version: 3, message: 'a', reasoning: thought }
  ok(transcript.apply(frame))
  ok(transcript.apply(frame))
  assert.deepEqual(transcript.message('a').reasoning, [thought])
  assert.equal(transcript.message('a').content, '')
  const both = [thought, { id: 'reasoning-1-1', text: 'So' }]
  ok(transcript.apply({ ...completed('a', 4, 0), reasoning: both }))
  assert.deepEqual(transcript.message('a').reasoning, both)
})

test('nothing is applied before a welcome', () => {
  const transcript = new Transcript()
  ok(transcript.apply(delta('a', 5, 'x')))
  ok(transcript.apply(completed('a', 3, 1)))
  assert.equal(transcript.version, null)
  assert.deepEqual(transcript.messages, [])
})
