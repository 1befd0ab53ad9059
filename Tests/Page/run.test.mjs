import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextRun } from '../../Public/js/run.js'
import { completed, message, welcome } from './support.mjs'

const question = (id) => ({ type: 'message.created', message: message({ id, role: 'user' }) })
const begun = (id, status = 'streaming') => ({ type: 'message.created', message: message({ id, status }) })

const cases = [
  ['nothing runs', [], null],
  ['a question waits', [question('q')],
    { message: null, status: 'queued', queued: 0 }],
  ['its answer begins', [question('q'), begun('a')],
    { message: 'a', status: 'streaming', queued: 0 }],
  ['and ends', [question('q'), begun('a'), completed('a', 3, 0)], null],
  ['a second question waits behind', [question('q'), begun('a'), question('r')],
    { message: 'a', status: 'streaming', queued: 1 }],
  ['and comes next', [question('q'), begun('a'), question('r'), completed('a', 3, 0)],
    { message: null, status: 'queued', queued: 0 }],
  ['until all is answered',
    [question('q'), question('r'), begun('a'), completed('a', 3, 0), begun('b'), completed('b', 3, 0)], null],
  ['a stop before the first byte', [question('q'), { type: 'run.stopping', message: null }, begun('a')],
    { message: 'a', status: 'stopping', queued: 0 }],
  ['an answer that is stored stopped',
    [question('q'), { type: 'run.stopping', message: null }, begun('a', 'stopped')], null],
  ['the end of another answer', [begun('a'), completed('other', 3, 0)],
    { message: 'a', status: 'streaming', queued: 0 }],
  ['a welcome counts the next one too', [welcome({ run: { message: null, status: 'queued', queued: 1 } })],
    { message: null, status: 'queued', queued: 0 }],
  ['a welcome says what is', [question('q'), welcome({ run: null })], null],
]

for (const [name, frames, run] of cases) {
  test(name, () => assert.deepEqual(frames.reduce(nextRun, null), run))
}
